import { numberWidth, type GridColumn } from '../../widgets/grid.ts';

/** Columns of a list of this many transactions; one more where QEMU's answers are known. */
export const columnsFor = (total: number, compared: boolean): readonly GridColumn[] => [
  { id: 'txn', title: '#', width: numberWidth(total), align: 'end', hint: 'number of the transaction' },
  { id: 'device', title: 'device, SID', width: 88, hint: 'device, StreamID and SubstreamID' },
  { id: 'iova', title: 'IOVA', width: 104, hint: 'the address the device issued' },
  { id: 'access', title: 'access', width: 52 },
  { id: 'status', title: 'status', width: 72 },
  { id: 'expect', title: 'as expected', width: 14, quiet: true, hint: 'whether it ended as the steps document expects' },
  ...(compared ? [{ id: 'qemu', title: 'QEMU 11 differs', width: 14, quiet: true, hint: 'whether QEMU 11 would answer differently' } as const] : []),
  { id: 'result', title: 'PA, or event', width: 126, hint: 'the physical address it reached and the size of the translation, or the event it ended in' },
  { id: 'reads', title: 'reads', width: 34, align: 'end', hint: 'reads of structures and tables in memory' },
  { id: 'rule', title: 'rule', width: 88, grow: true, hint: 'the rule that decided' },
];

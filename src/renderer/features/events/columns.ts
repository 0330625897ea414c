import { numberWidth, type GridColumn } from '../../widgets/grid.ts';

/** Columns of a list of this many events. */
export const columnsFor = (total: number): readonly GridColumn[] => [
  { id: 'index', title: '#', width: numberWidth(total), align: 'end', hint: 'order of the records, lost ones included' },
  { id: 'verdict', title: 'in queue', quiet: true, width: 14, hint: 'whether the queue took the record' },
  { id: 'type', title: 'event', width: 96, grow: true },
  { id: 'sid', title: 'SID', width: 34, hint: 'StreamID' },
  { id: 'address', title: 'address', width: 118, hint: 'InputAddr, the IOVA; or FetchAddr, a PA' },
  { id: 'structure', title: 'decided in', quiet: true, isSpare: true, width: 50, hint: 'whose structure was read last before the fault' },
  { id: 'txn', title: 'txn', width: 26, align: 'end', hint: 'the transaction that made it' },
];

import type { GridColumn } from '../../widgets/grid.ts';

/** Columns of the transaction list. */
export const COLUMNS: readonly GridColumn[] = [
  { id: 'txn', title: '#', width: '34px', align: 'end', hint: 'number of the transaction' },
  { id: 'device', title: 'device, SID', width: '96px', hint: 'device, StreamID and SubstreamID' },
  { id: 'iova', title: 'IOVA', width: '104px', hint: 'the address the device issued' },
  { id: 'access', title: 'access', width: '58px' },
  { id: 'status', title: 'status', width: '76px' },
  { id: 'result', title: 'PA, or event', width: '128px', hint: 'the physical address it reached, or the event it ended in' },
  { id: 'reads', title: 'reads', width: '36px', align: 'end', hint: 'reads of structures and tables in memory' },
  { id: 'page', title: 'page', width: '40px', hint: 'size of the translation that was found' },
  { id: 'expect', title: 'expected', width: '92px', hint: 'whether it ended as the steps document expects' },
  { id: 'rule', title: 'rule', width: 'minmax(150px, 1fr)', hint: 'the rule that decided' },
];

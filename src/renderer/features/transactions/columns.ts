import type { GridColumn } from '../../widgets/grid.ts';

/** Columns of the transaction list. */
export const COLUMNS: readonly GridColumn[] = [
  { id: 'txn', title: '#', width: '4ch', align: 'end', hint: 'number of the transaction' },
  { id: 'device', title: 'device, SID', width: 'minmax(11ch, 1.2fr)', hint: 'device, StreamID and SubstreamID' },
  { id: 'iova', title: 'IOVA', width: 'minmax(15ch, 1.2fr)', hint: 'the address the device issued' },
  { id: 'access', title: 'access', width: 'minmax(7ch, 0.6fr)' },
  { id: 'status', title: 'status', width: '10ch' },
  { id: 'pa', title: 'PA', width: 'minmax(13ch, 1.2fr)', hint: 'the physical address it reached' },
  { id: 'page', title: 'page', width: '5ch', hint: 'size of the translation that was found' },
  { id: 'reads', title: 'reads', width: '5ch', align: 'end', hint: 'reads of structures and tables in memory' },
  { id: 'expect', title: 'expected', width: '11ch', hint: 'whether it ended as the steps document expects' },
  { id: 'event', title: 'event', width: 'minmax(15ch, 1fr)' },
  { id: 'rule', title: 'rule', width: 'minmax(16ch, 1fr)', hint: 'the rule that decided' },
];

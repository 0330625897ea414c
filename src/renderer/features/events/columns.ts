import type { GridColumn } from '../../widgets/grid.ts';

/** Columns of the event list. */
export const COLUMNS: readonly GridColumn[] = [
  { id: 'index', title: '#', width: '3ch', align: 'end', hint: 'order of the records, lost ones included' },
  { id: 'type', title: 'event', width: 'minmax(16ch, 1.2fr)' },
  { id: 'sid', title: 'SID', width: '6ch', hint: 'StreamID' },
  { id: 'address', title: 'address', width: 'minmax(14ch, 1fr)', hint: 'InputAddr, the IOVA; or FetchAddr' },
  { id: 'txn', title: 'txn', width: '4ch', align: 'end', hint: 'the transaction that made it' },
  { id: 'verdict', title: 'record', width: 'minmax(9ch, 0.8fr)', hint: 'whether the queue took the record' },
];

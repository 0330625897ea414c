/** A cell of the list as a test: the events that have its value. */
import type { EventRow } from '../../../protocol/contract.ts';
import { printName } from '../../../query/print.ts';
import { addressOf, streamOf } from './event-fields.ts';

/** Null for a column that no field stands for, and for an empty cell. */
export function testOfCell(row: EventRow, column: string): string | null {
  const address = addressOf(row);
  switch (column) {
    case 'verdict':
      return `evt.verdict == ${printName(row.verdict)}`;
    case 'type':
      return `evt.type == ${printName(row.type)}`;
    case 'sid':
      return streamOf(row) === '' ? null : `sid == ${streamOf(row)}`;
    case 'address':
      return address === null ? null : `evt.${address.space === 'iova' ? 'InputAddr' : 'FetchAddr'} == ${address.value}`;
    case 'txn':
      return row.txn > 0 ? `txn == ${row.txn}` : '!has(txn)';
    default:
      return null;
  }
}

/** A cell of the list as a test: the transactions that have its value. */
import type { TransactionRow } from '../../../protocol/contract.ts';
import { printName } from '../../../query/print.ts';

/** Null for a column that no field stands for. */
export function testOfCell(row: TransactionRow, column: string): string | null {
  switch (column) {
    case 'txn':
      return `txn == ${row.txn}`;
    case 'device':
      return `${row.device === undefined ? `sid == 0x${row.sid.toString(16)}` : `device == ${printName(row.device)}`}${row.ssid === null ? '' : ` && ssid == ${row.ssid}`}`;
    case 'iova':
      return `iova == ${row.iova}`;
    case 'access':
      return `access == ${row.access}`;
    case 'status':
      return row.status === 'unknown' ? null : `status == ${row.status}`;
    case 'result':
      return row.pa !== null ? `pa == ${row.pa}` : row.event !== null ? `event == ${row.event}` : '!has(pa)';
    case 'reads':
      return `reads == ${row.reads}`;
    case 'rule':
      return row.rule === null ? '!has(rule)' : `rule == ${printName(row.rule)}`;
    default:
      return null;
  }
}

/** A cell of the trace as a test: the records that have its value. */
import type { RecordRow } from '../../../protocol/contract.ts';

/** Null for a column that no field stands for. */
export function testOfCell(row: RecordRow, column: string): string | null {
  switch (column) {
    case 'seq':
      return `seq == ${row.seq}`;
    case 'txn':
      return row.txn === 0 ? '!has(txn)' : `txn == ${row.txn}`;
    case 'kind':
      return `kind == ${row.kind}`;
    case 'stage':
      return `stage == ${row.stage ?? 0}${row.level === null ? '' : ` && level == ${row.level}`}`;
    case 'text':
      return row.rule === null ? null : `rule == ${row.rule}`;
    default:
      return null;
  }
}

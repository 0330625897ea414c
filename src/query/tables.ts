/**
 * How a store keeps rows so that filters run in SQL: one row for each transaction, and one for each record that is worth a row of its
 * own (events, faults, commands), with its 64 bytes as eight signed 64-bit columns. Fields of architectural records are computed from
 * those, so that a new field of the one table needs no new column.
 */
import type { List, Registry } from './registry.ts';
import { readField } from './predicate.ts';
import type { Element } from './predicate.ts';
import type { SqlTable } from './sql.ts';
import { TXN } from './transaction-row.ts';

/** Columns of `transaction_row`; NULL is "not there" or "not known". `page_shift` is log2 of the page size. */
export const TRANSACTION_COLUMNS = [
  'txn', 'step', 'seq', 'sid', 'ssid', 'vmid', 'iova', 'ipa', 'pa', 'access', 'type', 'privileged', 'length', 'status', 'response', 'page_shift', 'event', 'reads', 'rule', 'stale',
] as const;

const WORDS = Array.from({ length: 8 }, (_, n) => `d${n}`);

/** `record` is the position of the transaction's event in the trace, `txn` of a record the transaction it belongs to. */
export const TABLES_SQL = `
CREATE TABLE transaction_row (
  ${TRANSACTION_COLUMNS.map((name) => (name === 'txn' ? 'txn INTEGER PRIMARY KEY' : `${name} INTEGER`)).join(', ')},
  record INTEGER
);
CREATE TABLE record_row (
  seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, txn INTEGER, ${WORDS.map((name) => `${name} INTEGER NOT NULL`).join(', ')}
);
`;

/** What a filter over each list selects from. */
export const SQL_TABLES: Readonly<Record<List, SqlTable>> = {
  transactions: { from: 'transaction_row AS t LEFT JOIN record_row AS r ON r.seq = t.record', prefix: { record: 'r.', transaction: 't.' } },
  events: { from: 'record_row AS r LEFT JOIN transaction_row AS t ON t.txn = r.txn', prefix: { record: 'r.', transaction: 't.' } },
  records: { from: 'record_row AS r', prefix: { record: 'r.', transaction: null } },
};

/** The columns of a transaction's row, of a registry of transactions. Null is NULL. */
export function transactionColumns(registry: Registry, element: Element): readonly (bigint | null)[] {
  const fields = new Map(registry.fields.flatMap((field) => (field.column === null ? [] : [[field.column, field]])));
  return TRANSACTION_COLUMNS.map((name) => {
    const value = readField(fields.get(name)!, element);
    return value === null ? null : BigInt.asIntN(64, value);
  });
}

/** The columns of a record's row: seq, kind, the transaction's number or null, and the words. */
export function recordColumns(element: Element): (bigint | null)[] {
  const { record, recordAt, transaction, transactionAt } = element;
  const word = (at: number): bigint => BigInt(record[recordAt + at]! >>> 0);
  const words = WORDS.map((_, n) => BigInt.asIntN(64, (word(2 * n + 1) << 32n) | word(2 * n)));
  const txn = transactionAt < 0 ? null : BigInt(transaction[transactionAt + TXN.NUMBER]! >>> 0);
  return [word(1), word(0) & 0xffn, txn, ...words];
}

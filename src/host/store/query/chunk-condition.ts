/**
 * A filter -> an SQL condition on the chunks of a stored trace: those that may hold a match. What the index cannot tell is let through;
 * a chunk that is passed over holds none.
 */
import type { Condition, Field, List, Ranges } from '../../../query/index.ts';

export interface ChunkWhere {
  readonly sql: string;
  readonly parameters: readonly bigint[];
}

/** Bitmask columns by list and field: bit n says that the value n is in the chunk. */
const MASKS: Readonly<Record<List, Readonly<Record<string, string>>>> = {
  transactions: { status: 'statuses' },
  events: {},
  records: { kind: 'kinds' },
};

const STREAMS: Readonly<Record<List, string>> = { transactions: 'transaction_chunk_stream', events: '', records: 'chunk_stream' };

export function chunkWhere(condition: Condition, list: List): ChunkWhere {
  const parameters: bigint[] = [];
  const bind = (value: bigint): string => {
    parameters.push(value);
    return '?';
  };
  const write = (one: Condition): string => {
    switch (one.kind) {
      case 'and':
      case 'or':
        return one.of.length === 0 ? '1' : `(${one.of.map(write).join(one.kind === 'and' ? ' AND ' : ' OR ')})`;
      case 'test':
        return one.field.places.length === 0 || one.ranges.length === 0 ? '0' : testSql(one.field, one.ranges, list, bind);
      case 'has':
        return one.field.places.length === 0 ? '0' : '1';
      case 'not':
        return '1';
    }
  };
  return { sql: write(condition), parameters };
}

function testSql(field: Field, ranges: Ranges, list: List, bind: (value: bigint) => string): string {
  const any = (test: (first: bigint, last: bigint) => string): string => `(${ranges.map(([first, last]) => test(first, last)).join(' OR ')})`;
  const { name } = field;
  const mask = MASKS[list][name];
  if (mask !== undefined) {
    const bits = ranges.reduce((sum, [first, last]) => sum | bitsOf(first, last), 0n);
    return `(${mask} & ${bind(BigInt.asIntN(64, bits))}) <> 0`;
  }
  if (name === 'txn') return any((first, last) => `(first_txn <= ${bind(last)} AND last_txn >= ${bind(first)})`);
  if (name === 'step' && list === 'transactions') return any((first, last) => `(first_step <= ${bind(last)} AND last_step >= ${bind(first)})`);
  if ((name === 'sid' || name === 'device') && list !== 'events') {
    return `(NOT streams_listed OR EXISTS (SELECT 1 FROM ${STREAMS[list]} AS s WHERE s.run_id = c.run_id AND s.number = c.number AND ${any((first, last) => `s.sid BETWEEN ${bind(first)} AND ${bind(last)}`)}))`;
  }
  return '1';
}

/** Values beyond 63 have no bit of their own: they might be anything. */
function bitsOf(first: bigint, last: bigint): bigint {
  if (last > 63n) return -1n;
  return ((1n << (last - first + 1n)) - 1n) << first;
}

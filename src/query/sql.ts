/**
 * Condition -> the text of an SQL WHERE and its parameters, for SQLite. Values are bound, never written into the text. `not` is pushed
 * down to the comparisons, because a NULL there is "not there", which is false and not unknown.
 */
import { KIND } from '../model/trace/record.ts';
import type { Landmark } from './age.ts';
import type { Condition } from './condition.ts';
import type { Field, Guard, Place } from './field.ts';
import { largest } from './ranges.ts';
import type { Range, Ranges } from './ranges.ts';

/** Kinds of records that a store has rows of. */
export const ROW_KINDS: ReadonlySet<number> = new Set([KIND.EVENT, KIND.FAULT, KIND.COMMAND]);

/** How a stored table holds the fields. 64-bit values are signed in SQLite: those with bit 63 set are negative. */
export interface SqlTable {
  /** `transaction_row AS t LEFT JOIN ...`: what to select from. */
  readonly from: string;
  /** Prefixes of the columns of each source, such as `t.`; null when the table does not have that source. */
  readonly prefix: Readonly<Record<'record' | 'transaction', string | null>>;
}

export interface Where {
  readonly sql: string;
  readonly parameters: readonly bigint[];
  /** False: the table does not hold all that was asked for; the rows it gives are too many, never too few. */
  readonly exact: boolean;
}

export function toSql(condition: Condition, table: SqlTable): Where {
  const writer = new Writer(table);
  return { sql: writer.write(condition, true), parameters: writer.parameters, exact: writer.exact };
}

const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
const SIGN = 1n << 63n;

/** Ranges of unsigned numbers as ranges of the signed ones that SQLite compares. */
const signedRanges = (ranges: Ranges): Range[] =>
  ranges
    .flatMap(([first, last]): Range[] => (first < SIGN && last >= SIGN ? [[first, SIGN - 1n], [SIGN, last]] : [[first, last]]))
    .map(([first, last]) => [signed(first), signed(last)]);

class Writer {
  readonly parameters: bigint[] = [];
  exact = true;
  readonly #table: SqlTable;

  constructor(table: SqlTable) {
    this.#table = table;
  }

  write(condition: Condition, wanted: boolean): string {
    switch (condition.kind) {
      case 'and':
      case 'or': {
        const isAnd = (condition.kind === 'and') === wanted;
        return `(${condition.of.map((one) => this.write(one, wanted)).join(isAnd ? ' AND ' : ' OR ')})`;
      }
      case 'not':
        return this.write(condition.of, !wanted);
      case 'has':
        return this.#leaf(condition.field, wanted, (value) => (wanted ? `${value} IS NOT NULL` : `${value} IS NULL`));
      case 'test':
        if (condition.ranges.length === 0) return wanted ? '0' : '1';
        return this.#leaf(condition.field, wanted, (value) => (wanted ? this.#in(value, condition.ranges) : `(${value} IS NULL OR NOT ${this.#in(value, condition.ranges)})`));
    }
  }

  #leaf(field: Field, wanted: boolean, write: (value: string) => string): string {
    if (field.places.length === 0) return wanted ? '0' : '1';
    const value = valueOf(field, this.#table);
    if (value !== null) return write(value);
    this.exact = false;
    return '1';
  }

  #in(value: string, ranges: Ranges): string {
    const parts = signedRanges(ranges);
    const singles = parts.filter(([first, last]) => first === last).map(([first]) => first);
    const tests = parts.filter(([first, last]) => first !== last).map(([first, last]) => `${value} BETWEEN ${this.#bind(first)} AND ${this.#bind(last)}`);
    if (singles.length === 1) tests.push(`${value} = ${this.#bind(singles[0]!)}`);
    if (singles.length > 1) tests.push(`${value} IN (${singles.map((one) => this.#bind(one)).join(', ')})`);
    return tests.length === 1 ? `(${tests[0]!})` : `(${tests.join(' OR ')})`;
  }

  #bind(value: bigint): string {
    this.parameters.push(value);
    return '?';
  }
}

/** The value of a field as SQL, NULL where the row does not have it; null when the table cannot tell. */
function valueOf(field: Field, table: SqlTable): string | null {
  return field.since === null ? heldBy(field, table) : ageSql(field.since, heldBy(field, table));
}

/** The last record of the kind that was made when fewer transactions had begun. */
function ageSql({ kind, tag }: Landmark, txn: string | null): string | null {
  if (txn === null || !ROW_KINDS.has(kind)) return null;
  const begun = 'max(coalesce(a.txn, 0), coalesce((SELECT max(b.txn) FROM transaction_row AS b WHERE b.seq <= a.seq), 0))';
  const met = `SELECT ${begun} AS begun FROM record_row AS a WHERE a.kind = ${kind}${tag === null ? '' : ` AND (a.d4 & 255) = ${tag}`}`;
  return `(${txn} - 1 - (SELECT max(begun) FROM (${met}) WHERE begun < ${txn}))`;
}

function heldBy(field: Field, { prefix }: SqlTable): string | null {
  if (field.column !== null) {
    const own = prefix[field.places[0]!.source];
    return own === null ? null : `${own}${field.column}`;
  }
  const cases: string[] = [];
  for (const place of field.places) {
    const own = prefix[place.source];
    if (own === null) return null;
    const guards = place.guards.map((guard) => guardSql(guard, own));
    if (guards.length === 0) return bitsSql(place, own);
    cases.push(`WHEN ${guards.join(' AND ')} THEN ${bitsSql(place, own)}`);
  }
  return `CASE ${cases.join(' ')} END`;
}

/** Words 2n and 2n+1 of a record are the 64-bit column dn. Bits above the wanted ones, the sign's included, go with the mask. */
function wordSql(prefix: string, word: number, shift: number, width: number): string {
  const up = shift + (word & 1) * 32;
  const column = `${prefix}d${word >> 1}`;
  return `(${up === 0 ? column : `(${column} >> ${up})`} & ${largest(width)})`;
}

function bitsSql({ word, shift, width, mask }: Place, prefix: string): string {
  if (mask === undefined) return wordSql(prefix, word, shift, width);
  const column = `${prefix}d${word >> 1}`;
  return mask === largest(64) ? column : `(${column} & ${signed(mask)})`;
}

function guardSql({ word, shift, width, among }: Guard, prefix: string): string {
  const value = wordSql(prefix, word, shift, width);
  if (among === 'nonzero') return `${value} <> 0`;
  return among.length === 1 ? `${value} = ${among[0]!}` : `${value} IN (${among.join(', ')})`;
}

/** Cells of an answer: what SQLite gives as a number is an address where the name of its column says so. */
import type { ResultOf } from '../../../protocol/contract.ts';
import { hexId, type AddressSpace } from '../../widgets/address.ts';

export type Radix = 'hex' | 'dec';
type Value = ResultOf<'store.sql'>['rows'][number][number];
/** `word`: an address whose space the column does not say, or a descriptor; `id`: a StreamID or SubstreamID. */
type ColumnKind = AddressSpace | 'word' | 'id' | 'plain';

const KINDS: ReadonlyMap<string, ColumnKind> = new Map([
  ['iova', 'iova'], ['ipa', 'ipa'], ['pa', 'pa'], ['address', 'word'], ['page', 'word'], ['pte', 'word'], ['word', 'word'], ['sid', 'id'], ['ssid', 'id'],
]);
/** What is made of addresses and is none. */
const NUMBERS = new Set(['count', 'sum', 'avg', 'total', 'length']);

/** By the parts of a column's name: `min(iova)`, `t.pa`, `first_ipa`. */
export function kindOf(title: string): ColumnKind {
  const parts = title.toLowerCase().split(/[^a-z0-9]+/);
  if (parts.some((part) => NUMBERS.has(part))) return 'plain';
  return parts.map((part) => KINDS.get(part)).find((kind) => kind !== undefined) ?? 'plain';
}

export const spaceOf = (title: string): AddressSpace | null => {
  const kind = kindOf(title);
  return kind === 'iova' || kind === 'ipa' || kind === 'pa' ? kind : null;
};

/** A number, which beyond those that JSON holds comes as hex; null for anything else. */
function numberOf(value: Value): bigint | null {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt.asUintN(64, BigInt(value)) : null;
  return value !== null && /^0x[0-9a-f]+$/.test(value) ? BigInt(value) : null;
}

/** As it is shown and copied. */
export function textOfCell(value: Value, title: string, radix: Radix): string {
  const kind = kindOf(title);
  const number = kind === 'plain' ? null : numberOf(value);
  if (value === null) return 'NULL';
  if (number === null) return String(value);
  if (radix === 'dec') return number.toString();
  return kind === 'id' ? hexId(Number(number)) : `0x${number.toString(16)}`;
}

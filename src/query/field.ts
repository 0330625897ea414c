/** What a filter can ask for: a named, typed field, and where its bits are in the rows that a list is made of. */
import type { Landmark } from './age.ts';

/**
 * A row is 16 words of a trace record (model/trace/record.ts) or of a transaction (transaction-row.ts). An element of a list has one
 * or both: a transaction with the event it made, an event with the transaction that made it.
 */
export type Source = 'record' | 'transaction';

/** The field is there only if these bits of the row have one of these values; `nonzero`: any but 0. */
export interface Guard {
  readonly word: number;
  readonly shift: number;
  readonly width: number;
  readonly among: readonly number[] | 'nonzero';
}

/** One place where the field can be. */
export interface Place {
  readonly source: Source;
  readonly guards: readonly Guard[];
  /** First word of the value. */
  readonly word: number;
  /** Of a narrow value: lowest bit in its word, and width up to 32. A wide one is the 64 bits of two words under `mask`. */
  readonly shift: number;
  readonly width: number;
  readonly mask?: bigint;
}

export type FieldType = 'flag' | 'number' | 'enum' | 'address';

export interface Field {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: FieldType;
  /** Width of a value; of an address, with its low bits. */
  readonly bits: number;
  /** Low bits of an address that the field does not hold. */
  readonly zeros: number;
  /** Names of values; `reserved` may name several. */
  readonly values: ReadonlyMap<string, readonly number[]>;
  /** The value is 2 to what is stored. */
  readonly exponent: boolean;
  readonly doc: string;
  /** Of IHI 0070, where there is one. */
  readonly section: string;
  /** Empty: no element of this list ever has the field. */
  readonly places: readonly Place[];
  /** The column of the stored table that holds it. Without one it is computed from the record's words. */
  readonly column: string | null;
  /** Of `age(NAME)`, what it counts from: place and column are those of the transaction's number. Else null. */
  readonly since: Landmark | null;
}

export type FieldSpec = Pick<Field, 'name' | 'type' | 'bits' | 'doc' | 'places'> & Partial<Field>;

export const defineField = (spec: FieldSpec): Field => ({ aliases: [], zeros: 0, values: new Map(), exponent: false, section: '', column: null, since: null, ...spec });

/** Names of values as a map; one name may stand for several. */
export function namesOf(entries: Iterable<readonly [number, string]>): ReadonlyMap<string, readonly number[]> {
  const map = new Map<string, number[]>();
  for (const [value, name] of entries) map.set(name, [...(map.get(name) ?? []), value]);
  return map;
}

/** A narrow value in a row. */
export const bitsAt = (source: Source, word: number, shift: number, width: number, guards: readonly Guard[] = []): Place => ({ source, guards, word, shift, width });

/** The 64 bits of two words, low word first. */
export const wideAt = (source: Source, word: number, guards: readonly Guard[] = [], mask = 0xffff_ffff_ffff_ffffn): Place => ({ source, guards, word, shift: 0, width: 64, mask });

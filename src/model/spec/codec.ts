/** Words of a record <-> values of its fields. Accessors are built once and close over constants, for the engine. */
import { assert } from '../base/assert.ts';
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { fieldOf, fieldWidth, isNamed } from './fields.ts';
import type { CaseDef, FieldDef, FieldValue, FieldValues, RecordDef, TaggedDef, Words } from './fields.ts';
import { nearest } from './nearest.ts';

export type Accessor = (words: Words, at: number) => number;

function must(record: RecordDef, name: string): FieldDef {
  const field = fieldOf(record, name);
  assert(field !== undefined, `${record.id} has no field ${name}`);
  return field;
}

/**
 * A function that reads one field of at most 32 bits as an unsigned number; `at` is the index of the record's first word.
 * Fields wider than 32 bits, and addresses, are read with `wide`, `addressLo` and `addressHi`.
 */
export function accessor<const N extends string>(record: RecordDef<N>, name: NoInfer<N>): Accessor {
  const field = must(record, name);
  const width = fieldWidth(field);
  assert(width <= 32, `${record.id}.${name} is ${width} bits wide: use wide()`);
  const word = field.lo >> 5;
  const shift = field.lo & 31;
  if (width === 32 && shift === 0) return (words, at) => words[at + word]! >>> 0;
  const mask = width === 32 ? -1 : (1 << width) - 1;
  if (shift + width <= 32) return (words, at) => ((words[at + word]! >>> shift) & mask) >>> 0;
  const left = 32 - shift;
  return (words, at) => (((words[at + word]! >>> shift) | (words[at + word + 1]! << left)) & mask) >>> 0;
}

/** Mask of the bits of `field` that lie in 32-bit word `word` of the record. */
function maskIn(field: FieldDef, word: number): number {
  const lo = Math.max(field.lo - word * 32, 0);
  const hi = Math.min(field.hi - word * 32, 31);
  if (hi < lo) return 0;
  return (hi - lo === 31 ? -1 : ((1 << (hi - lo + 1)) - 1) << lo) | 0;
}

function half(record: RecordDef, name: string, high: 0 | 1): Accessor {
  const field = must(record, name);
  assert(field.kind === 'addr', `${record.id}.${name} is no address`);
  const word = (field.lo >> 6) * 2 + high;
  const mask = maskIn(field, word);
  if (mask === 0) return () => 0;
  return (words, at) => (words[at + word]! & mask) >>> 0;
}

/** Reads bits [31:0] of an address field, in place, unsigned. */
export const addressLo = <const N extends string>(record: RecordDef<N>, name: NoInfer<N>): Accessor => half(record, name, 0);

/** Reads bits [63:32] of an address field, in place, unsigned. */
export const addressHi = <const N extends string>(record: RecordDef<N>, name: NoInfer<N>): Accessor => half(record, name, 1);

function readWide(field: FieldDef, words: Words, at: number): bigint {
  const word = at + (field.lo >> 6) * 2;
  const both = (BigInt(words[word + 1] === undefined ? 0 : words[word + 1]! >>> 0) << 32n) | BigInt(words[word]! >>> 0);
  const value = BigInt.asUintN(fieldWidth(field), both >> BigInt(field.lo & 63));
  return field.kind === 'addr' ? value << BigInt(field.lo & 63) : value;
}

/** A function that reads a field of any width; an address field gives the full address, its low bits 0. */
export function wide<const N extends string>(record: RecordDef<N>, name: NoInfer<N>): (words: Words, at: number) => bigint {
  const field = must(record, name);
  return (words, at) => readWide(field, words, at);
}

function readValue(field: FieldDef, words: Words, at: number): FieldValue {
  const value = readWide(field, words, at);
  if (field.kind === 'addr' || fieldWidth(field) > 32) return value;
  return field.kind === 'flag' ? value === 1n : Number(value);
}

/** Every named field by name: a flag as boolean, an address or a field wider than 32 bits as bigint, others as number. */
export function decode(record: RecordDef, words: Words, at: number): Record<string, FieldValue> {
  const values: Record<string, FieldValue> = {};
  for (const field of record.fields) if (isNamed(field)) values[field.name] = readValue(field, words, at);
  return values;
}

/** Why `value` cannot be put into `field`, or null. */
function misfit(field: FieldDef, value: FieldValue): string | null {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return `is not a whole number: ${value}`;
  const whole = BigInt(value);
  const shift = field.kind === 'addr' ? BigInt(field.lo & 63) : 0n;
  const top = shift + BigInt(fieldWidth(field));
  if (whole < 0n || whole >> top !== 0n) return `does not fit into ${top} bits: 0x${whole.toString(16)}`;
  if (BigInt.asUintN(Number(shift), whole) !== 0n) return `is not aligned to ${1n << shift} bytes: 0x${whole.toString(16)}`;
  if (field.constant !== undefined && whole !== BigInt(field.constant)) return `can only be 0x${field.constant.toString(16)}`;
  return null;
}

/** Checks that every name is a field of the record and every value fits it; the error says which and what was expected. */
export function checkValues(record: RecordDef, values: FieldValues): Result<FieldValues> {
  for (const [name, value] of Object.entries(values)) {
    const field = fieldOf(record, name);
    if (field === undefined) {
      const names = record.fields.filter(isNamed).map((one) => one.name);
      const hint = nearest(name, names);
      return fail('unknown-field', `${record.id} has no field ${name}${hint === null ? '' : `; did you mean ${hint}?`}`, { path: name });
    }
    const why = misfit(field, value);
    if (why !== null) return fail('bad-field-value', `${record.id}.${name} ${why}`, { path: name });
  }
  return ok(values);
}

function writeField(field: FieldDef, value: FieldValue, words: Words, at: number): void {
  const inPlace = field.kind === 'addr' ? BigInt(value) : BigInt(value) << BigInt(field.lo & 63);
  const word = (field.lo >> 6) * 2;
  for (let half = 0; half < 2; half++) {
    const mask = maskIn(field, word + half);
    if (mask === 0) continue;
    const bits = Number(BigInt.asIntN(32, inPlace >> BigInt(half * 32)));
    words[at + word + half] = (words[at + word + half]! & ~mask) | (bits & mask);
  }
}

/** Writes one field and leaves the rest of the record alone. The value must fit (`checkValues` tells). */
export function setField<const N extends string>(record: RecordDef<N>, name: NoInfer<N>, value: FieldValue, words: Words, at: number): void {
  const field = must(record, name);
  const why = misfit(field, value);
  assert(why === null, `${record.id}.${name} ${why}`);
  writeField(field, value, words, at);
}

/** Writes the whole record: constants as they are, fields without a value 0. Values must fit (`checkValues` tells). */
export function encode(record: RecordDef, values: FieldValues, words: Words, at: number): void {
  const checked = checkValues(record, values);
  assert(checked.ok, checked.ok ? '' : checked.error.message);
  words.fill(0, at, at + record.bytes / 4);
  for (const field of record.fields) {
    const value = values[field.name] ?? field.constant;
    if (isNamed(field) && value !== undefined) writeField(field, value, words, at);
  }
}

/** The case of a tagged record that the words hold, or null when the tag is none of them. */
export function caseOf(tagged: TaggedDef, words: Words, at: number): CaseDef | null {
  const { hi, lo } = tagged.tag;
  const number = (words[at]! >>> lo) & ((1 << (hi - lo + 1)) - 1);
  return tagged.byNumber.get(number) ?? null;
}

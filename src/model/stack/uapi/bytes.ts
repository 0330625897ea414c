/**
 * The form in which structures of the uAPI are declared, each once: fields with absolute byte offsets, little-endian.
 * Defining one throws at load on a gap, an overlap or a field that is not aligned as a C compiler would align it.
 * Padding and reserved members are fields like others: whether the kernel looks at them is the business of its checks.
 */
import { assert } from '../../base/assert.ts';

const WIDTH = { u8: 1, u16: 2, u32: 4, u64: 8, 'u8[]': 1, 'u32[]': 4, 'u64[]': 8 } as const;

export type UapiType = keyof typeof WIDTH;
export type UapiValue = number | bigint | readonly number[] | readonly bigint[];

export interface UapiField<N extends string = string, T extends UapiType = UapiType> {
  readonly name: N;
  readonly type: T;
  readonly offset: number;
  /** Elements of an array; 1 of a plain member. */
  readonly count: number;
  readonly doc: string;
  /** The names of its values, or of its flags. */
  readonly values?: Readonly<Record<string, number>>;
}

export interface UapiStruct<F extends UapiField = UapiField> {
  /** The name in C, without `struct`. */
  readonly id: string;
  readonly title: string;
  readonly bytes: number;
  readonly fields: readonly F[];
}

type ValueOfType<T extends UapiType> = T extends 'u64'
  ? bigint
  : T extends 'u64[]'
    ? readonly bigint[]
    : T extends 'u8[]' | 'u32[]'
      ? readonly number[]
      : number;

/** The values of a structure by member: bigint for u64, number for narrower ones, arrays for arrays. */
export type ValuesOf<S extends UapiStruct> = { readonly [F in S['fields'][number] as F['name']]: ValueOfType<F['type']> };

export type FieldName<S extends UapiStruct> = S['fields'][number]['name'];

/** Makes the constructor of one type of member: name, offset, doc, names of values. */
const plain =
  <const T extends UapiType>(type: T) =>
  <const N extends string>(name: N, offset: number, doc: string, values?: Readonly<Record<string, number>>): UapiField<N, T> => ({
    name,
    type,
    offset,
    count: 1,
    doc,
    ...(values === undefined ? {} : { values }),
  });

const array =
  <const T extends UapiType>(type: T) =>
  <const N extends string>(name: N, offset: number, count: number, doc: string): UapiField<N, T> => ({ name, type, offset, count, doc });

export const u8 = plain('u8');
export const u16 = plain('u16');
export const u32 = plain('u32');
export const u64 = plain('u64');
export const u8s = array('u8[]');
export const u32s = array('u32[]');
export const u64s = array('u64[]');

const sizeOf = (field: UapiField): number => WIDTH[field.type] * field.count;

/** Declares a structure; throws when its members do not lie one after another and fill it. */
export function defineStruct<const F extends UapiField>(struct: {
  readonly id: string;
  readonly title: string;
  readonly bytes: number;
  readonly fields: readonly F[];
}): UapiStruct<F> {
  let next = 0;
  for (const field of struct.fields) {
    assert(field.offset === next, `${struct.id}.${field.name} is at byte ${field.offset}, the member before it ends at ${next}`);
    assert(field.offset % WIDTH[field.type] === 0, `${struct.id}.${field.name} at byte ${field.offset} is not aligned`);
    assert(field.doc !== '', `${struct.id}.${field.name} has no doc`);
    next = field.offset + sizeOf(field);
  }
  assert(next === struct.bytes, `${struct.id} has ${struct.bytes} bytes, its members end at ${next}`);
  return struct;
}

/** The member of that name; a name that is none is a bug. */
export function fieldOf<S extends UapiStruct>(struct: S, name: FieldName<S>): UapiField {
  const field = struct.fields.find((one) => one.name === name);
  assert(field !== undefined, `${struct.id} has no member ${name}`);
  return field;
}

/** offsetof() */
export const offsetOf = <S extends UapiStruct>(struct: S, name: FieldName<S>): number => fieldOf(struct, name).offset;

/** offsetofend(): the first byte behind a member. */
export function endOf<S extends UapiStruct>(struct: S, name: FieldName<S>): number {
  const field = fieldOf(struct, name);
  return field.offset + sizeOf(field);
}

/** Reads `width` bytes as an unsigned little-endian number. */
export function readUint(bytes: Uint8Array, at: number, width: 1 | 2 | 4): number {
  let value = bytes[at]!;
  for (let i = 1; i < width; i++) value += bytes[at + i]! * 2 ** (8 * i);
  return value;
}

const readU64 = (bytes: Uint8Array, at: number): bigint =>
  (BigInt(readUint(bytes, at + 4, 4)) << 32n) | BigInt(readUint(bytes, at, 4));

function readOne(type: UapiType, bytes: Uint8Array, at: number): number | bigint {
  const width = WIDTH[type];
  return width === 8 ? readU64(bytes, at) : readUint(bytes, at, width);
}

function readField(field: UapiField, bytes: Uint8Array, at: number): UapiValue {
  if (!field.type.endsWith('[]')) return readOne(field.type, bytes, at + field.offset);
  const width = WIDTH[field.type];
  return Array.from({ length: field.count }, (_, i) => readOne(field.type, bytes, at + field.offset + i * width)) as readonly number[];
}

/** Every member by name. The bytes must be there: who copies from a user checks that first. */
export function decodeStruct<S extends UapiStruct>(struct: S, bytes: Uint8Array, at = 0): ValuesOf<S> {
  assert(at + struct.bytes <= bytes.length, `${struct.id} needs ${struct.bytes} bytes, there are ${bytes.length - at}`);
  const values: Record<string, UapiValue> = {};
  for (const field of struct.fields) values[field.name] = readField(field, bytes, at);
  return values as ValuesOf<S>;
}

function writeOne(where: string, width: number, value: number | bigint, bytes: Uint8Array, at: number): void {
  const whole = BigInt(value);
  assert(whole >= 0n && whole >> BigInt(width * 8) === 0n, `${where} does not fit ${width} bytes: ${value}`);
  for (let i = 0; i < width; i++) bytes[at + i] = Number((whole >> BigInt(8 * i)) & 0xffn);
}

/** Writes one member in place. The value must fit. */
export function putField<S extends UapiStruct, N extends FieldName<S>>(
  struct: S,
  name: N,
  value: ValuesOf<S>[N],
  bytes: Uint8Array,
  at = 0,
): void {
  const field = fieldOf(struct, name);
  const width = WIDTH[field.type];
  const list: readonly (number | bigint)[] = Array.isArray(value) ? (value as readonly number[]) : [value as number | bigint];
  assert(list.length === field.count, `${struct.id}.${name} has ${field.count} elements, not ${list.length}`);
  list.forEach((one, i) => writeOne(`${struct.id}.${name}`, width, one, bytes, at + field.offset + i * width));
}

/** The bytes of a structure; members without a value are 0. */
export function encodeStruct<S extends UapiStruct>(struct: S, values: Partial<ValuesOf<S>>): Uint8Array {
  const bytes = new Uint8Array(struct.bytes);
  for (const name of Object.keys(values) as FieldName<S>[]) {
    const value = values[name];
    if (value !== undefined) putField(struct, name, value, bytes);
  }
  return bytes;
}

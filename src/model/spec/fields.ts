/** What a field and a record are, and the words with which the tables of this folder declare fields. */

/** 32-bit little-endian words; a record starts at a word index. */
export type Words = Int32Array | Uint32Array;

export type FieldKind = 'flag' | 'uint' | 'enum' | 'addr' | 'res0' | 'impdef' | 'ignored';
export type AddressSpace = 'iova' | 'ipa' | 'pa' | 'by-config';
export type FieldValue = number | bigint | boolean;
export type FieldValues = Readonly<Record<string, FieldValue>>;
export type EnumValues = Readonly<Record<number, readonly [name: string, doc: string]>>;

/** What a field can say beyond its name, place and doc. */
export interface FieldExtras {
  /** Section of IHI 0070; the record's own when absent. */
  readonly section?: string;
  /** First version with the field; before it (so in v3.2 for 'v3.3' and 'v3.4') the bits are RES0. */
  readonly since?: string;
  /** The feature without which the bits are RES0 or ignored, by the name of its ID register field or 'Secure'. */
  readonly needs?: string;
  /** When the field is used at all; ignored otherwise. */
  readonly usedWhen?: string;
  /** A TLB entry may hold the field's value: a change needs TLBI as well as CFGI (5.2.1, 5.4.1). */
  readonly cachedInTlb?: boolean;
  /** Registers: the enable fields that make this field read-only while they, or their ACK, are 1. */
  readonly guard?: readonly string[];
}

export interface FieldDef<N extends string = string> extends FieldExtras {
  readonly name: N;
  readonly hi: number;
  readonly lo: number;
  readonly kind: FieldKind;
  readonly doc: string;
  readonly section: string;
  readonly values?: EnumValues;
  readonly space?: AddressSpace;
  /** The one value the bits have in this record: an opcode, an event number, a descriptor type. `encode` writes it. */
  readonly constant?: number;
}

export interface RecordDef<N extends string = string> {
  readonly id: string;
  readonly title: string;
  readonly bytes: number;
  readonly section: string;
  readonly fields: readonly FieldDef<N>[];
}

/** One case of a tagged record: the whole record, with its tag as a constant field. */
export interface CaseDef<N extends string = string> extends RecordDef<N> {
  readonly number: number;
  readonly doc: string;
  readonly needs?: string;
  readonly since?: string;
}

/** Records of one size told apart by a tag: commands by opcode, events by number. */
export interface TaggedDef {
  readonly id: string;
  readonly title: string;
  readonly bytes: number;
  readonly section: string;
  readonly tag: FieldDef;
  readonly cases: readonly CaseDef[];
  readonly byNumber: ReadonlyMap<number, CaseDef>;
  readonly byName: ReadonlyMap<string, CaseDef>;
}

/** How software may access a register: read-only, read-write, or read-write by the rule its `doc` states. */
export type RegisterAccess = 'ro' | 'rw' | 'update' | 'raz-wi';

export interface RegisterDef<N extends string = string> extends RecordDef<N> {
  /** Byte offset from the base of the SMMU; page 1 starts at 0x10000. */
  readonly offset: number;
  readonly bits: 32 | 64;
  readonly page: 0 | 1;
  readonly access: RegisterAccess;
  /** Fields of CR0, IRQ_CTRL or GATOS_CTRL that must be 0, and acknowledged so, for a write to take effect. */
  readonly guard: readonly string[];
  /** 'constant': identification. 'UNKNOWN' and 'IMPDEF' as the architecture says. */
  readonly reset: number | 'constant' | 'UNKNOWN' | 'IMPDEF';
  /** The register that acknowledges this one. */
  readonly ack?: string;
  /** The feature without which the register is RES0. */
  readonly needs?: string;
  readonly since?: string;
  readonly doc: string;
}

/** A field before its record gives it a section. */
export type Unplaced<N extends string> = Omit<FieldDef<N>, 'section'> & { readonly section?: string };

/** One bit. */
export const flag = <const N extends string>(name: N, bit: number, doc: string, extras: FieldExtras = {}): Unplaced<N> => ({
  ...extras,
  name,
  hi: bit,
  lo: bit,
  kind: 'flag',
  doc,
});

/** An unsigned number. */
export const uint = <const N extends string>(
  name: N,
  hi: number,
  lo: number,
  doc: string,
  extras: FieldExtras = {},
): Unplaced<N> => ({ ...extras, name, hi, lo, kind: 'uint', doc });

/** A code; values not listed are reserved and stay numbers. */
export const code = <const N extends string>(
  name: N,
  hi: number,
  lo: number,
  doc: string,
  values: EnumValues,
  extras: FieldExtras = {},
): Unplaced<N> => ({ ...extras, name, hi, lo, kind: 'enum', doc, values });

/** An address (or an offset) whose bit n is bit n of its 64-bit word: the low bits not held are 0. */
export const addr = <const N extends string>(
  name: N,
  hi: number,
  lo: number,
  space: AddressSpace,
  doc: string,
  extras: FieldExtras = {},
): Unplaced<N> => ({ ...extras, name, hi, lo, kind: 'addr', space, doc });

/** Bits that software writes as it likes and the SMMU ignores. */
export const ignored = <const N extends string>(name: N, hi: number, lo: number, doc: string): Unplaced<N> => ({
  name,
  hi,
  lo,
  kind: 'ignored',
  doc,
});

/** Reserved bits; `doc` and `since` when a later version gives them a meaning that this table does not use. */
export const res0 = (hi: number, lo: number, doc = 'Reserved, 0.', extras: FieldExtras = {}): Unplaced<'RES0'> => ({
  ...extras,
  name: 'RES0',
  hi,
  lo,
  kind: 'res0',
  doc,
});

export const impdef = (hi: number, lo: number): Unplaced<'IMPDEF'> => ({
  name: 'IMPDEF',
  hi,
  lo,
  kind: 'impdef',
  doc: 'Implementation defined.',
});

/** The bits always have one value in this record. */
export const constant = <const N extends string>(
  name: N,
  hi: number,
  lo: number,
  value: number,
  doc: string,
): Unplaced<N> => ({ name, hi, lo, kind: hi === lo ? 'flag' : 'uint', constant: value, doc });

/** Named fields are those with a value: everything but RES0 and IMPDEF bits. */
export const isNamed = (field: FieldDef): boolean => field.kind !== 'res0' && field.kind !== 'impdef';

export const fieldWidth = (field: { readonly hi: number; readonly lo: number }): number => field.hi - field.lo + 1;

/** The named field of a record, or undefined. */
export const fieldOf = (record: RecordDef, name: string): FieldDef | undefined =>
  record.fields.find((field) => isNamed(field) && field.name === name);

import { hex } from '../../model/base/address.ts';
import { accessor, decode, fieldWidth, isNamed, STE } from '../../model/spec/index.ts';
import type { FieldDef, FieldValue, RecordDef } from '../../model/spec/index.ts';

/** Kinds of records: what a queue or a table holds, what else logs and traces report, what firmware tells of devices. */
export type RecordKind =
  | 'event' | 'ste' | 'cd' | 'cmd' | 'pri' | 'pte' | 'gerror' | 'cmdq-error' | 'message'
  | 'register' | 'trace' | 'map' | 'fault' | 'ioctl' | 'device' | 'iort';

/** One named field of a decoded record. */
export interface DecodedField {
  readonly name: string;
  /** [hi, lo], absolute over the whole record; without meaning where the record has no words. */
  readonly bits: readonly [number, number];
  /** As shown: an enum's name, a number, an address. */
  readonly value: string;
  /** The field's value as 0x hex; an address with its low bits. */
  readonly raw: string;
  /** As JSON: an address, or anything wider than 32 bits, as a hex string; a flag as 0 or 1. */
  readonly json: number | string;
  readonly doc: string;
  readonly section: string;
  /** `STE.S2VMID`: what of the one table it is. */
  readonly about?: string;
  /** Of an address, as far as it is known. */
  readonly space?: 'iova' | 'ipa' | 'pa';
  /** Why the SMMU does not look at it here. */
  readonly ignored?: string;
}

/** What a record does not say itself. */
export interface Around {
  /** Where the stream has its CDs and tables of stage 1, and what stage 1 leads to. */
  readonly stage1?: 'ipa' | 'pa';
  /** It is of a VM's own SMMU: what that takes for a PA is an IPA. */
  readonly guests?: boolean;
  /** Why the SMMU does not look at a field; null: it does. */
  readonly ignored?: (field: FieldDef) => string | null;
}

const config = accessor(STE, 'Config');

/** Where a stream has its CDs and tables of stage 1 (IHI 0070 5.2, S1ContextPtr). */
export const stage1Of = (ste: Uint32Array): 'ipa' | 'pa' => (config(ste, 0) === 7 ? 'ipa' : 'pa');

function spaceOf({ space }: FieldDef, record: RecordDef, words: Uint32Array, { stage1, guests }: Around): DecodedField['space'] {
  const own = space !== 'by-config' ? space : record === STE ? stage1Of(words) : stage1;
  return own === 'pa' && guests === true ? 'ipa' : own;
}

export interface DecodedRecord {
  readonly kind: RecordKind;
  /** The architecture's name: `F_TRANSLATION`, `CMD_TLBI_NH_VA`, `STE`. */
  readonly type: string;
  readonly title: string;
  readonly section: string;
  /** 64-bit words, 16 hex digits each. */
  readonly words: readonly string[];
  readonly fields: readonly DecodedField[];
  /** 1-based line of the text it was read from. */
  readonly line?: number;
  /** What there is to add: what the kernel called it, what was assumed. */
  readonly notes?: readonly string[];
  /** Why it is there, and what would make it not be there. */
  readonly cause?: string;
  readonly remedy?: string;
}

/** Names of values that the architecture itself uses as words, so that JSON has the name too. */
const NAMED_VALUES = new Set(['Class', 'ERR']);

function show(field: FieldDef, value: FieldValue): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'bigint') return hex(value);
  const name = field.values?.[value]?.[0];
  if (name !== undefined) return name;
  return value > 9 ? `${hex(value)}` : String(value);
}

function toJson(field: FieldDef, value: FieldValue): number | string {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return hex(value);
  return NAMED_VALUES.has(field.name) ? (field.values?.[value]?.[0] ?? value) : value;
}

/** Every named field of a record, lowest bits first. */
export function decodeFields(record: RecordDef, words: Uint32Array, around: Around = {}): DecodedField[] {
  const values = decode(record, words, 0);
  return record.fields
    .filter(isNamed)
    .map((field) => {
      const value = values[field.name] ?? 0;
      const space = spaceOf(field, record, words, around);
      const ignored = around.ignored?.(field) ?? null;
      return {
        name: field.name,
        bits: [field.hi, field.lo] as const,
        value: show(field, value),
        raw: hex(BigInt(value)),
        json: toJson(field, value),
        doc: field.values?.[Number(value)]?.[1] ?? field.doc,
        section: field.section,
        about: `${record.id}.${field.name}`,
        ...(space === undefined ? {} : { space }),
        ...(ignored === null ? {} : { ignored }),
      };
    })
    .sort((a, b) => a.bits[1] - b.bits[1]);
}

/** Bits of the record that are reserved in it and not 0, as ranges for a message. */
export function reservedBits(record: RecordDef, words: Uint32Array): string[] {
  const one = (bit: number): boolean => ((words[bit >> 5]! >>> (bit & 31)) & 1) === 1;
  return record.fields
    .filter((field) => field.kind === 'res0' && Array.from({ length: fieldWidth(field) }, (_, at) => field.lo + at).some(one))
    .map((field) => (field.hi === field.lo ? `[${field.lo}]` : `[${field.hi}:${field.lo}]`));
}

/** 64-bit words as the 32-bit words that the tables read. */
export function toWords32(words: readonly bigint[]): Uint32Array {
  return Uint32Array.from(words.flatMap((word) => [Number(word & 0xffff_ffffn), Number(word >> 32n)]));
}

export const wordText = (word: bigint): string => word.toString(16).padStart(16, '0');

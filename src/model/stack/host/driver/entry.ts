/** STEs and CDs as eight 64-bit words. */
import { fromWords } from '../../../base/address.ts';
import { CD, encode, STE } from '../../../spec/index.ts';
import type { FieldValues, RecordDef } from '../../../spec/index.ts';

export const ENTRY_QWORDS = 8;

export type Entry = readonly bigint[];

export const ZERO_ENTRY: Entry = Array.from({ length: ENTRY_QWORDS }, () => 0n);

function qwords(record: RecordDef, fields: FieldValues): bigint[] {
  const words = new Uint32Array(ENTRY_QWORDS * 2);
  encode(record, fields, words, 0);
  return Array.from({ length: ENTRY_QWORDS }, (_, i) => fromWords(words[2 * i + 1]!, words[2 * i]!));
}

/** The words of an STE or CD with these fields, the others 0. */
export const steWords = (fields: FieldValues): bigint[] => qwords(STE, fields);
export const cdWords = (fields: FieldValues): bigint[] => qwords(CD, fields);

/** Bits [51:6]: what S1ContextPtr takes of an address, silently (a.1). */
export const S1_CONTEXT_PTR = 0x000f_ffff_ffff_ffc0n;
/** Bits [51:4]. */
export const TABLE_BASE = 0x000f_ffff_ffff_fff0n;

/** VTCR as STE word 2 holds it. */
export const vtcrBits = (vtcr: number): bigint => BigInt(vtcr) << 32n;

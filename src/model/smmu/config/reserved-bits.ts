import type { Features } from '../../spec/features.ts';
import type { FieldDef, RecordDef } from '../../spec/fields.ts';
import { maskIn } from '../registers/register-field.ts';
import { isPresent } from '../registers/presence.ts';

/** Without these, fields are ignored, not reserved (IHI 0070 5.2). */
const IGNORED_WITHOUT: readonly (string | undefined)[] = ['ATTR_TYPES_OVR', 'Secure'];

export function isReserved(field: FieldDef, features: Features): boolean {
  if (field.kind === 'res0') return true;
  return !isPresent(field, features) && !IGNORED_WITHOUT.includes(field.needs);
}

/** The bits of these fields as words of the record. */
export function bitsOf(record: RecordDef, which: (field: FieldDef) => boolean): Int32Array {
  const mask = new Int32Array(record.bytes / 4);
  for (const field of record.fields) {
    if (!which(field)) continue;
    for (let word = field.lo >>> 5; word <= field.hi >>> 5; word++) mask[word]! |= maskIn(field, word);
  }
  return mask;
}

/** The bits of a structure that are reserved on this SMMU: RES0 in every version, of a later version, or of a feature that it has not (5). */
export const reservedBits = (record: RecordDef, features: Features): Int32Array => bitsOf(record, (field) => isReserved(field, features));

/** Does the record at word `at` have any of the bits? */
export function hasBits(words: Int32Array, at: number, mask: Int32Array): boolean {
  let set = 0;
  for (let i = 0; i < mask.length; i++) set |= words[at + i]! & mask[i]!;
  return set !== 0;
}

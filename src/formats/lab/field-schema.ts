/** JSON Schema of a raw field: the names of its values, a number that fits, a flag. */
import { fieldWidth } from '../../model/spec/index.ts';
import type { FieldDef, RecordDef } from '../../model/spec/index.ts';
import { FIELD } from './names.ts';
import { numberSchema } from './number-pattern.ts';

/** Bits of an address below those that the field holds: they are 0. */
const alignmentOf = (field: FieldDef): number => (field.kind === 'addr' ? field.lo & 63 : 0);

/** Largest value, of an address with the low bits that it does not hold. */
export const largestOf = (field: FieldDef): bigint => (1n << BigInt(alignmentOf(field) + fieldWidth(field))) - 1n;

/** A field of one bit takes true and false. */
export const isBit = (field: FieldDef): boolean => fieldWidth(field) === 1 && field.kind !== 'addr';

export const valueNames = (field: FieldDef): readonly string[] => Object.values(field.values ?? {}).map(([name]) => name);

/** What `readField` takes, but for the alignment of text, which only the parser checks. */
export function fieldSchema(record: RecordDef, field: FieldDef): Record<string, unknown> {
  const alignment = alignmentOf(field);
  const number = { ...numberSchema(0n, largestOf(field)), ...(alignment === 0 ? {} : { multipleOf: 2 ** alignment }) };
  // Documents also write names in small letters alone, as they do Config: s1.
  const names = [...new Set(valueNames(field).flatMap((name) => [name, name.toLowerCase()]))];
  const forms = [...(names.length === 0 ? [] : [{ enum: names }]), ...(isBit(field) ? [{ type: 'boolean' }] : []), number];
  const about = { description: `[${field.hi}:${field.lo}] ${field.doc} IHI 0070 ${field.section}`, [FIELD]: `${record.id}.${field.name}` };
  return forms.length === 1 ? { ...number, ...about } : { anyOf: forms, ...about };
}

/** Raw fields of records in a lab document, checked against the one table: name, width, alignment, names of values. */
import { z } from 'zod';
import { checkValues, fieldOf, isNamed, toSchema } from '../../model/spec/index.ts';
import type { FieldDef, RecordDef } from '../../model/spec/index.ts';
import { nearest } from '../../model/spec/nearest.ts';
import { parseNumber, shown } from './scalars.ts';

/** Why a raw field is refused; `key` when its name is wrong rather than its value. */
export interface FieldProblem {
  readonly problem: string;
  readonly key: boolean;
}

export const namedFields = (record: RecordDef): readonly FieldDef[] =>
  record.fields.filter((field) => isNamed(field) && field.constant === undefined);

const valueNames = (field: FieldDef): readonly string[] => Object.values(field.values ?? {}).map(([name]) => name);

/** The number behind one of the names that the table gives to the values of a field. */
function namedValue(field: FieldDef, text: string): bigint | null {
  const entry = Object.entries(field.values ?? {}).find(([, [name]]) => name.toLowerCase() === text.trim().toLowerCase());
  return entry === undefined ? null : BigInt(entry[0]);
}

function fieldNumber(field: FieldDef, value: unknown): bigint | null {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return (typeof value === 'string' ? namedValue(field, value) : null) ?? parseNumber(value);
}

/** The value of one raw field: a number, a flag, or a name that the table gives to a value. */
export function readField(record: RecordDef, name: string, value: unknown): bigint | FieldProblem {
  const field = fieldOf(record, name);
  if (field === undefined) {
    const hint = nearest(name, namedFields(record).map((one) => one.name));
    return { key: true, problem: `${record.id} has no field ${name}${hint === null ? '' : `; did you mean ${hint}?`}` };
  }
  const parsed = fieldNumber(field, value);
  if (parsed === null) {
    const names = valueNames(field);
    const expected = names.length === 0 ? 'a number' : `a number or one of ${names.join(', ')}`;
    return { key: false, problem: `${record.id}.${name}: expected ${expected}; got ${shown(value)}` };
  }
  const checked = checkValues(record, { [name]: parsed });
  return checked.ok ? parsed : { key: false, problem: checked.error.message };
}

/** One raw field as a key of its own among others. */
export const rawField = (record: RecordDef, field: FieldDef) =>
  z
    .unknown()
    .meta({ ...toSchema(record).properties[field.name] })
    .transform((value, ctx): bigint => {
      const got = readField(record, field.name, value);
      if (typeof got === 'bigint') return got;
      ctx.addIssue({ code: 'custom', message: got.problem });
      return z.NEVER;
    });

interface FieldsOptions {
  /** Fields that follow from other keys and cannot be set here. */
  readonly derived?: readonly string[];
  /** Fields that also take the name of a device or a VM. */
  readonly references?: readonly string[];
}

function readEntry(record: RecordDef, key: string, value: unknown, options: FieldsOptions): bigint | string | FieldProblem {
  if (options.derived?.includes(key)) return { key: true, problem: `${record.id}.${key} cannot be set here: it follows from other keys` };
  if (options.references?.includes(key) && typeof value === 'string' && parseNumber(value) === null) return value;
  return readField(record, key, value);
}

function readFields<T extends bigint | string>(record: RecordDef, options: FieldsOptions, isValue: (got: unknown) => got is T) {
  const properties = Object.fromEntries(Object.entries(toSchema(record).properties).filter(([name]) => !options.derived?.includes(name)));
  return z
    .unknown()
    .meta({ type: 'object', properties, additionalProperties: false, description: `fields of ${record.title}` })
    .transform((value, ctx): Readonly<Record<string, T>> => {
      const read: Record<string, T> = {};
      if (value === null) return read;
      if (typeof value !== 'object' || Array.isArray(value)) {
        ctx.addIssue({ code: 'custom', message: `expected a map of fields of ${record.id}; got ${shown(value)}` });
        return z.NEVER;
      }
      for (const [key, raw] of Object.entries(value)) {
        const got = readEntry(record, key, raw, options);
        if (isValue(got)) read[key] = got;
        else if (typeof got === 'object') ctx.addIssue({ code: 'custom', message: got.problem, path: [key], params: { key: got.key } });
      }
      return read;
    });
}

/** Raw fields of a record by their architecture names. */
export const fields = (record: RecordDef, derived: readonly string[] = []) =>
  readFields(record, { derived }, (got): got is bigint => typeof got === 'bigint');

/** Raw fields, some of which may name a device or a VM instead of giving its number. */
export const fieldsOrNames = (record: RecordDef, references: readonly string[]) =>
  readFields(record, { references }, (got): got is bigint | string => typeof got === 'bigint' || typeof got === 'string');

/** Numbers by any names. */
export const fieldsOfNumbers = (what: string) =>
  z
    .unknown()
    .meta({ type: 'object', additionalProperties: { type: ['integer', 'string', 'boolean'] }, description: `numbers: ${what}` })
    .transform((value, ctx): Readonly<Record<string, bigint>> => {
      const read: Record<string, bigint> = {};
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        ctx.addIssue({ code: 'custom', message: `expected a map of numbers; got ${shown(value)}` });
        return z.NEVER;
      }
      for (const [key, raw] of Object.entries(value)) {
        const number = typeof raw === 'boolean' ? BigInt(raw) : parseNumber(raw);
        if (number === null) ctx.addIssue({ code: 'custom', message: `expected a number; got ${shown(raw)}`, path: [key] });
        else read[key] = number;
      }
      return read;
    });

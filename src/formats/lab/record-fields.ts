/** Raw fields of records in a lab document, checked against the one table: name, width, alignment, names of values. */
import { z } from 'zod';
import { hex } from '../../model/base/address.ts';
import { checkValues, fieldOf, fieldWidth, isNamed } from '../../model/spec/index.ts';
import type { FieldDef, RecordDef } from '../../model/spec/index.ts';
import { nearest } from '../../model/spec/nearest.ts';
import { fieldSchema, isBit, largestOf, valueNames } from './field-schema.ts';
import { FIELD, NAMES } from './names.ts';
import { whyNever } from './never-here.ts';
import { ANY_NUMBER } from './number-pattern.ts';
import { BEYOND_SCHEMA, NAME, parseNumber, shown } from './scalars.ts';

/** So many names of fields are listed where one is wrong. */
const FEW = 10;

/** Why a raw field is refused; `key` when its name is wrong rather than its value. */
export interface FieldProblem {
  readonly problem: string;
  readonly key: boolean;
  /** Text of a number that fits, but not its alignment. */
  readonly alignment?: boolean;
}

/** Fields with a value of their own. */
export const namedFields = (record: RecordDef): readonly FieldDef[] =>
  record.fields.filter((field) => isNamed(field) && field.constant === undefined);

function fieldNumber(field: FieldDef, value: unknown): bigint | null {
  if (typeof value === 'boolean') return isBit(field) ? BigInt(value) : null;
  const named = Object.entries(field.values ?? {}).find(([, [name]]) => name === value || name.toLowerCase() === value);
  return named === undefined ? parseNumber(value) : BigInt(named[0]);
}

/** What a field takes, in words. */
function expected(field: FieldDef): string {
  const names = valueNames(field);
  const number = `a number of ${fieldWidth(field)} bit${fieldWidth(field) === 1 ? '' : 's'}`;
  return names.length === 0 ? number : `${names.join(', ')}, or ${number}`;
}

/** The value of one raw field: a number, a flag, or a name that the table gives to a value. */
export function readField(record: RecordDef, name: string, value: unknown): bigint | FieldProblem {
  const field = fieldOf(record, name);
  const known = namedFields(record);
  if (field?.constant !== undefined) return { key: true, problem: `${record.id}.${name} is always ${hex(field.constant)}: leave it out` };
  if (field === undefined) {
    const hint = nearest(name, known.map((one) => one.name));
    const fields = known.length === 0 ? '; it has none' : known.length <= FEW ? `; it has ${known.map((one) => one.name).join(', ')}` : '';
    return { key: true, problem: `${record.id} has no field ${name}${hint === null ? fields : `; did you mean ${hint}?`}` };
  }
  const parsed = fieldNumber(field, value);
  if (parsed === null) {
    const hint = typeof value === 'string' ? nearest(value, valueNames(field)) : null;
    return { key: false, problem: `${record.id}.${name}: expected ${expected(field)}; got ${shown(value)}${hint === null ? '' : `; did you mean ${hint}?`}` };
  }
  const checked = checkValues(record, { [name]: parsed });
  const aligned = typeof value !== 'string' || parsed > largestOf(field) || parsed < 0n;
  return checked.ok ? parsed : { key: false, problem: checked.error.message, ...(aligned ? {} : { alignment: true }) };
}

/** An issue for a refused field. */
const issueOf = ({ problem, key, alignment = false }: FieldProblem) => ({ code: 'custom' as const, message: problem, params: { key, [BEYOND_SCHEMA]: alignment } });

/** One raw field as a key of its own among others. */
export const rawField = (record: RecordDef, field: FieldDef) =>
  z
    .unknown()
    .meta(fieldSchema(record, field))
    .transform((value, ctx): bigint => {
      const got = readField(record, field.name, value);
      if (typeof got === 'bigint') return got;
      ctx.addIssue(issueOf(got));
      return z.NEVER;
    });

interface FieldsOptions {
  /** Fields that follow from other keys and cannot be set here. */
  readonly derived?: readonly string[];
  /** The fields are put into a structure of the SMMU, so those that can never mean anything are refused. */
  readonly put?: boolean;
  /** Fields that also take the name of a device or a VM. */
  readonly references?: readonly string[];
}

function readEntry(record: RecordDef, key: string, value: unknown, options: FieldsOptions): bigint | string | FieldProblem {
  if (options.derived?.includes(key)) return { key: true, problem: `${record.id}.${key} cannot be set here: it follows from other keys` };
  if (options.references?.includes(key) && typeof value === 'string' && NAME.test(value)) return value;
  const field = options.put === true ? fieldOf(record, key) : undefined;
  const never = field === undefined ? null : whyNever(field);
  return never === null ? readField(record, key, value) : { key: true, problem: `${record.id}.${key} ${never}` };
}

function readFields<T extends bigint | string>(record: RecordDef, options: FieldsOptions, isValue: (got: unknown) => got is T) {
  const known = namedFields(record).filter((field) => options.derived?.includes(field.name) !== true && (options.put !== true || whyNever(field) === null));
  const properties = Object.fromEntries(known.map((field) => [field.name, options.references?.includes(field.name) === true ? orName(record, field) : fieldSchema(record, field)]));
  return z
    .unknown()
    .meta({ type: ['object', 'null'] as never, properties: properties as never, additionalProperties: false, description: `fields of ${record.title}` })
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
        else if (typeof got === 'object') ctx.addIssue({ ...issueOf(got), path: [key] });
      }
      return read;
    });
}

const orName = (record: RecordDef, field: FieldDef): object => {
  const { description, [FIELD]: about, ...number } = fieldSchema(record, field);
  return { anyOf: [number, { type: 'string', pattern: NAME.source, [NAMES]: field.name === 'VMID' ? 'vm' : 'device' }], description, [FIELD]: about };
};

/** Raw fields that are put into a structure: those that can never mean anything here are refused. */
export const settings = (record: RecordDef) => readFields(record, { put: true }, (got): got is bigint => typeof got === 'bigint');

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
    .meta({ type: 'object', additionalProperties: { type: ['integer', 'string', 'boolean'], pattern: `^${ANY_NUMBER}$` } as never, description: `numbers: ${what}` })
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

/** JSON Schema of a record's fields, for completion and checking of documents outside the lab. */
import { fieldWidth, isNamed } from './fields.ts';
import type { FieldDef, RecordDef } from './fields.ts';

export interface FieldSchema {
  readonly description: string;
  readonly anyOf: readonly object[];
}

export interface RecordSchema {
  readonly title: string;
  readonly description: string;
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: Readonly<Record<string, FieldSchema>>;
}

const HEX = { type: 'string', pattern: '^0x[0-9a-fA-F_]+$' } as const;

/** Largest value of the field, or undefined where JSON numbers would not hold it exactly. */
function largest(field: FieldDef): number | undefined {
  const bits = field.kind === 'addr' ? (field.hi & 63) + 1 : fieldWidth(field);
  return bits <= 53 ? 2 ** bits - 1 : undefined;
}

function integer(field: FieldDef): object {
  const maximum = largest(field);
  const multiple = field.kind === 'addr' && (field.lo & 63) > 0 ? { multipleOf: 2 ** (field.lo & 63) } : {};
  return { type: 'integer', minimum: 0, ...(maximum === undefined ? {} : { maximum }), ...multiple };
}

function fieldSchema(field: FieldDef): FieldSchema {
  const names = Object.values(field.values ?? {}).map(([name]) => name);
  const forms = [integer(field), HEX, ...(field.kind === 'flag' ? [{ type: 'boolean' }] : []), ...(names.length === 0 ? [] : [{ enum: names }])];
  return { description: `[${field.hi}:${field.lo}] ${field.doc} IHI 0070 ${field.section}`, anyOf: forms };
}

/** The schema of an object that gives values to named fields: numbers, hex strings, booleans for flags, names of codes. */
export function toSchema(record: RecordDef): RecordSchema {
  const open = record.fields.filter((field) => isNamed(field) && field.constant === undefined);
  return {
    title: record.id,
    description: `${record.title}, IHI 0070 ${record.section}`,
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(open.map((field) => [field.name, fieldSchema(field)])),
  };
}

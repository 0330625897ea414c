/** The keys of the host's and the guests' documents as their schemas have them: for the tables of docs/labs.md. */
import { jsonSchemaOf } from './json-schema.ts';
import { fallbackOf, whatOf } from './schema-words.ts';
import type { Schema } from './schema-words.ts';
import { DOCUMENT_SCHEMAS } from './schemas.ts';

type File = keyof typeof DOCUMENT_SCHEMAS;

/** A key with those of its maps before it: `smmu.caches.tlb`. */
export interface DocumentKey {
  readonly name: string;
  readonly what: string;
  /** `required`, or as a document writes it; null: none. */
  readonly fallback: string | null;
}

/** What a table is of: a part of a document, by the table's name. `[]` is an item of a list, `*` a value of a map by names. */
const PARTS: Readonly<Record<string, readonly [file: File, ...path: string[]]>> = {
  'host-keys': ['host.schema.json'],
  'vm-keys': ['host.schema.json', 'vms', '[]'],
  'stage-two-map-keys': ['host.schema.json', 'vms', '[]', 'stage2', 'map', '[]'],
  'device-keys': ['host.schema.json', 'devices', '[]'],
  'guest-keys': ['guest.schema.json', '*', 'devices', '*'],
  'stage-one-map-keys': ['guest.schema.json', '*', 'devices', '*', 'stage1', 'map', '[]'],
  'stack-host-keys': ['stack-host.schema.json'],
  'stack-vm-keys': ['stack-host.schema.json', 'vms', '[]'],
  'stack-ram-keys': ['stack-host.schema.json', 'vms', '[]', 'ram', '[]'],
  'stack-device-keys': ['stack-host.schema.json', 'devices', '[]'],
  'stack-guest-keys': ['stack-guest.schema.json', '*'],
};

export const DOCUMENT_PARTS: readonly string[] = Object.keys(PARTS);

/** The map or list among the forms that a schema takes. */
const mapOf = (schema: Schema): Schema => schema.anyOf?.find((one) => one.properties !== undefined || one.items !== undefined) ?? schema;

function within(schema: Schema, step: string): Schema {
  const { items, additionalProperties, properties } = mapOf(schema);
  const found = step === '[]' ? items : step === '*' ? additionalProperties : properties?.[step];
  if (typeof found !== 'object') throw new Error(`the schema has no ${step}`);
  return found;
}

const FIELD_OF_STAGE_2 = /^S2[A-Z]/;

/** Maps of keys are spelled out; one of a structure's fields, or of choices by name, is a row. */
function isSpelledOut({ properties = {} }: Schema): boolean {
  const names = Object.keys(properties);
  const keys = names.filter((name) => /^[a-z]/.test(name));
  return names.length > 0 && !names.some((name) => name.includes('.')) && (keys.length === names.length || keys.length > 1);
}

function keysOf({ properties = {}, required = [] }: Schema, prefix: string): DocumentKey[] {
  const names = Object.keys(properties);
  const fields = names.filter((name) => FIELD_OF_STAGE_2.test(name));
  const rows = names.filter((name) => !fields.includes(name)).flatMap((name): DocumentKey[] => {
    const schema = properties[name]!;
    if (isSpelledOut(schema)) return keysOf(schema, `${prefix}${name}.`);
    return [{ name: `${prefix}${name}`, what: whatOf(schema), fallback: required.includes(name) ? 'required' : fallbackOf(schema) }];
  });
  return fields.length === 0 ? rows : [...rows, { name: `${prefix}S2...`, what: `fields of the STE: ${fields.join(', ')}`, fallback: null }];
}

/** The keys of a part of a document, in the order of its schema. */
export function documentKeys(part: string): readonly DocumentKey[] {
  const found = PARTS[part];
  if (found === undefined) throw new Error(`no part ${part}`);
  const [file, ...path] = found;
  return keysOf(mapOf(path.reduce(within, jsonSchemaOf(DOCUMENT_SCHEMAS[file], 'inline') as Schema)), '');
}

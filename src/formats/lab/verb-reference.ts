/** The verbs as their schemas and docs have them: for the help of the console, its completion, and docs/verbs.md. */
import type { z } from 'zod';
import { STACK_VERBS } from '../../model/lab/stack/verbs.ts';
import { VERBS } from '../../model/lab/verbs.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { STACK_VERB_SCHEMAS } from './stack/step-schema.ts';
import { VERB_SCHEMAS } from './step-schema.ts';

/** `direct`: tables by hand. `stack`: the whole stack. */
export type LabKind = 'direct' | 'stack';

export interface KeyReference {
  readonly name: string;
  readonly what: string;
  readonly required: boolean;
  /** As a document writes it; null: none. */
  readonly fallback: string | null;
}

export interface VerbReference {
  readonly name: string;
  readonly doc: string;
  /** None: the verb takes text, or nothing. */
  readonly keys: readonly KeyReference[];
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
}

/** More names than this are counted, not listed. */
const FEW = 14;

/** Above this a limit is that of a machine's word and goes without saying. */
const LARGE = 2 ** 32;

const words = (values: readonly unknown[]): string =>
  values.length <= FEW ? values.map(String).join(', ') : `${values.slice(0, 4).map(String).join(', ')}, ... (${values.length} names)`;

/** What a value looks like: its words, its limits, its keys. */
function formOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum[0] === true ? (schema.enum[1] === false ? 'true or false' : 'true, or nothing') : words(schema.enum);
  if (schema.const !== undefined) return String(schema.const);
  if (schema.maximum !== undefined) return schema.maximum >= LARGE ? '' : `${schema.minimum ?? 0} to ${schema.maximum > 0xffff ? `0x${schema.maximum.toString(16)}` : schema.maximum}`;
  if (schema.properties !== undefined) return Object.keys(schema.properties).length > FEW ? 'a map of fields' : `a map of ${Object.keys(schema.properties).join(', ')}`;
  if (schema.items !== undefined) return formOf(schema.items) === '' ? 'a list' : `a list: ${formOf(schema.items)}`;
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(formOf).filter((form) => form !== ''))].join(', or ');
  return '';
}

/** What a key is, and what it takes. */
function whatOf(schema: Schema): string {
  const { description = '' } = schema;
  const form = formOf(schema);
  return description === '' || form === '' || description === form ? `${description}${description === '' ? form : ''}` : `${description} (${form})`;
}

const fallbackOf = ({ default: value }: Schema): string | null => (value === undefined || value === null || typeof value === 'object' ? null : String(value));

/** Single commands, of which there are dozens, are one row. */
function keysOf({ properties = {}, required = [] }: Schema): KeyReference[] {
  const names = Object.keys(properties);
  const commands = names.filter((name) => name.startsWith('CMD_'));
  const row = (name: string): KeyReference => ({ name, what: whatOf(properties[name]!), required: required.includes(name), fallback: fallbackOf(properties[name]!) });
  const single: KeyReference[] = commands.length === 0 ? [] : [{ name: 'CMD_...', what: 'one command, and a map of its fields', required: true, fallback: null }];
  return [...single, ...names.filter((name) => !commands.includes(name)).map(row)];
}

const schemaOf = (schema: z.ZodType): Schema => jsonSchemaOf(schema, 'inline') as Schema;

const DOCS: Readonly<Record<LabKind, Readonly<Record<string, { readonly doc: string }>>>> = { direct: VERBS, stack: STACK_VERBS };
const SCHEMAS: Readonly<Record<LabKind, Readonly<Record<string, z.ZodType>>>> = { direct: VERB_SCHEMAS, stack: STACK_VERB_SCHEMAS };

export const verbNames = (kind: LabKind): readonly string[] => Object.keys(SCHEMAS[kind]);

/** Null: there is no such verb. */
export function verbReference(kind: LabKind, name: string): VerbReference | null {
  const schema = SCHEMAS[kind][name];
  const doc = DOCS[kind][name]?.doc;
  return schema === undefined || doc === undefined ? null : { name, doc, keys: keysOf(schemaOf(schema)) };
}

const keyLine = ({ name, what, required, fallback }: KeyReference): string =>
  `  ${name.padEnd(20)} ${what}${required ? '; required' : fallback === null ? '' : `; without it ${fallback}`}`;

/** What `help VERB` prints. */
export const verbText = ({ name, doc, keys }: VerbReference): string => [`${name}: ${doc}`, ...keys.map(keyLine)].join('\n');

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

function section(kind: LabKind, name: string): string {
  const { doc, keys } = verbReference(kind, name)!;
  const rows = keys.map((key) => `| \`${key.name}\` | ${cell(key.what)} | ${key.required ? 'required' : key.fallback === null ? '' : `\`${key.fallback}\``} |`);
  return [`### ${name}`, '', doc, ...(rows.length === 0 ? [] : ['', '| key | value | default |', '| --- | --- | --- |', ...rows]), ''].join('\n');
}

/** docs/verbs.md. */
export function verbsMarkdown(): string {
  const part = (kind: LabKind, title: string): string => [`## ${title}`, '', ...verbNames(kind).map((name) => section(kind, name))].join('\n');
  return [
    '# Verbs',
    '',
    'What a step or a line of the console can do, made from the registry (`npm run -s generate`). [labs.md](labs.md) says how steps are written,',
    '[command-line.md](command-line.md#console-lab) how lines are.',
    '',
    part('direct', 'Labs with tables by hand'),
    part('stack', 'Labs of the whole stack'),
  ].join('\n').trimEnd() + '\n';
}

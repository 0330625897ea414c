/** The verbs as their schemas and docs have them: for the help of the console, its completion, and docs/verbs.md. */
import type { z } from 'zod';
import { STACK_VERBS } from '../../model/lab/stack/verbs.ts';
import { VERBS } from '../../model/lab/verbs.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { fallbackOf, whatOf } from './schema-words.ts';
import type { Schema } from './schema-words.ts';
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

const made = new Map<string, VerbReference>();

/** Null: there is no such verb. */
export function verbReference(kind: LabKind, name: string): VerbReference | null {
  const known = made.get(`${kind} ${name}`);
  if (known !== undefined) return known;
  const schema = SCHEMAS[kind][name];
  const doc = DOCS[kind][name]?.doc;
  if (schema === undefined || doc === undefined) return null;
  const reference = { name, doc, keys: keysOf(schemaOf(schema)) };
  made.set(`${kind} ${name}`, reference);
  return reference;
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

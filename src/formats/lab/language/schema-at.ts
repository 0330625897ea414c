/** What the schemas say of a place in a document. */
import { isMap } from 'yaml';
import type { z } from 'zod';
import { CD, STE } from '../../../model/spec/index.ts';
import { inspectedSchema } from '../check-steps.ts';
import { jsonSchemaOf } from '../json-schema.ts';
import { leafFields } from '../map-schema.ts';
import type { FIELD, KEYS_NAME, NamedKind, NAMES, WORDS } from '../names.ts';
import { fields } from '../record-fields.ts';
import type { Schema } from '../schema-words.ts';
import { DOCUMENT_SCHEMAS } from '../schemas.ts';
import type { LabKind } from '../verb-reference.ts';
import type { PartName, Path } from '../problem.ts';
import { keysOf, nodeAt } from './tree.ts';
import type { Tree } from './tree.ts';

/** A schema with the marks of names.ts. */
export type Marked = Schema & {
  readonly [NAMES]?: NamedKind;
  readonly [KEYS_NAME]?: NamedKind;
  readonly [FIELD]?: string;
  readonly [WORDS]?: readonly string[];
  readonly properties?: Readonly<Record<string, Marked>>;
};

const FILES = {
  direct: { host: 'host.schema.json', guest: 'guest.schema.json', steps: 'steps.schema.json' },
  stack: { host: 'stack-host.schema.json', guest: 'stack-guest.schema.json', steps: 'stack-steps.schema.json' },
} as const;

const made = new Map<string, Marked>();

function schemaOf(name: string, schema: () => z.ZodType): Marked {
  const known = made.get(name);
  if (known !== undefined) return known;
  const json = jsonSchemaOf(schema(), 'inline') as Marked;
  made.set(name, json);
  return json;
}

/** A host that names its uAPI is that of a stack lab. */
export const kindOfHost = (host: Tree): LabKind => (isMap(host.root) && host.root.has('uapi') ? 'stack' : 'direct');

const rootSchema = (kind: LabKind, part: PartName): Marked => schemaOf(FILES[kind][part], () => DOCUMENT_SCHEMAS[FILES[kind][part]]);

/** What a schema takes one of, each with what is said of all of them. */
export function alternatives(schema: Marked): readonly Marked[] {
  const { anyOf = [], ...own } = schema;
  const { description, default: fallback, ...about } = own as Record<string, unknown>;
  const inherited = { ...(description === undefined ? {} : { description }), ...(fallback === undefined ? {} : { default: fallback }) };
  return [...(Object.keys(about).length === 0 && anyOf.length > 0 ? [] : [own as Marked]), ...anyOf.flatMap((one) => alternatives({ ...inherited, ...one } as Marked))];
}

const isOpen = ({ type, properties, items, enum: words, anyOf, const: one, additionalProperties }: Marked): boolean =>
  [type, properties, items, words, anyOf, one, additionalProperties].every((said) => said === undefined);

/** What a value takes that depends on the keys beside it. */
function dependentSchema(kind: LabKind, path: Path, tree: Tree): Marked | null {
  const [step, verb, ...rest] = path;
  const beside = keysOf(nodeAt(tree.root, [step!, verb!]));
  if (verb === 'map' && rest.join('.') === 'descriptor') {
    const stage = beside.includes('device') ? 1 : 2;
    return schemaOf(`leaf ${stage}`, () => leafFields(stage));
  }
  if (verb !== 'inspect') return null;
  if (kind === 'stack') {
    const record = beside.includes('CD') ? CD : beside.includes('STE') || beside.includes('guestSTE') ? STE : null;
    return record === null || rest.at(-1) !== 'fields' ? null : schemaOf(`fields ${record.id}`, () => fields(record));
  }
  const what = beside.find((key) => key !== 'expect' && key !== 'ssid');
  return what === undefined || rest.join('.') !== 'expect' ? null : schemaOf(`inspect ${what}`, () => inspectedSchema(what));
}

function child(schema: Marked, step: string | number): readonly Marked[] {
  if (typeof step === 'number') return schema.items === undefined ? [] : [schema.items as Marked];
  const own = schema.properties?.[step];
  if (own !== undefined) return [own];
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties as Marked] : [];
}

/** Everything that the value at a path may be. */
export function schemasAt(kind: LabKind, tree: Tree, path: Path): readonly Marked[] {
  let at: readonly Marked[] = alternatives(rootSchema(kind, tree.name));
  path.forEach((step, depth) => {
    at = at.flatMap((schema) => child(schema, step)).flatMap(alternatives);
    if (tree.name !== 'steps' || depth < 2 || !at.some(isOpen)) return;
    const dependent = dependentSchema(kind, path.slice(0, depth + 1), tree);
    if (dependent !== null) at = alternatives({ ...(at[0]?.description === undefined ? {} : { description: at[0].description }), ...dependent });
  });
  return at;
}

/** The keys that a map may have at a path. */
export const propertiesAt = (schemas: readonly Marked[]): Readonly<Record<string, Marked>> => Object.assign({}, ...schemas.map(({ properties = {} }) => properties)) as Readonly<Record<string, Marked>>;

export const requiredAt = (schemas: readonly Marked[]): readonly string[] => schemas.find(({ properties }) => properties !== undefined)?.required ?? [];

/** The words that a value may be, as the one table writes them: small letters stand for the same. */
export function wordsOf(schemas: readonly Marked[]): readonly string[] {
  const words = schemas.flatMap(({ enum: listed = [], const: one, type }) => {
    const all = [...listed, ...(one === undefined ? [] : [one]), ...(type === 'boolean' ? [true, false] : [])];
    return all.includes(true) ? all.filter((word) => typeof word === 'boolean') : all;
  });
  const texts = [...new Set(words.filter((word) => word !== null).map(String))];
  return texts.filter((text) => !texts.some((other) => other !== text && other.toLowerCase() === text));
}

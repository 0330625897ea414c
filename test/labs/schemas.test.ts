/** The JSON Schemas of lab documents take exactly what the parser takes. */
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listLabs, readLab } from '../../src/formats/lab/files.ts';
import { readSource } from '../../src/formats/lab/source.ts';
import { BEYOND_SCHEMA } from '../../src/formats/lab/scalars.ts';
import { DOCUMENT_SCHEMAS, generateSchemas } from '../../src/formats/lab/schemas.ts';

type File = keyof typeof DOCUMENT_SCHEMAS;
type Json = Readonly<Record<string, unknown>>;

const LABS = join(import.meta.dirname, '../../resources/labs');
const FILES = Object.keys(DOCUMENT_SCHEMAS) as File[];

const schemas = generateSchemas();
const ajv = new Ajv2020({ allowUnionTypes: true, strictTypes: false, strictRequired: false });
const validators = Object.fromEntries(FILES.map((file) => [file, ajv.compile(schemas[file]!)]));

/** A document as another tool's YAML reader has it. */
const plain = (value: unknown): unknown =>
  typeof value === 'bigint' ? Number(value) : Array.isArray(value) ? value.map(plain) : isMap(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)])) : value;

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the parser refuses that a JSON Schema can say. */
function refusals(file: File, document: unknown): string[] {
  const parsed = DOCUMENT_SCHEMAS[file].safeParse(document);
  const issues = parsed.success ? [] : parsed.error.issues;
  return issues.filter((issue) => issue.code !== 'custom' || issue.params?.[BEYOND_SCHEMA] !== true).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

function agree(file: File, document: unknown): boolean {
  const validate = validators[file]!;
  const taken = validate(plain(document));
  const refused = refusals(file, document);
  const told = (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`).slice(0, 5);
  expect({ taken, refused, told }, JSON.stringify(plain(document)).slice(0, 2000)).toMatchObject({ taken: refused.length === 0 });
  return taken;
}

const samples = listLabs(LABS).flatMap(({ id }) => {
  const lab = readLab(join(LABS, id));
  if (!lab.ok) throw new Error(id);
  const { parts } = readSource(lab.value.documents);
  const prefix = isMap(parts.host.value) && 'uapi' in parts.host.value ? 'stack-' : '';
  const empty = { host: null, guest: {}, steps: [] };
  return (['host', 'guest', 'steps'] as const).map((part) => ({ name: `${id}/${part}.yaml`, file: `${prefix}${part}.schema.json` as File, document: parts[part].value ?? empty[part] }));
});

test('every document of every sample lab is valid', () => {
  expect(samples.length).toBeGreaterThan(100);
  for (const { name, file, document } of samples) expect(agree(file, document), name).toBe(true);
});

/** Values around every limit, and of every wrong type. */
const value = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0n, 1n, 2n, -1n, 0.5, 1.0, '', 'x', 'nic0', 'auto', '0', '00', '0x', '0x_1', '_1', '4K', '4kB', '4iB', '0x1B', '16T', '17T', '16777216T', ' 4K', '4K ', 'de ad', 'dea', '0xdead', 'EINVAL', [], {}, [0n], { a: 1n }, 'rw', 'nested', 'CMD_SYNC', 'CMD_SYNC CS=1', 'a|b', '1|2'),
  fc.constantFrom(1n, 4n, 8n, 12n, 16n, 20n, 32n, 48n, 52n, 63n).chain((bits) => fc.constantFrom((1n << bits) - 1n, 1n << bits, (1n << bits) + 1n)),
  fc.bigInt(0n, (1n << 65n) - 1n).chain((number) => fc.constantFrom(`0x${number.toString(16)}`, String(number), `0X_${number.toString(16).toUpperCase()}`, `00${number >> 20n}K`, `${number >> 40n}_g`, `${number >> 30n}G`)),
  fc.string({ maxLength: 6 }),
);

interface Edit {
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'add';
  readonly value: unknown;
}

const edit: fc.Arbitrary<Edit> = fc.record({ at: fc.nat(10_000), how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add'), value });

/** Every place in a document, as the container and the key in it. */
function places(document: unknown, found: [Record<string, unknown> | unknown[], string][] = []): typeof found {
  if (typeof document !== 'object' || document === null) return found;
  for (const key of Object.keys(document)) {
    found.push([document as Record<string, unknown>, key]);
    places((document as Record<string, unknown>)[key], found);
  }
  return found;
}

function edited(document: unknown, { at, how, value: replacement }: Edit): unknown {
  const copy = structuredClone(document);
  const all = places(copy);
  const place = all[at % Math.max(1, all.length)];
  if (place === undefined) return replacement;
  const [container, key] = place as [Record<string, unknown>, string];
  if (how === 'add') container[`${key}x`] = replacement;
  else if (how === 'replace') container[key] = replacement;
  else if (Array.isArray(container)) container.splice(Number(key), 1);
  else delete container[key];
  return copy;
}

const resolved = (schema: Json, root: Json): Json =>
  typeof schema['$ref'] === 'string' ? { ...resolved((root['$defs'] as Readonly<Record<string, Json>>)[schema['$ref'].slice('#/$defs/'.length)]!, root), ...schema, $ref: undefined } : schema;

/** Documents that the schema describes, for the most part: numbers at their limits, each optional key now and then. */
function drawn(schema: Json, root: Json, depth = 0): fc.Arbitrary<unknown> {
  const { type, anyOf, enum: words, const: one, properties = {}, required = [], oneOf, items, additionalProperties, minimum, maximum, multipleOf = 1, minItems = 0, maxItems = 3 } = resolved(schema, root) as {
    type?: string | string[]; anyOf?: Json[]; enum?: unknown[]; const?: unknown; properties?: Record<string, Json>; required?: string[]; oneOf?: { required: string[] }[]; items?: Json;
    additionalProperties?: Json | boolean; minimum?: number; maximum?: number; multipleOf?: number; minItems?: number; maxItems?: number;
  };
  const types = [type].flat();
  if (one !== undefined) return fc.constant(one);
  if (words !== undefined) return fc.constantFrom(...words.map((word) => (typeof word === 'number' ? BigInt(word) : word)));
  if (anyOf !== undefined) return fc.oneof(...anyOf.map((form) => drawn(form, root, depth)));
  if (types.includes('object')) {
    const draw = (key: string, needed: boolean): [string, fc.Arbitrary<unknown>] => [key, needed ? drawn(properties[key]!, root, depth + 1) : fc.option(drawn(properties[key]!, root, depth + 1), { nil: undefined, freq: depth + 1 })];
    const keys = Object.keys(properties);
    const free = typeof additionalProperties === 'object' ? fc.dictionary(fc.constantFrom('vm0', 'nic0', '1', '5'), drawn(additionalProperties, root, depth + 1), { maxKeys: 2 }) : fc.constant({});
    const some = (chosen: readonly string[], needed: readonly string[]) =>
      fc.record(Object.fromEntries(chosen.map((key) => draw(key, needed.includes(key))))).map((record) => Object.fromEntries(Object.entries(record).filter(([, got]) => got !== undefined)));
    const record = oneOf === undefined
      ? fc.shuffledSubarray(keys.filter((key) => !required.includes(key)), { maxLength: Math.min(4, keys.length - required.length) }).chain((chosen) => some([...required, ...chosen], required))
      : fc.constantFrom(...oneOf.map(({ required: [verb] }) => verb!)).chain((verb) => some([verb], [verb]));
    return fc.tuple(record, free).map(([own, more]) => ({ ...own, ...more }));
  }
  if (types.includes('array')) return fc.array(drawn(items!, root, depth + 1), { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, 3)) });
  if (minimum !== undefined && maximum !== undefined) {
    const top = BigInt(maximum) >= 1n << 53n ? (1n << 53n) - 1n : BigInt(maximum);
    return fc.bigInt(BigInt(minimum), top).chain((number) => fc.constantFrom(number - (number % BigInt(multipleOf)), `0x${(number - (number % BigInt(multipleOf))).toString(16)}`, number, number + 1n));
  }
  return type === 'string' ? fc.constantFrom('nic0', 'vm0', 'de ad be ef', 'tlb.hit', 'CMD_SYNC') : type === 'boolean' ? fc.boolean() : value;
}

describe.each(FILES)('%s', (file) => {
  const root = schemas[file] as Json;
  const own = samples.filter((sample) => sample.file === file).map(({ document }) => document);

  test('takes a drawn document if and only if the parser does', () => {
    let taken = 0;
    fc.assert(fc.property(drawn(root, root), (document) => void (taken += agree(file, document) ? 1 : 0)), { numRuns: 300 });
    expect(taken).toBeGreaterThan(20);
  });

  test('takes a damaged sample if and only if the parser does', () => {
    let taken = 0;
    const damaged = fc.tuple(fc.constantFrom(...own), fc.array(edit, { minLength: 1, maxLength: 3 }));
    fc.assert(fc.property(damaged, ([document, edits]) => void (taken += agree(file, edits.reduce(edited, document)) ? 1 : 0)), { numRuns: 500 });
    expect(taken).toBeGreaterThan(5);
    expect(taken).toBeLessThan(450);
  });

  test('describes every key', () => {
    const bare: string[] = [];
    const visit = (schema: Json, path: string, seen: readonly Json[]): void => {
      const whole = resolved(schema, root);
      if (seen.includes(schema)) return;
      const next = [...seen, schema];
      for (const [key, one] of Object.entries((whole['properties'] ?? {}) as Readonly<Record<string, Json>>)) {
        if (typeof resolved(one, root)['description'] !== 'string') bare.push(`${path}.${key}`);
        visit(one, `${path}.${key}`, next);
      }
      for (const key of ['items', 'additionalProperties']) if (isMap(whole[key])) visit(whole[key], `${path}[]`, next);
      for (const form of (whole['anyOf'] ?? []) as readonly Json[]) visit(form, path, next);
    };
    visit(root, '', []);
    expect(bare).toEqual([]);
  });
});

/** JSON Schema of what the parser takes: the schema's input, with defaults as a document writes them. */
import { z } from 'zod';
import { MARKS } from './names.ts';
import { ONE_OR_LIST } from './scalars.ts';

type Json = Record<string, unknown>;

/** Whole numbers above this are written in hex. */
const DECIMAL = 65536n;

function plain(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return value > DECIMAL ? `0x${value.toString(16)}` : Number(value);
}

/** A plain copy: numbers of 64 bits as a document writes them, no undefined. */
const jsonOf = <T>(value: unknown): T => JSON.parse(JSON.stringify(value, (_key, one: unknown) => plain(one))) as T;

/** A default as the document would write it; null stands for the first word that the schema takes, such as auto. */
function defaultOf(schema: z.core.$ZodTypes, json: Json): unknown {
  if (schema._zod.def.type !== 'default') return undefined;
  const value: unknown = schema._zod.def.defaultValue;
  return value === null ? (json['anyOf'] as readonly { readonly const?: unknown }[] | undefined)?.find((one) => one.const !== undefined)?.const : jsonOf(value);
}

/** A list that a single item can stand for. */
function oneOrList(json: Json, definitions: Readonly<Record<string, Json>>): Json {
  let list = json;
  while (typeof list['$ref'] === 'string') list = definitions[list['$ref'].slice('#/$defs/'.length)]!;
  const { description, default: fallback } = json;
  return { description, default: fallback ?? list['default'], anyOf: [list['items'], { type: 'array', items: list['items'] }] };
}

/** A schema with what the metadata says in place of standing keywords, and without the keywords `left`. */
function spelledOut(schema: unknown, definitions: Readonly<Record<string, Json>>, left: readonly string[]): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map((one) => spelledOut(one, definitions, left));
  const json = schema as Json;
  const standing = json[ONE_OR_LIST] === true ? oneOrList(json, definitions) : json;
  return Object.fromEntries(Object.entries(standing).flatMap(([key, one]) => (left.includes(key) ? [] : [[key, spelledOut(one, definitions, left)]])));
}

/** `reused`: parts that stand in several places are named once, or repeated; then with MARKS, which are no part of JSON Schema. */
export function jsonSchemaOf(schema: z.ZodType, reused: 'ref' | 'inline'): Json {
  const made = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    reused,
    override: ({ zodSchema, jsonSchema }) => {
      const fallback = defaultOf(zodSchema, jsonSchema as Json);
      if (fallback !== undefined) jsonSchema.default = fallback as never;
    },
  });
  const json = jsonOf<Json>(made);
  return spelledOut(json, (json['$defs'] ?? {}) as Readonly<Record<string, Json>>, reused === 'ref' ? MARKS : []) as Json;
}

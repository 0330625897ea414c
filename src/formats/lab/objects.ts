/** Maps, lists and words of a lab document: known keys only, each message says what was expected. */
import { z } from 'zod';
import { nearest } from '../../model/spec/nearest.ts';
import { KEYS_NAME } from './names.ts';
import { shown } from './scalars.ts';

const meant = (text: string, known: readonly string[]): string => {
  const hint = nearest(text, known);
  return hint === null ? '' : `; did you mean ${hint}?`;
};

/** More words than these are counted, not listed. */
const listed = (words: readonly string[]): string => (words.length <= 12 ? words.join(', ') : `${words.slice(0, 6).join(', ')}, ... (${words.length} names)`);

/** What is said about a key that is not among the known ones. */
function unknownKey(key: string, known: readonly string[]): string {
  return `unknown key ${key}${meant(key, known) || `; expected one of ${listed(known)}`}`;
}

/** A map with these keys and no other; `refused`: why keys that one could take for right are not. */
export const object = <const S extends z.core.$ZodLooseShape>(shape: S, refused: Readonly<Record<string, string>> = {}) => {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => refused[key] ?? unknownKey(key, known)).join('\n');
      return issue.input === undefined ? undefined : `expected a map with the keys ${known.join(', ')}; got ${shown(issue.input)}`;
    },
  });
};

/** A step: one of these keys, each a verb, and any of the others; `refused`: verbs of another kind of lab, and why they are not of this one. */
export function oneVerb<const S extends z.core.$ZodLooseShape>(verbs: readonly string[], shape: S, refused: Readonly<Record<string, string>>) {
  const known = Object.keys(shape);
  return z
    .strictObject(shape, {
      error: (issue) => {
        if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => refused[key] ?? unknownKey(key, known)).join('\n');
        return `expected a verb and its input, such as "dma: {device: nic0, ...}"; got ${shown(issue.input)}`;
      },
    })
    .check((ctx) => {
      const given = verbs.filter((verb) => (ctx.value as Readonly<Record<string, unknown>>)[verb] !== undefined);
      // A key that is no verb has been told of.
      if (given.length === 1 || (given.length === 0 && ctx.issues.some(({ code }) => code === 'unrecognized_keys'))) return;
      const message = `a step is one verb and its input; got ${given.length === 0 ? 'none' : given.join(' and ')}`;
      ctx.issues.push({ code: 'custom', message, input: ctx.value, params: { code: 'bad-form' } });
    })
    .meta({ oneOf: verbs.map((verb) => ({ required: [verb] })) });
}

/** A map without keys, or nothing. */
export const nothing = z
  .unknown()
  .meta({ type: ['object', 'null'] as never, maxProperties: 0 })
  .transform((value, ctx): Readonly<Record<string, never>> => {
    if (value === null || (typeof value === 'object' && Object.keys(value).length === 0 && !Array.isArray(value))) return {};
    ctx.addIssue({ code: 'custom', message: `expected nothing behind the verb; got ${shown(value)}` });
    return z.NEVER;
  });

/** One of a few words. */
export const choice = <const V extends readonly [string, ...string[]]>(...values: V) =>
  z.enum(values, {
    error: (issue) => {
      if (issue.input === undefined) return undefined;
      return `expected ${listed(values)}; got ${shown(issue.input)}${meant(String(issue.input), values)}`;
    },
  });

export const list = <T extends z.ZodType>(item: T) =>
  z.array(item, { error: (issue) => (issue.input === undefined ? undefined : `expected a list; got ${shown(issue.input)}`) });

const KINDS = { VMs: { [KEYS_NAME]: 'vm' }, devices: { [KEYS_NAME]: 'device' }, SubstreamIDs: {} } as const;

/** A map from names of something to values of one kind. */
export const namedMap = <T extends z.ZodType>(what: keyof typeof KINDS, value: T) =>
  z
    .record(z.string(), value, { error: (issue) => (issue.input === undefined ? undefined : `expected a map from names of ${what}; got ${shown(issue.input)}`) })
    .meta(KINDS[what]);

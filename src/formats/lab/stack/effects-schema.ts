/** Schema of what a step of a stack lab is expected to bring about. */
import { z } from 'zod';
import { COMMANDS, EVENTS } from '../../../model/spec/index.ts';
import type { RecordExpectation } from '../../../model/lab/stack/data.ts';
import { nearest } from '../../../model/spec/nearest.ts';
import { UAPIS } from '../../../model/stack/assembly/data.ts';
import { ERRNO } from '../../../model/stack/errno.ts';
import { dmaExpectationKeys } from '../dma-expectation.ts';
import { choice, list, object } from '../objects.ts';
import { readField } from '../record-fields.ts';
import { bytes, shown, word64 } from '../scalars.ts';

const FORM = 'a name, and fields that must have a value, such as';

/** `CMD_TLBI_NH_VA ASID=1 Leaf=0`. */
const record = (table: typeof COMMANDS | typeof EVENTS, example: string) =>
  z
    .unknown()
    .meta({ type: 'string', description: `${FORM} ${example}` })
    .transform((value, ctx): RecordExpectation => {
      const refuse = (message: string): never => {
        ctx.addIssue({ code: 'custom', message });
        return z.NEVER;
      };
      if (typeof value !== 'string') return refuse(`expected ${FORM} "${example}"; got ${shown(value)}`);
      const [name = '', ...rest] = value.trim().split(/\s+/);
      const found = table.byName.get(name);
      const hint = nearest(name, [...table.byName.keys()]);
      if (found === undefined) return refuse(`there is no ${name}${hint === null ? '' : `; did you mean ${hint}?`}`);
      const fields: Record<string, bigint> = {};
      for (const part of rest) {
        const [field = '', text = ''] = part.split('=');
        const got = readField(found, field, text);
        if (typeof got !== 'bigint') return refuse(got.problem);
        fields[field] = got;
      }
      return { name, fields };
    });

const text = z.string({ error: (issue) => `expected text that a line contains; got ${shown(issue.input)}` });
const errno = choice('0', ...(Object.keys(ERRNO) as string[])).optional();

const effects = {
  errno: z.preprocess((value) => (value === 0n ? '0' : value), errno).optional(),
  commands: list(record(COMMANDS, 'CMD_TLBI_NH_VA ASID=1')).optional(),
  hostEvents: list(record(EVENTS, 'F_TRANSLATION S2=1')).optional(),
  guestEvents: list(record(EVENTS, 'F_TRANSLATION RnW=1')).optional(),
  hostLog: list(text).optional(),
  guestLog: list(text).optional(),
  dropped: list(text).optional(),
};

const shownKeys = { fields: z.unknown().optional(), words: list(word64).optional() };

/** The keys, and the same again for single uAPIs: what is said under one stands in place of everything else. */
function expectation<const S extends z.core.$ZodLooseShape>(keys: S) {
  const one = object(keys);
  return object({ ...keys, under: object(Object.fromEntries(UAPIS.map((uapi) => [uapi, one.optional()]))).optional() }).optional();
}

export const plainExpect = expectation(effects);
export const dmaExpect = expectation({ ...effects, ...dmaExpectationKeys });
export const readExpect = expectation({ ...effects, bytes: bytes.optional() });
export const callExpect = expectation({ ...effects, ...shownKeys, bytes: bytes.optional() });
export const inspectExpect = expectation({ ...effects, ...shownKeys });

export type AnyEffects = z.output<z.ZodObject<typeof effects & typeof dmaExpectationKeys & typeof shownKeys & { bytes: z.ZodOptional<typeof bytes> }>>;
export type AnyExpect = AnyEffects & { readonly under?: Readonly<Record<string, AnyEffects | undefined>> | undefined };

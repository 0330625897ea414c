/** Schema of what a step of a stack lab is expected to bring about. */
import { z } from 'zod';
import { COMMANDS, EVENTS } from '../../../model/spec/index.ts';
import type { RecordExpectation } from '../../../model/lab/stack/data.ts';
import { nearest } from '../../../model/spec/nearest.ts';
import { UAPIS } from '../../../model/stack/assembly/data.ts';
import { ERRNO } from '../../../model/stack/errno.ts';
import { dmaExpectationKeys } from '../dma-expectation.ts';
import { WORDS } from '../names.ts';
import { list, object } from '../objects.ts';
import { readField } from '../record-fields.ts';
import { BEYOND_SCHEMA, bytes, shown, word64 } from '../scalars.ts';

const FORM = 'a name, and fields that must have a value, such as';

/** `CMD_TLBI_NH_VA ASID=1 Leaf=0`. */
const record = (table: typeof COMMANDS | typeof EVENTS, example: string) =>
  z
    .unknown()
    .meta({ type: 'string', pattern: `^\\s*(?:${[...table.byName.keys()].join('|')})(?:\\s+\\S+)*\\s*$`, description: `${FORM} ${example}`, [WORDS]: [...table.byName.keys()] })
    .transform((value, ctx): RecordExpectation => {
      const refuse = (message: string, beyond = false): never => {
        ctx.addIssue({ code: 'custom', message, params: { [BEYOND_SCHEMA]: beyond } });
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
        if (typeof got !== 'bigint') return refuse(got.problem, true);
        fields[field] = got;
      }
      return { name, fields };
    });

const text = z.string({ error: (issue) => `expected text that a line contains; got ${shown(issue.input)}` });
const ERRNOS = ['0', ...Object.keys(ERRNO)];

/** 0 stands for success, as a number or as text. */
const errno = z
  .unknown()
  .meta({ enum: [...ERRNOS, 0] })
  .transform((value, ctx): string => {
    const text = value === 0 || value === 0n ? '0' : value;
    if (typeof text === 'string' && ERRNOS.includes(text)) return text;
    const hint = typeof text === 'string' ? nearest(text, ERRNOS) : null;
    ctx.addIssue({ code: 'custom', message: `expected 0 or the name of an error, such as EINVAL; got ${shown(value)}${hint === null ? '' : `; did you mean ${hint}?`}` });
    return z.NEVER;
  });

const effects = {
  errno: errno.optional().describe('what the last call gives: 0, or an error by its name'),
  commands: list(record(COMMANDS, 'CMD_TLBI_NH_VA ASID=1')).optional().describe('commands on the physical queue but CMD_SYNC, in order'),
  hostEvents: list(record(EVENTS, 'F_TRANSLATION S2=1')).optional().describe('records of the physical event queue, in order'),
  guestEvents: list(record(EVENTS, 'F_TRANSLATION RnW=1')).optional().describe("records of the guest's event queue, in order"),
  hostLog: list(text).optional().describe("text that lines of the host's log contain, in order"),
  guestLog: list(text).optional().describe("text that lines of the guest's log contain, in order"),
  dropped: list(text).optional().describe('text of what hops dropped, in order'),
};

const shownKeys = {
  fields: z.unknown().optional().describe('fields, or numbers, of what is shown that must be so'),
  words: list(word64).optional().describe('the first 64-bit words of what is shown'),
};

/** The keys, and the same again for single uAPIs: what is said under one stands in place of everything else. */
function expectation<const S extends z.core.$ZodLooseShape>(keys: S) {
  const one = object(keys);
  const under = object(Object.fromEntries(UAPIS.map((uapi) => [uapi, one.optional().describe(`on ${uapi}, in place of everything else`)])));
  return object({ ...keys, under: under.optional().describe('what differs on single uAPIs') }).optional();
}

export const plainExpect = expectation(effects);
export const dmaExpect = expectation({ ...effects, ...dmaExpectationKeys });
const brought = bytes.optional().describe('what comes back, as hex digits in memory order');
export const readExpect = expectation({ ...effects, bytes: brought });
export const callExpect = expectation({ ...effects, ...shownKeys, bytes: brought });
export const inspectExpect = expectation({ ...effects, ...shownKeys });

export type AnyEffects = z.output<z.ZodObject<typeof effects & typeof dmaExpectationKeys & typeof shownKeys & { bytes: z.ZodOptional<typeof bytes> }>>;
export type AnyExpect = AnyEffects & { readonly under?: Readonly<Record<string, AnyEffects | undefined>> | undefined };

/** Schema of the steps: one verb a step. The same schemas serve the console and the JSON Schema of the editor. */
import { z } from 'zod';
import { COMMANDS, EVENTS, MISUSES, REGISTERS, STE, CD } from '../../model/spec/index.ts';
import type { MisuseId } from '../../model/spec/index.ts';
import type { VerbName } from '../../model/lab/data.ts';
import { VERBS } from '../../model/lab/verbs.ts';
import { dmaExpectation, MAX_LENGTH, stag } from './dma-expectation.ts';
import { stage1LeafKeys, stage2LeafKeys } from './map-schema.ts';
import { choice, list, object, unknownKey } from './objects.ts';
import { fields, fieldsOrNames } from './record-fields.ts';
import { commonInspections } from './inspect-schema.ts';
import { address, bytes, count, flag, mention, name, shown, size, word64 } from './scalars.ts';

const length = count('a length in bytes', 1, MAX_LENGTH, 4);

const dma = object({
  device: name,
  iova: address('IOVA'),
  access: choice('read', 'write', 'execute'),
  length: length.default(4),
  privileged: flag.default(false),
  ssid: count('a SubstreamID', 0, 0xf_ffff, 1).optional(),
  translated: flag.optional(),
  data: bytes.optional(),
  expect: dmaExpectation.optional(),
});

const ssid = count('a SubstreamID', 0, 0xf_ffff, 1);

/** Which CD of a device with several. */
const whichCd = ssid.default(0);

/** The keys of both stages' entries; which of them belong together is checked with the rest of the lab at hand. */
const map = object({
  vm: name.optional(),
  device: name.optional(),
  ssid: whichCd,
  iova: address('IOVA').optional(),
  ipa: address('IPA').optional(),
  pa: address('PA').optional(),
  size,
  ...stage1LeafKeys,
  ...stage2LeafKeys,
  descriptor: z.unknown().optional(),
});

const unmap = object({ vm: name.optional(), device: name.optional(), ssid: whichCd, iova: address('IOVA').optional(), ipa: address('IPA').optional(), size });

/** Fields of commands that also take the name of a device or a VM. */
export const STREAM_FIELDS: readonly string[] = ['StreamID'];
export const VM_FIELDS: readonly string[] = ['VMID'];

const commandShape = Object.fromEntries(
  COMMANDS.cases.map((command) => [command.id, fieldsOrNames(command, [...STREAM_FIELDS, ...VM_FIELDS]).optional()]),
);

const command = object({ ...commandShape, expect: object({ error: choice('none', 'CERROR_ILL', 'CERROR_ABT', 'CERROR_ATC_INV_SYNC') }).optional() });

const place = { pa: address('PA').optional(), vm: name.optional(), ipa: address('IPA').optional() };

const write = object({ ...place, bytes });

const read = object({ ...place, length: length.default(8), expect: object({ bytes }).optional() });

const register = object({
  name: choice(...([...REGISTERS.keys()] as [string, ...string[]])),
  value: word64.optional(),
  expect: object({ value: word64 }).optional(),
});

const inspect = object({
  STE: name.optional(),
  CD: name.optional(),
  ssid: whichCd,
  tables: name.optional(),
  layout: mention.optional(),
  events: mention.optional(),
  stalled: mention.optional(),
  atc: name.optional(),
  pri: name.optional(),
  priq: mention.optional(),
  ...commonInspections,
  expect: z.unknown().optional(),
});

const eventNames = [...EVENTS.byName.keys()];

const atos = object({
  device: name,
  address: address('IOVA'),
  stages: choice('stage-1', 'stage-2', 'both').default('both'),
  access: choice('read', 'write', 'execute').default('read'),
  privileged: flag.default(false),
  ssid: count('a SubstreamID', 0, 0xf_ffff, 1).optional(),
  httu: flag.default(true),
  vatos: name.optional(),
  expect: object({
    address: address('PA').optional(),
    size: size.optional(),
    fault: choice('none', 'INV_REQ', 'INV_STAGE', 'INTERNAL_ERR', ...eventNames).optional(),
    reason: choice('stage-1', 'CD', 'TT', 'IN').optional(),
    ipa: address('IPA').optional(),
  }).optional(),
});

const expectation = object({ misuse: list(choice(...(MISUSES.map(({ id }) => id) as [MisuseId, ...MisuseId[]]))) });
/** What a device says of itself in a request. */
const requester = {
  device: name,
  iova: address('IOVA'),
  ssid: count('a SubstreamID', 0, 0xf_ffff, 1).optional(),
  execute: flag.default(false),
  privileged: flag.default(false),
};

const ats = object({
  ...requester,
  noWrite: flag.default(false),
  expect: object({
    completion: choice('success', 'UR', 'CA').optional(),
    address: word64.optional(),
    space: choice('pa', 'ipa').optional(),
    size: size.optional(),
    read: flag.optional(),
    write: flag.optional(),
    execute: flag.optional(),
    event: choice(...(eventNames as [string, ...string[]])).optional(),
    recorded: flag.optional(),
    rule: z.string().optional(),
  }).optional(),
});

const pri = object({
  ...requester,
  read: flag.default(true),
  write: flag.default(false),
  group: count('a PRGIndex', 0, 0x1ff, 1).default(0),
  last: flag.default(true),
  expect: object({
    result: choice('queued', 'discarded', 'no-credit', 'stopped').optional(),
    response: choice('none', 'success', 'invalid', 'failure').optional(),
  }).optional(),
});

/** The input of each verb as a document writes it. */
export const VERB_SCHEMAS = {
  note: z.string({ error: (issue) => `expected text; got ${shown(issue.input)}` }),
  dma,
  map,
  unmap,
  command,
  sync: z.preprocess((value) => value ?? {}, object({})),
  write,
  read,
  register,
  ste: object({ device: name, set: fields(STE) }),
  cd: object({ device: name, ssid: whichCd, set: fields(CD) }),
  inspect,
  ats,
  pri,
  resume: object({
    device: name,
    stag: z.union([stag, z.literal('oldest')], { error: (issue) => `expected a STAG, 0 to 0xffff, or oldest; got ${shown(issue.input)}` }).default('oldest'),
    answer: choice('retry', 'abort', 'raz-wi').default('retry'),
    expect: dmaExpectation.optional(),
  }),
  stall_term: object({ device: name }),
  atos,
  expect: expectation,
} satisfies Readonly<Record<VerbName, z.ZodType>>;

const verbNames = Object.keys(VERB_SCHEMAS);

const stepShape = Object.fromEntries(
  Object.entries(VERB_SCHEMAS).map(([verb, schema]) => [verb, schema.optional().meta({ description: VERBS[verb as VerbName].doc })]),
) as { readonly [V in VerbName]: z.ZodOptional<(typeof VERB_SCHEMAS)[V]> };

const step = z
  .strictObject(stepShape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, verbNames)).join('\n');
      return `expected a verb and its input, such as "dma: {device: nic0, ...}"; got ${shown(issue.input)}`;
    },
  })
  .meta({ minProperties: 1, maxProperties: 1 });

/** The steps of a lab. */
export const stepsSchema = list(step);

export type StepDocument = z.output<typeof step>;
export type StepsDocument = z.output<typeof stepsSchema>;

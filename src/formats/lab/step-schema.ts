/** Schema of the steps: one verb a step. The same schemas serve the console and the JSON Schema of the editor. */
import { z } from 'zod';
import { COMMANDS, EVENTS, REGISTERS, RULES, STE, CD } from '../../model/spec/index.ts';
import type { VerbName } from '../../model/lab/data.ts';
import { VERBS } from '../../model/lab/verbs.ts';
import { STACK_VERBS } from '../../model/lab/stack/verbs.ts';
import { dmaExpectation, MAX_LENGTH, whichStag } from './dma-expectation.ts';
import { stage1LeafKeys, stage2LeafKeys } from './map-schema.ts';
import { choice, list, nothing, object, oneVerb } from './objects.ts';
import { fieldsOrNames, settings } from './record-fields.ts';
import { commonInspections } from './inspect-schema.ts';
import { deviceName, vmName, WORDS } from './names.ts';
import { address, bytes, count, flag, mention, shown, size, word64 } from './scalars.ts';
import { toldExpectation } from './told-expectation.ts';

const ACCESS = choice('read', 'write', 'execute');
const device = deviceName.describe('name of the device');
const ssid = count('a SubstreamID', 0, 0xf_ffff, 1);
const someSsid = ssid.optional().describe('SubstreamID, 0 too; without it the access has none');
const privileged = flag.default(false).describe('a privileged access');

const dma = object({
  device,
  iova: address('IOVA').describe('where, an IOVA'),
  access: ACCESS.describe('what the device does'),
  length: count('a length in bytes', 1, MAX_LENGTH, 4).default(4).describe('bytes, split into a transaction for each 4 KiB page'),
  privileged,
  ssid: someSsid,
  translated: flag.optional().describe('true: a Translated transaction to the address as it is; false: an untranslated one; without it, by its ATC if it has one'),
  data: bytes.optional().describe('bytes that a write stores, as hex digits, repeated over length; without it, zeroes'),
  expect: dmaExpectation.optional().describe('what must come of it'),
});

/** Which CD of a device with several. */
const whichCd = ssid.default(0).describe('SubstreamID whose CD is meant');

/** A range of stage 2 of a VM, or of stage 1 of a device; which keys belong together is checked with the rest of the lab at hand. */
const range = {
  vm: vmName.optional().describe('stage 2: name of the VM'),
  device: deviceName.optional().describe('stage 1: name of the device'),
  ssid: whichCd,
  iova: address('IOVA').optional().describe('stage 1: where it begins, an IOVA'),
  size: size.describe('how much, in bytes'),
};

const map = object({
  ...range,
  ipa: address('IPA').optional().describe('stage 2: where it begins; stage 1 of a guest: where it lies; an IPA'),
  pa: address('PA').optional().describe("where it lies, a PA: stage 2 (without it, in free memory), and the host's stage 1"),
  ...stage1LeafKeys,
  ...stage2LeafKeys,
  access: choice('rw', 'ro', 'wo', 'none').default('rw').describe('what the stage permits; stage 1 rw or ro'),
  descriptor: z.unknown().optional().describe('raw fields of the leaves of the stage, which override what the other keys imply'),
});

const unmap = object({ ...range, ipa: address('IPA').optional().describe('stage 2: where it begins, an IPA') });

/** Fields of commands that also take the name of a device or a VM. */
export const STREAM_FIELDS: readonly string[] = ['StreamID'];
export const VM_FIELDS: readonly string[] = ['VMID'];

const commandShape = Object.fromEntries(
  COMMANDS.cases.map((command) => [command.id, fieldsOrNames(command, [...STREAM_FIELDS, ...VM_FIELDS]).optional().describe(`${command.doc} IHI 0070 ${command.section}`)]),
);

/** The largest number of an enhanced command queue: 256 pages of 256. */
const MAX_QUEUE = 0xffff;

const command = object({
  ...commandShape,
  queue: count('an enhanced command queue', 0, MAX_QUEUE, 1).optional().describe('number of an enhanced command queue; without it, the command queue'),
  acknowledge: flag.default(true).describe('whether the host acknowledges an error, so that the queue goes on'),
  expect: object({
    error: choice('none', 'CERROR_ILL', 'CERROR_ABT', 'CERROR_ATC_INV_SYNC').describe('CMDQ_CONS.ERR when the command was consumed'),
  }).optional().describe('what must come of it'),
});

const place = {
  pa: address('PA').optional().describe('where, a PA'),
  vm: vmName.optional().describe('the VM whose IPA is meant'),
  ipa: address('IPA').optional().describe('where, an IPA of the VM'),
};

const write = object({ ...place, bytes: bytes.describe('what is written, as hex digits in memory order') });

const read = object({
  ...place,
  length: count('a length in bytes', 1, MAX_LENGTH, 4).default(8).describe('bytes'),
  expect: object({ bytes: bytes.describe('what must be there, as hex digits in memory order') }).optional().describe('what must be there'),
});

const register = object({
  name: choice(...([...REGISTERS.keys()] as [string, ...string[]])).describe('name of the register, without SMMU_'),
  value: word64.optional().describe('what is written; without it, the register is read'),
  expect: object({ value: word64.describe('what it must hold') }).optional().describe('what it must hold'),
});

const inspect = object({
  STE: deviceName.optional().describe('the STE of a device'),
  CD: deviceName.optional().describe('a CD of a device'),
  ssid: whichCd,
  tables: deviceName.optional().describe('the structures of a device and of its VM'),
  layout: mention.optional().describe('every structure in memory'),
  events: mention.optional().describe('records in the event queue that wait'),
  stalled: mention.optional().describe('transactions that stall'),
  atc: deviceName.optional().describe('what the ATC of a device holds'),
  pri: deviceName.optional().describe('page requests of a device'),
  priq: mention.optional().describe('records in the PRI queue that wait'),
  ...commonInspections,
  expect: z.unknown().optional().describe('fields of the STE or CD, or numbers of what is shown, that must be so'),
});

const eventNames = [...EVENTS.byName.keys()] as [string, ...string[]];

const atos = object({
  device,
  address: address('IOVA').describe('what is translated: an IOVA, or an IPA with stages stage-2'),
  stages: choice('stage-1', 'stage-2', 'both').default('both').describe('which stages translate'),
  access: ACCESS.default('read').describe('as what it is translated'),
  privileged,
  ssid: someSsid,
  httu: flag.default(true).describe('hardware may update flags; false sets HTTUI'),
  vatos: vmName.optional().describe('the VM whose VATOS page is used; without it, GATOS'),
  expect: object({
    address: address('PA').optional().describe('the result, a PA'),
    size: size.optional().describe('how much translates alike, in bytes'),
    fault: choice('none', 'INV_REQ', 'INV_STAGE', 'INTERNAL_ERR', ...eventNames).optional().describe('the fault, or none'),
    reason: choice('stage-1', 'CD', 'TT', 'IN').optional().describe('where it arose'),
    ipa: address('IPA').optional().describe('the IPA of a fault at stage 2'),
  }).optional().describe('what must come of it'),
});

/** What a device says of itself in a request. */
const requester = {
  device,
  iova: address('IOVA').describe('where, an IOVA'),
  ssid: someSsid.describe('PASID, a SubstreamID; without it the request has none'),
  execute: flag.default(false).describe('it asks for permission to fetch instructions'),
  privileged: flag.default(false).describe('it asks for a privileged access'),
};

const ats = object({
  ...requester,
  noWrite: flag.default(false).describe('No Write: it asks for permission to read alone'),
  expect: object({
    completion: choice('success', 'UR', 'CA').optional().describe('status of the completion'),
    address: word64.optional().describe('where it leads'),
    space: choice('pa', 'ipa').optional().describe('the space of that address; split-stage ATS gives IPAs'),
    size: size.optional().describe('how much translates alike, in bytes'),
    read: flag.optional().describe('whether reading is granted'),
    write: flag.optional().describe('whether writing is granted'),
    execute: flag.optional().describe('whether fetching instructions is granted'),
    event: choice(...eventNames).optional().describe('name of the event behind a refusal'),
    recorded: flag.optional().describe('whether the event queue took it'),
    rule: z.string({ error: (issue) => `expected the id of a rule; got ${shown(issue.input)}` }).optional().meta({ description: 'id of the rule that decided', [WORDS]: RULES.map(({ id }) => id) }),
  }).optional().describe('what must come of it'),
});

const pri = object({
  ...requester,
  read: flag.default(true).describe('it asks for a page to read'),
  write: flag.default(false).describe('it asks for a page to write'),
  group: count('a PRGIndex', 0, 0x1ff, 1).default(0).describe('PRGIndex, number of the group'),
  last: flag.default(true).describe('the last request of its group'),
  expect: object({
    result: choice('queued', 'discarded', 'no-credit', 'stopped').optional().describe('what becomes of the request'),
    response: choice('none', 'success', 'invalid', 'failure').optional().describe('what the SMMU answers by itself'),
  }).optional().describe('what must come of it'),
});

/** The input of each verb as a document writes it. */
export const VERB_SCHEMAS = {
  note: z.string({ error: (issue) => `expected text; got ${shown(issue.input)}` }),
  dma,
  map,
  unmap,
  command,
  sync: nothing,
  write,
  read,
  register,
  ste: object({ device, set: settings(STE).describe('fields that the owner writes') }),
  cd: object({ device, ssid: whichCd, set: settings(CD).describe('fields that the owner writes') }),
  inspect,
  ats,
  pri,
  resume: object({
    device,
    stag: whichStag,
    answer: choice('retry', 'abort', 'raz-wi').default('retry').describe('retry it, or end it with an abort or as RAZ/WI'),
    expect: dmaExpectation.optional().describe('what must come of the transfer'),
  }),
  stall_term: object({ device }),
  atos,
  expect: toldExpectation,
} satisfies Readonly<Record<VerbName, z.ZodType>>;

const verbs = Object.keys(VERB_SCHEMAS);

const stepShape = Object.fromEntries(
  Object.entries(VERB_SCHEMAS).map(([verb, schema]) => [verb, schema.optional().meta({ description: VERBS[verb as VerbName].doc })]),
) as { readonly [V in VerbName]: z.ZodOptional<(typeof VERB_SCHEMAS)[V]> };

const ofStacks = Object.keys(STACK_VERBS).filter((verb) => !verbs.includes(verb));

const step = oneVerb(verbs, stepShape, Object.fromEntries(ofStacks.map((verb) => [verb, `${verb} is a verb of labs of the whole stack, whose host has a uapi`])));

/** The steps of a lab. */
export const stepsSchema = list(step);

export type StepDocument = z.output<typeof step>;
export type StepsDocument = z.output<typeof stepsSchema>;

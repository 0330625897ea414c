/** Schema of the steps of a stack lab: one verb a step, and the uAPIs that it is for. */
import { z } from 'zod';
import { CD, COMMANDS, REGISTERS, STE } from '../../../model/spec/index.ts';
import type { StackVerbName } from '../../../model/lab/stack/data.ts';
import { STACK_VERBS } from '../../../model/lab/stack/verbs.ts';
import { DIVERGENCES } from '../../../model/lab/stack/divergences.ts';
import type { DivergenceName } from '../../../model/lab/stack/divergences.ts';
import { UAPIS } from '../../../model/stack/assembly/data.ts';
import { choice, list, object, unknownKey } from '../objects.ts';
import { fields, fieldsOrNames } from '../record-fields.ts';
import { commonInspections } from '../inspect-schema.ts';
import { address, bytes, count, flag, mention, name, shown, size, word64 } from '../scalars.ts';
import { CALL_SCHEMAS } from './call-schema.ts';
import { callExpect, dmaExpect, inspectExpect, plainExpect, readExpect } from './effects-schema.ts';

const MAX_LENGTH = 1 << 20;
const expect = plainExpect;
const place = { pa: address('PA').optional(), vm: name.optional(), ipa: address('IPA').optional() };
const range = { device: name, iova: address('IOVA'), size };
const word = (what: string, example: number) => count(what, 0, 0xffff_ffff, example);

const regionPlace = { device: name, region: choice('DMA_FAULT', 'DMA_FAULT_RESPONSE').default('DMA_FAULT'), position: count('a position in the region', 0, 1 << 20, 4096).default(0) };

const commandShape = Object.fromEntries(COMMANDS.cases.map((command) => [command.id, fieldsOrNames(command, ['StreamID']).optional()]));

export const STACK_VERB_SCHEMAS = {
  note: z.string({ error: (issue) => `expected text; got ${shown(issue.input)}` }),
  dma: object({
    device: name,
    iova: address('IOVA'),
    access: choice('read', 'write', 'execute'),
    length: count('a length in bytes', 1, MAX_LENGTH, 4).default(4),
    privileged: flag.default(false),
    ssid: count('a SubstreamID', 0, 0xf_ffff, 1).optional(),
    data: bytes.optional(),
    repeat: count('how often', 1, 10_000, 1).default(1),
    expect: dmaExpect,
  }),
  map: object({ ...range, ipa: address('IPA'), access: choice('rw', 'ro').default('rw'), expect }),
  unmap: object({ ...range, expect }),
  flush: object({ device: name, expect }),
  attach: object({ device: name, domain: choice('dma', 'passthrough').default('dma'), expect }),
  detach: object({ device: name, expect }),
  ste: object({ device: name, set: fields(STE), expect }),
  cd: object({ device: name, set: fields(CD), expect }),
  command: object({ vm: name, ...commandShape, expect }),
  host_map: object({ vm: name, ipa: address('IPA'), size, expect }),
  host_unmap: object({ vm: name, ipa: address('IPA'), size, expect }),
  plug: object({ device: name, expect }),
  msi: object({ device: name, expect: dmaExpect }),
  attach_pasid_table: object({
    device: name,
    config: choice('TRANSLATE', 'BYPASS', 'ABORT').default('TRANSLATE'),
    base_ptr: word64.default(0n),
    format: word('a format', 1).default(1),
    pasid_bits: count('log2 of the number of CDs', 0, 255, 0).default(0),
    version: word('a version', 1).default(1),
    expect,
  }),
  detach_pasid_table: object({ device: name, expect }),
  cache_invalidate: object({
    device: name,
    cache: count('a mask of caches: IOTLB 1, DEV_IOTLB 2, PASID 4', 0, 255, 1).default(1),
    granularity: choice('DOMAIN', 'PASID', 'ADDR'),
    flags: word('a mask of flags: PASID 1, ARCHID 2, LEAF 4', 2).default(0),
    archid: word('an ASID', 1).default(0),
    pasid: word64.default(0n),
    addr: word64.default(0n),
    granule_size: word64.default(0n),
    nb_granules: word64.default(0n),
    expect,
  }),
  ioctl: object({ device: name, cmd: word('the number of an ioctl', 0x3b76), bytes, expect: readExpect }),
  write: object({ ...place, bytes, expect }),
  read: object({ ...place, length: count('a length in bytes', 1, MAX_LENGTH, 4).default(8), expect: readExpect }),
  inspect: object({
    STE: name.optional(), guestSTE: name.optional(), CD: name.optional(), domain: name.optional(), faults: name.optional(), tlb: name.optional(),
    guestQueues: name.optional(), guestRegisters: name.optional(), layout: mention.optional(), allocators: mention.optional(),
    ...commonInspections,
    expect: inspectExpect,
  }),
  register: object({ vm: name.optional(), name: choice(...([...REGISTERS.keys()] as [string, ...string[]])), value: word64.optional(), expect: inspectExpect }),
  host_command: object({ ...commandShape, expect }),
  region_read: object({ ...regionPlace, length: count('a length in bytes', 1, MAX_LENGTH, 20).default(20), expect: callExpect }),
  region_write: object({ ...regionPlace, bytes, mapped: flag.default(false), expect: callExpect }),
  file_read: object({ vm: name, fd: word('a descriptor', 4), length: count('a length in bytes', 1, MAX_LENGTH, 40).default(4096), expect: callExpect }),
  file_write: object({ vm: name, fd: word('a descriptor', 4), bytes, expect: callExpect }),
  page_response: object({
    device: name,
    grpid: word('a group', 1).default(0),
    pasid: count('a PASID', 0, 0xf_ffff, 1).optional(),
    code: choice('SUCCESS', 'INVALID', 'FAILURE').default('SUCCESS'),
    fd: word('a descriptor', 4).optional(),
    cookie: word('a cookie', 1).default(0),
    expect: callExpect,
  }),
  ...CALL_SCHEMAS,
} satisfies Readonly<Record<StackVerbName, z.ZodType>>;

const DIVERGENCE_NAMES = Object.keys(DIVERGENCES) as [DivergenceName, ...DivergenceName[]];

const keys = [...Object.keys(STACK_VERB_SCHEMAS), 'only', 'diverges'];

const shape = Object.fromEntries(
  Object.entries(STACK_VERB_SCHEMAS).map(([verb, schema]) => [verb, schema.optional().meta({ description: STACK_VERBS[verb as StackVerbName].doc })]),
) as { readonly [V in StackVerbName]: z.ZodOptional<(typeof STACK_VERB_SCHEMAS)[V]> };

const step = z
  .strictObject({ ...shape, only: list(choice(...UAPIS)).optional(), diverges: list(choice(...DIVERGENCE_NAMES)).default([]) }, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, keys)).join('\n');
      return `expected a verb and its input, such as "dma: {device: nic0, ...}"; got ${shown(issue.input)}`;
    },
  })
  .meta({ minProperties: 1, maxProperties: 3 });

export const stackStepsSchema = list(step);

export type StackStepDocument = z.output<typeof step>;
export type StackStepsDocument = z.output<typeof stackStepsSchema>;

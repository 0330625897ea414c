/** Schema of the steps of a stack lab: one verb a step, and the uAPIs that it is for. */
import { z } from 'zod';
import { CD, COMMANDS, REGISTERS, STE } from '../../../model/spec/index.ts';
import { GUEST_ANSWERS } from '../../../model/lab/stack/data.ts';
import type { StackVerbName } from '../../../model/lab/stack/data.ts';
import { STACK_VERBS } from '../../../model/lab/stack/verbs.ts';
import { VERBS } from '../../../model/lab/verbs.ts';
import { DIVERGENCES } from '../../../model/lab/stack/divergences.ts';
import type { DivergenceName } from '../../../model/lab/stack/divergences.ts';
import { UAPIS } from '../../../model/stack/assembly/data.ts';
import { choice, list, object, oneVerb } from '../objects.ts';
import { MAX_LENGTH, whichStag } from '../dma-expectation.ts';
import { fields, fieldsOrNames } from '../record-fields.ts';
import { commonInspections } from '../inspect-schema.ts';
import { deviceName, vmName } from '../names.ts';
import { address, bytes, count, flag, mention, shown, size, word64 } from '../scalars.ts';
import { toldExpectation } from '../told-expectation.ts';
import { CALL_SCHEMAS } from './call-schema.ts';
import { callExpect, dmaExpect, inspectExpect, plainExpect, readExpect } from './effects-schema.ts';

const EXPECT = 'what the step must bring about';
const expect = plainExpect.describe(EXPECT);
const device = deviceName.describe('name of the device');
const vm = vmName.describe('name of the VM');
const place = {
  pa: address('PA').optional().describe('where, a PA'),
  vm: vmName.optional().describe('the VM whose IPA is meant'),
  ipa: address('IPA').optional().describe('where, an IPA of the VM'),
};
const iova = address('IOVA').describe('where, an IOVA');
const range = { device, iova: iova.describe('where it begins, an IOVA'), size: size.describe('how much, in bytes') };
const hostRange = { vm, ipa: address('IPA').describe('where it begins, an IPA'), size: size.describe('how much, in bytes') };
const word = (what: string, example: number) => count(what, 0, 0xffff_ffff, example);
const length = (fallback: number) => count('a length in bytes', 1, MAX_LENGTH, 4).default(fallback).describe('bytes');
const raw = bytes.describe('as hex digits in memory order');

const regionPlace = {
  device,
  region: choice('DMA_FAULT', 'DMA_FAULT_RESPONSE').default('DMA_FAULT').describe('which region of the device'),
  position: count('a position in the region', 0, 1 << 20, 4096).default(0).describe('bytes from its start'),
};

const file = { vm, fd: word('a descriptor', 4).describe('file descriptor of the VMM') };

const commandShape = Object.fromEntries(COMMANDS.cases.map((command) => [command.id, fieldsOrNames(command, ['StreamID']).optional().describe(`${command.doc} IHI 0070 ${command.section}`)]));

export const STACK_VERB_SCHEMAS = {
  note: z.string({ error: (issue) => `expected text; got ${shown(issue.input)}` }),
  dma: object({
    device,
    iova,
    access: choice('read', 'write', 'execute').describe('what the device does'),
    length: length(4).describe('bytes, split into a transaction for each 4 KiB page'),
    privileged: flag.default(false).describe('a privileged access'),
    ssid: count('a SubstreamID', 0, 0xf_ffff, 1).optional().describe('SubstreamID, 0 too; without it the access has none'),
    data: bytes.optional().describe('bytes that a write stores, as hex digits, repeated over length; without it, zeroes'),
    repeat: count('how often', 1, 10_000, 1).default(1).describe('how often'),
    expect: dmaExpect.describe(EXPECT),
  }),
  map: object({ ...range, ipa: address('IPA').describe('where it lies, an IPA'), access: choice('rw', 'ro').default('rw').describe('what is permitted'), expect }),
  unmap: object({ ...range, expect }),
  flush: object({ device, expect }),
  attach: object({ device, domain: choice('dma', 'passthrough').default('dma').describe('the domain: with translation, or without'), expect }),
  detach: object({ device, expect }),
  resume: object({ device, stag: whichStag, answer: choice(...GUEST_ANSWERS).default('retry').describe('retry it, or end it with an abort'), expect: dmaExpect.describe(EXPECT) }),
  ste: object({ device, set: fields(STE).describe('fields that the guest writes, right or wrong'), expect }),
  cd: object({ device, set: fields(CD).describe('fields that the guest writes, right or wrong'), expect }),
  command: object({ vm, ...commandShape, expect }),
  host_map: object({ ...hostRange, expect }),
  host_unmap: object({ ...hostRange, expect }),
  plug: object({ device, expect }),
  msi: object({ device, expect: dmaExpect.describe(EXPECT) }),
  attach_pasid_table: object({
    device,
    config: choice('TRANSLATE', 'BYPASS', 'ABORT').default('TRANSLATE').describe('what stage 1 does'),
    base_ptr: word64.default(0n).describe('IPA of the table of CDs'),
    format: word('a format', 1).default(1).describe('format of the table; 1: SMMUv3'),
    pasid_bits: count('log2 of the number of CDs', 0, 255, 0).default(0).describe('log2 of the number of CDs'),
    version: word('a version', 1).default(1).describe('version of the structure'),
    expect,
  }),
  detach_pasid_table: object({ device, expect }),
  cache_invalidate: object({
    device,
    cache: count('a mask of caches: IOTLB 1, DEV_IOTLB 2, PASID 4', 0, 255, 1).default(1).describe('a mask of caches: IOTLB 1, DEV_IOTLB 2, PASID 4'),
    granularity: choice('DOMAIN', 'PASID', 'ADDR').describe('what is invalidated'),
    flags: word('a mask of flags: PASID 1, ARCHID 2, LEAF 4', 2).default(0).describe('a mask of flags: PASID 1, ARCHID 2, LEAF 4'),
    archid: word('an ASID', 1).default(0).describe('ASID'),
    pasid: word64.default(0n).describe('PASID'),
    addr: word64.default(0n).describe('where, an IOVA'),
    granule_size: word64.default(0n).describe('bytes of a granule'),
    nb_granules: word64.default(0n).describe('number of granules'),
    expect,
  }),
  ioctl: object({ device, cmd: word('the number of an ioctl', 0x3b76).describe('number of the ioctl'), bytes: raw, expect: readExpect.describe(EXPECT) }),
  write: object({ ...place, bytes: raw, expect }),
  read: object({ ...place, length: length(8), expect: readExpect.describe(EXPECT) }),
  inspect: object({
    STE: deviceName.optional().describe('the STE of a device that the host wrote'),
    guestSTE: deviceName.optional().describe('the STE of a device that the guest wrote'),
    CD: deviceName.optional().describe('the CD of a device'),
    domain: deviceName.optional().describe("the host's domain of a device"),
    faults: deviceName.optional().describe('the fault ring, or vEVENTQ, of a device'),
    tlb: deviceName.optional().describe('TLB entries of the VM of a device'),
    guestQueues: vmName.optional().describe('the queues of the virtual SMMU of a VM'),
    guestRegisters: vmName.optional().describe('registers of the virtual SMMU of a VM that are not 0'),
    layout: mention.optional().describe('every structure in memory'),
    stalled: mention.optional().describe('transactions that stall, and what guests have yet to answer'),
    allocators: mention.optional().describe('VMIDs and ASIDs that are in use'),
    ...commonInspections,
    expect: inspectExpect.describe(EXPECT),
  }),
  register: object({
    vm: vmName.optional().describe('the VM whose virtual SMMU is meant; without it, the physical one'),
    name: choice(...([...REGISTERS.keys()] as [string, ...string[]])).describe('name of the register, without SMMU_'),
    value: word64.optional().describe('what is written; without it, the register is read'),
    expect: inspectExpect.describe(EXPECT),
  }),
  host_command: object({ ...commandShape, expect }),
  region_read: object({ ...regionPlace, length: length(20), expect: callExpect.describe(EXPECT) }),
  region_write: object({ ...regionPlace, bytes: raw, mapped: flag.default(false).describe('through mmap rather than pwrite'), expect: callExpect.describe(EXPECT) }),
  file_read: object({ ...file, length: length(4096), expect: callExpect.describe(EXPECT) }),
  file_write: object({ ...file, bytes: raw, expect: callExpect.describe(EXPECT) }),
  page_response: object({
    device,
    grpid: word('a group', 1).default(0).describe('vfio-v16: the group of page requests'),
    pasid: count('a PASID', 0, 0xf_ffff, 1).optional().describe('vfio-v16: PASID; without it, the response has none'),
    code: choice('SUCCESS', 'INVALID', 'FAILURE').default('SUCCESS').describe('the answer'),
    fd: word('a descriptor', 4).optional().describe('iommufd: file descriptor of the fault queue'),
    cookie: word('a cookie', 1).default(0).describe('iommufd: cookie of the fault'),
    expect: callExpect.describe(EXPECT),
  }),
  expect: toldExpectation,
  ...CALL_SCHEMAS,
} satisfies Readonly<Record<StackVerbName, z.ZodType>>;

const DIVERGENCE_NAMES = Object.keys(DIVERGENCES) as [DivergenceName, ...DivergenceName[]];

const shape = Object.fromEntries(
  Object.entries(STACK_VERB_SCHEMAS).map(([verb, schema]) => [verb, schema.optional().meta({ description: STACK_VERBS[verb as StackVerbName].doc })]),
) as { readonly [V in StackVerbName]: z.ZodOptional<(typeof STACK_VERB_SCHEMAS)[V]> };

const ofTables = Object.keys(VERBS).filter((verb) => !(verb in STACK_VERB_SCHEMAS));

const step = oneVerb(Object.keys(STACK_VERB_SCHEMAS), {
  ...shape,
  only: list(choice(...UAPIS)).optional().describe('the uAPIs on which the step is done; without it, all'),
  diverges: list(choice(...DIVERGENCE_NAMES)).default([]).describe('why the uAPIs part here, where they are meant to'),
}, Object.fromEntries(ofTables.map((verb) => [verb, `${verb} is a verb of labs with tables by hand, whose host has no uapi: here kernels and devices do it where they would`])));

export const stackStepsSchema = list(step);

export type StackStepDocument = z.output<typeof step>;
export type StackStepsDocument = z.output<typeof stackStepsSchema>;

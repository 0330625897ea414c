/** Schema of the host's part: the SMMU, memory, VMs with their stage-2 maps, devices with their StreamIDs. */
import { z } from 'zod';
import { CHOICES, DEVIATIONS, PRESETS, PROFILES, REGISTERS, STE } from '../../model/spec/index.ts';
import type { DeviationId, Profile, RecordDef } from '../../model/spec/index.ts';
import { featuresSchema } from './check-features.ts';
import { whyNever } from './never-here.ts';
import { granule, hostContextKeys, stage2LeafKeys } from './map-schema.ts';
import { choice, list, object } from './objects.ts';
import { namedFields, rawField, settings } from './record-fields.ts';
import { vmName } from './names.ts';
import { address, count, flag, name, ONE_OR_LIST, shown, size, word32 } from './scalars.ts';

const register = (id: string): RecordDef => REGISTERS.get(id)!;

const idRegister = (id: string) => word32.optional().describe(`value of SMMU_${id} in place of the preset's`);

const queue = (of: string, fallback: string) =>
  object({ log2size: count(`log2 of the ${of}'s entries`, 0, 19, 7).optional().describe(`log2 of the ${of}'s entries; without it ${fallback}, or what the SMMU allows`) }).prefault({}).describe(`the ${of}`);

const entries = (of: string, fallback: number) => count(`entries of the ${of}, a power of two or 0 for none`, 0, 65536, fallback).default(fallback).describe(`entries of the ${of}: a power of two${of === 'TLB' ? ' from 4 on' : ''}, 0 switches it off`);

/** Alternatives by choice; each without a word is the model's pick. */
const choices = object(
  Object.fromEntries(CHOICES.map(({ id, alternatives, doc, section, pick }) => [id, choice(...(Object.keys(alternatives) as [string, ...string[]])).optional().describe(`${doc} IHI 0070 ${section}. Without it ${pick}`)])),
)
  .default({})
  .describe('choices of what the architecture leaves open, by name');
const profiles = Object.keys(PROFILES) as [Profile, ...Profile[]];
const deviations = DEVIATIONS.map(({ id }) => id) as [DeviationId, ...DeviationId[]];

const presets = Object.keys(PRESETS) as [string, ...string[]];

/** What the SMMU itself is; how software sets it up comes on top. */
export const smmuKeys = (preset: string, commands: string) => ({
  preset: choice(...presets).default(preset).describe('a set of ID registers'),
  registers: object({
    IDR0: idRegister('IDR0'), IDR1: idRegister('IDR1'), IDR2: idRegister('IDR2'), IDR3: idRegister('IDR3'), IDR4: idRegister('IDR4'),
    IDR5: idRegister('IDR5'), IDR6: idRegister('IDR6'), IIDR: idRegister('IIDR'), AIDR: idRegister('AIDR'),
  }).default({}).describe("single ID registers in place of the preset's; a set that the architecture does not allow is refused"),
  profile: choice(...profiles).default('arch').describe("arch: what the architecture says; qemu-11: QEMU 11's behaviour with all its deviations"),
  deviations: list(choice(...deviations)).default([]).describe('single deviations of QEMU by name'),
  commandQueue: queue('command queue', commands),
  eventQueue: queue('event queue', '7'),
  features: featuresSchema,
  choices,
  caches: object({
    config: entries('configuration cache', 64),
    tlb: entries('TLB', 256),
    s1Walk: entries('stage 1 walk cache', 64),
    s2Walk: entries('stage 2 walk cache', 64),
  }).prefault({}).describe('sizes of the caches'),
});

const smmu = object({
  ...smmuKeys('v3.2', '7'),
  streamTable: object({
    format: choice('linear', 'two-level').default('linear').describe('one table, or level 1 descriptors and level 2 tables'),
    log2size: count("log2 of the stream table's entries", 0, 32, 8).optional().describe("log2 of the stream table's entries; without it 8, or what the SMMU allows"),
    split: count('StreamID bits of a level 2 table: 6, 8 or 10', 6, 10, 8).default(8).describe('StreamID bits of a level 2 table: 6, 8 or 10'),
  }).prefault({}).describe('the stream table'),
  priQueue: queue('PRI queue', '7'),
  ATSCHK: flag.default(true).describe('CR0.ATSCHK, where a device uses ATS: Translated transactions are checked against their STE'),
  CR1: settings(register('CR1')).default({}).describe('fields of CR1, such as the attributes of queue and table accesses'),
  CR2: settings(register('CR2')).default({}).describe('fields of CR2, such as RECINVSID'),
});

const region = object({
  base: address('PA').default(0x4000_0000n).describe('where it begins, a PA in whole pages of 4K'),
  size: size.default(256n << 20n).describe('how much, in bytes, in whole pages of 4K'),
});

/** One region, or a list of them. */
export const memory = z
  .preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), list(region).default([{ base: 0x4000_0000n, size: 256n << 20n }]))
  .meta({ description: 'memory of the machine, a region or a list of them; without it 256M at 0x4000_0000', [ONE_OR_LIST]: true });

/** Fields of the STE that follow from other keys of the document. */
const DERIVED_S2 = ['S2TTB', 'S2VMID', 'S2T0SZ', 'S2SL0', 'S2TG'] as const;

const ofStage2 = namedFields(STE).filter((field) => /^S2[A-Z]/.test(field.name));

const stage2Fields = ofStage2.filter((field) => !DERIVED_S2.some((one) => one === field.name) && whyNever(field) === null);

/** What sets the fields that cannot be given here. */
const INSTEAD: Readonly<Record<(typeof DERIVED_S2)[number], string>> = { S2TTB: 'the tables lie where the host puts them', S2VMID: 'set vmid', S2T0SZ: 'set ipaBits', S2SL0: 'set startLevel', S2TG: 'set granule' };

const refusedStage2 = {
  ...Object.fromEntries(DERIVED_S2.map((field) => [field, `STE.${field} follows from other keys: ${INSTEAD[field]}, or override it with ste of a device`])),
  ...Object.fromEntries(ofStage2.flatMap((field) => (whyNever(field) === null ? [] : [[field.name, `STE.${field.name} ${whyNever(field)}`]]))),
};

const stage2 = object({
  granule,
  ipaBits: count('the size of IPAs in bits', 0, 64, 40).optional().describe('size of IPAs in bits, 64 - S2T0SZ; without it 40, or what the SMMU allows'),
  startLevel: count('the level at which stage 2 starts', 0, 3, 1).optional().describe('level at which stage 2 starts, S2SL0; without it the deepest that fits'),
  map: list(object({
    ipa: address('IPA').describe('where it begins, an IPA'),
    pa: address('PA').optional().describe('where the host puts it, a PA; without it, in free memory and never at the IPA'),
    size: size.describe('how much, in bytes'),
    ...stage2LeafKeys,
  })).default([]).describe('what is mapped: RAM of the VM, and devices'),
  ...Object.fromEntries(stage2Fields.map((field) => [field.name, rawField(STE, field).optional()])),
}, refusedStage2);

const vm = object({ name: name.describe('name of the VM'), vmid: count('a VMID', 0, 0xffff, 1).describe('its VMID, which tags TLB entries'), stage2: stage2.describe("the host's tables of stage 2: IPA to PA") });

const device = object({
  name: name.describe('name of the device'),
  StreamID: count('a StreamID', 0, 0xffff_ffff, 0x10).describe('what its transactions carry'),
  vm: vmName.optional().describe('the VM whose stage 2 is used, with Config nested and s2 only'),
  Config: choice('nested', 's1', 's2', 'bypass', 'abort').describe('which stages translate: STE.Config'),
  stalls: flag.default(false).describe('its translation faults may stall: S1STALLD 0 and S2S 1, where the SMMU gives the choice. Stage 1 stalls when its owner also sets CD.S'),
  ats: object({
    mode: choice('full', 'split').default('full').describe('full: EATS 1, it learns PAs; split: EATS 2, it learns IPAs'),
    entries: count('translations in the ATC', 0, 4096, 32).default(32).describe('translations that its ATC holds'),
    answers: flag.default(true).describe('it completes CMD_ATC_INV'),
    pri: object({ credits: count('page requests that may be outstanding', 1, 512, 32).default(32).describe('page requests that may be outstanding') }).optional().describe('it makes page requests'),
  }).optional().describe('it uses ATS, of which {} is enough: it asks for translations and keeps them in an ATC'),
  ste: settings(STE).default({}).describe('fields of the STE, which override what the other keys imply'),
  ...hostContextKeys,
});

export const title = z.string({ error: (issue) => `expected text; got ${shown(issue.input)}` }).default('Untitled lab').describe('what the lab is called');

/** The host's part of a lab. */
export const hostSchema = object({
  title,
  smmu: smmu.prefault({}).describe('what the SMMU is, and how the host sets it up'),
  memory,
  vms: list(vm).default([]).describe('the virtual machines, each with its stage 2'),
  devices: list(device).default([]).describe('the devices behind the SMMU'),
});

export type HostDocument = z.output<typeof hostSchema>;

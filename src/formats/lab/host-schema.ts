/** Schema of the host's part: the SMMU, memory, VMs with their stage-2 maps, devices with their StreamIDs. */
import { z } from 'zod';
import { CHOICES, DEVIATIONS, PRESETS, PROFILES, REGISTERS, STE } from '../../model/spec/index.ts';
import type { DeviationId, Profile, RecordDef } from '../../model/spec/index.ts';
import { featuresSchema } from './check-features.ts';
import { granule, hostContextKeys, stage2LeafKeys } from './map-schema.ts';
import { choice, list, object } from './objects.ts';
import { fields, namedFields, rawField } from './record-fields.ts';
import { address, count, flag, name, size, word32 } from './scalars.ts';

const register = (id: string): RecordDef => REGISTERS.get(id)!;

const idRegister = word32.optional();

/** Without it, 7 or what the SMMU allows. */
const queue = (of: string) => object({ log2size: count(`log2 of the ${of}'s entries`, 0, 19, 7).optional() }).prefault({});

const entries = (of: string, fallback: number) => count(`entries of the ${of}, a power of two or 0 for none`, 0, 65536, fallback).default(fallback);

/** Alternatives by choice; each without a word is the model's pick. */
const choices = object(
  Object.fromEntries(CHOICES.map(({ id, alternatives }) => [id, choice(...(Object.keys(alternatives) as [string, ...string[]])).optional()])),
)
  .meta({ description: 'choices of the implementation, by name' })
  .default({});
const profiles = Object.keys(PROFILES) as [Profile, ...Profile[]];
const deviations = DEVIATIONS.map(({ id }) => id) as [DeviationId, ...DeviationId[]];

const presets = Object.keys(PRESETS) as [string, ...string[]];

/** What the SMMU itself is; how software sets it up comes on top. */
export const smmuKeys = (preset: string) => ({
  preset: choice(...presets).default(preset),
  registers: object({
    IDR0: idRegister, IDR1: idRegister, IDR2: idRegister, IDR3: idRegister, IDR4: idRegister,
    IDR5: idRegister, IDR6: idRegister, IIDR: idRegister, AIDR: idRegister,
  }).default({}),
  profile: choice(...profiles).default('arch'),
  deviations: list(choice(...deviations)).default([]),
  commandQueue: queue('command queue'),
  eventQueue: queue('event queue'),
  features: featuresSchema,
  choices,
  caches: object({
    config: entries('configuration cache', 64),
    tlb: entries('TLB', 256),
    s1Walk: entries('stage 1 walk cache', 64),
    s2Walk: entries('stage 2 walk cache', 64),
  }).prefault({}),
});

const smmu = object({
  ...smmuKeys('v3.2'),
  streamTable: object({
    format: choice('linear', 'two-level').default('linear'),
    // Without it, 8 or what the SMMU allows.
    log2size: count("log2 of the stream table's entries", 0, 32, 8).optional(),
    split: count('StreamID bits of a level 2 table: 6, 8 or 10', 6, 10, 8).default(8),
  }).prefault({}),
  priQueue: queue('PRI queue'),
  ATSCHK: flag.default(true),
  CR1: fields(register('CR1')).default({}),
  CR2: fields(register('CR2')).default({}),
});

const region = object({ base: address('PA').default(0x4000_0000n), size: size.default(256n << 20n) });

export const memory = z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), list(region).default([{ base: 0x4000_0000n, size: 256n << 20n }]));

/** Fields of the STE that follow from other keys of the document. */
export const DERIVED_S2 = ['S2TTB', 'S2VMID', 'S2T0SZ', 'S2SL0', 'S2TG'] as const;

const stage2Fields = namedFields(STE).filter(({ name: field }) => /^S2[A-Z]/.test(field) && !DERIVED_S2.some((one) => one === field));

const stage2 = object({
  granule,
  // Without it, 40 or what the SMMU allows.
  ipaBits: count('the size of IPAs in bits', 0, 64, 40).optional(),
  startLevel: count('the level at which stage 2 starts', 0, 3, 1).optional(),
  map: list(object({ ipa: address('IPA'), pa: address('PA').optional(), size, ...stage2LeafKeys })).default([]),
  ...Object.fromEntries(stage2Fields.map((field) => [field.name, rawField(STE, field).optional()])),
});

const vm = object({ name, vmid: count('a VMID', 0, 0xffff, 1), stage2 });

const device = object({
  name,
  StreamID: count('a StreamID', 0, 0xffff_ffff, 0x10),
  vm: name.optional(),
  Config: choice('nested', 's1', 's2', 'bypass', 'abort'),
  stalls: flag.default(false),
  ats: object({
    mode: choice('full', 'split').default('full'),
    entries: count('translations in the ATC', 0, 4096, 32).default(32),
    answers: flag.default(true),
    pri: object({ credits: count('page requests that may be outstanding', 1, 512, 32).default(32) }).optional(),
  }).optional(),
  ste: fields(STE).default({}),
  ...hostContextKeys,
});

/** The host's part of a lab. */
export const hostSchema = object({
  title: z.string({ error: 'expected text' }).default('Untitled lab'),
  smmu: smmu.prefault({}),
  memory,
  vms: list(vm).default([]),
  devices: list(device).default([]),
});

export type HostDocument = z.output<typeof hostSchema>;

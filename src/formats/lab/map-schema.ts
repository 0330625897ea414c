/** What maps have in common: attributes of leaves, and the stage 1 that a guest or the host prepares for a device. */
import { z } from 'zod';
import { leafRecord } from '../../model/lab/descriptor-format.ts';
import { CD } from '../../model/spec/index.ts';
import { choice, list, namedMap, object } from './objects.ts';
import { fields, settings } from './record-fields.ts';
import { numberSchema } from './number-pattern.ts';
import { address, count, flag, shown, size } from './scalars.ts';

const block = z
  .unknown()
  .meta({ anyOf: [{ const: 'auto' }, numberSchema(1n, (1n << 64n) - 1n)] })
  .transform((value, ctx): bigint | null => {
    if (value === 'auto') return null;
    const parsed = size.safeParse(value);
    if (parsed.success) return parsed.data;
    ctx.addIssue({ code: 'custom', message: `expected auto or a leaf size such as 4K, 2M or 1G; got ${shown(value)}` });
    return z.NEVER;
  });

/** Raw fields of leaves; where they point is what the map says. */
export const leafFields = (stage: 1 | 2) => fields(leafRecord(stage), ['OutputAddress']);

const leafKeys = (stage: 1 | 2) => ({
  execute: choice('both', 'none', 'priv', 'unpriv').default('both').describe('who may fetch instructions: everyone, no one, the privileged or the unprivileged'),
  memory: choice('normal', 'normal-nc', 'device').default('normal').describe('memory type: normal (write-back), normal-nc (not cacheable) or device'),
  AF: flag.default(true).describe('the access flag: without it, an access faults or hardware sets it'),
  block: block.default(null).describe('size in bytes that every leaf must have, a page or a block of the granule; auto: the largest leaves that fit'),
  descriptor: leafFields(stage).default({}).describe('raw fields of the leaves, which override what the other keys imply'),
});

/** Keys of an entry of a stage-2 map besides its addresses. */
export const stage2LeafKeys = { access: choice('rw', 'ro', 'wo', 'none').default('rw').describe('what stage 2 permits: S2AP'), ...leafKeys(2) };

/** Keys of an entry of a stage-1 map besides its addresses; stage 1 cannot forbid reading alone. */
export const stage1LeafKeys = {
  access: choice('rw', 'ro').default('rw').describe('what stage 1 permits: AP[2]'),
  ...leafKeys(1),
  privileged: flag.default(false).describe('AP[1] is 0: unprivileged accesses are refused'),
  nG: flag.default(true).describe('not global: the entry is of its ASID alone'),
};

export const granule = choice('4K', '16K', '64K').default('4K').describe('translation granule, the size in bytes of a page and of a table');

const stage1 = <T extends z.ZodType>(entry: T) =>
  object({
    granule,
    vaBits: count('the size of virtual addresses in bits', 0, 64, 48).default(48).describe('size of virtual addresses in bits, of both halves: 64 - T0SZ, 64 - T1SZ'),
    map: list(entry).default([]).describe('what is mapped'),
  });

const cdTable = object({
  format: choice('linear', '4K', '64K').default('linear').describe('STE.S1Fmt: linear, or two levels with leaves of 4K (64 CDs) or 64K (1024 CDs)'),
  log2size: count('log2 of the number of CDs', 1, 20, 4).optional().describe('STE.S1CDMax, log2 of the number of CDs; without it, what substreams needs'),
});

const mapped = { iova: address('IOVA').describe('where it begins, an IOVA'), size: size.describe('how much, in bytes') };

const guestStage1 = stage1(object({ ...mapped, ipa: address('IPA').describe('where it lies, an IPA'), ...stage1LeafKeys }));
const hostStage1 = stage1(object({ ...mapped, pa: address('PA').describe('where it lies, a PA'), ...stage1LeafKeys }));

const cd = settings(CD).default({}).describe('fields of the CD, which override what the other keys imply; without ASID, one of its own');
const SUBSTREAMS = 'further CDs by SubstreamID, 1 to 0xfffff, each with tables and an ASID of its own';
const CD_TABLE = 'the table of CDs, where the device has several';
const TABLES = 'address of the CD; the tables follow it, from the start level down. Without it, in free memory:';

const substreamsOf = <T extends z.ZodType>(context: T) => namedMap('SubstreamIDs', context).optional().describe(SUBSTREAMS);

/** The stage 1 of a nested stream, which the guest owns: everything is at IPAs. */
export const guestContextKeys = {
  cd,
  stage1: guestStage1.prefault({}).describe("the guest's tables of stage 1: IOVA to IPA"),
  tables: address('IPA').optional().describe(`${TABLES} an IPA`),
  cdTable: cdTable.optional().describe(CD_TABLE),
  substreams: substreamsOf(object({ cd, stage1: guestStage1.prefault({}).describe('stage 1 of the SubstreamID: IOVA to IPA') })),
};

/** The stage 1 of a stage-1-only stream, which the host owns: everything is at PAs. */
export const hostContextKeys = {
  cd: settings(CD).optional().describe('Config s1 only: fields of the CD, which override what the other keys imply; without ASID, one of its own'),
  stage1: hostStage1.optional().describe("Config s1 only: the host's tables of stage 1, IOVA to PA"),
  tables: address('PA').optional().describe(`Config s1 only: ${TABLES} a PA`),
  cdTable: cdTable.optional().describe(`Config s1 only: ${CD_TABLE}`),
  substreams: namedMap('SubstreamIDs', object({ cd, stage1: hostStage1.prefault({}).describe('stage 1 of the SubstreamID: IOVA to PA') })).optional().describe(`Config s1 only: ${SUBSTREAMS}`),
};

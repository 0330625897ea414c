/** What maps have in common: attributes of leaves, and the stage 1 that a guest or the host prepares for a device. */
import { z } from 'zod';
import { leafRecord } from '../../model/lab/descriptor-format.ts';
import { CD } from '../../model/spec/index.ts';
import { choice, list, namedMap, object } from './objects.ts';
import { fields } from './record-fields.ts';
import { address, count, flag, shown, size } from './scalars.ts';

const block = z
  .unknown()
  .meta({ type: ['string', 'integer'], description: 'auto (the largest leaves that fit), or the size every leaf must have: a page or a block of the granule' })
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
  execute: choice('both', 'none', 'priv', 'unpriv').default('both'),
  memory: choice('normal', 'normal-nc', 'device').default('normal'),
  AF: flag.default(true),
  block: block.default(null),
  descriptor: leafFields(stage).default({}),
});

/** Keys of an entry of a stage-2 map besides its addresses. */
export const stage2LeafKeys = { access: choice('rw', 'ro', 'wo', 'none').default('rw'), ...leafKeys(2) };

/** Keys of an entry of a stage-1 map besides its addresses; stage 1 cannot forbid reading alone. */
export const stage1LeafKeys = {
  access: choice('rw', 'ro').default('rw'),
  ...leafKeys(1), privileged: flag.default(false),
  nG: flag.default(true),
};

export const granule = choice('4K', '16K', '64K').default('4K');

const stage1 = <T extends z.ZodType>(entry: T) =>
  object({
    granule,
    vaBits: count('the size of virtual addresses in bits', 0, 64, 48).default(48),
    map: list(entry).default([]),
  });

const cdTable = object({
  format: choice('linear', '4K', '64K').default('linear'),
  log2size: count('log2 of the number of CDs', 1, 20, 4).optional(),
});

const substreamsOf = <T extends z.ZodType>(context: T) => namedMap('SubstreamIDs', context).optional();

const guestStage1 = stage1(object({ iova: address('IOVA'), ipa: address('IPA'), size, ...stage1LeafKeys }));
const hostStage1 = stage1(object({ iova: address('IOVA'), pa: address('PA'), size, ...stage1LeafKeys }));

/** The stage 1 of a nested stream, which the guest owns: everything is at IPAs. */
export const guestContextKeys = {
  cd: fields(CD).default({}),
  stage1: guestStage1.prefault({}),
  tables: address('IPA').optional(),
  cdTable: cdTable.optional(),
  substreams: substreamsOf(object({ cd: fields(CD).default({}), stage1: guestStage1.prefault({}) })),
};

/** The stage 1 of a stage-1-only stream, which the host owns: everything is at PAs. */
export const hostContextKeys = {
  cd: fields(CD).optional(),
  stage1: hostStage1.optional(),
  tables: address('PA').optional(),
  cdTable: cdTable.optional(),
  substreams: substreamsOf(object({ cd: fields(CD).default({}), stage1: hostStage1.prefault({}) })),
};

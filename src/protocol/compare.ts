/** Two runs side by side, as `smmu-lab compare` tells them. */
import { z } from 'zod';
import { jobSchema, sourceSchema } from './exchange.ts';
import { documentsSchema, PROFILE_NAMES, UAPI_NAMES } from './run.ts';

const count = z.number().int().nonnegative();

/** `outcome`: what shows of the SMMU and at the ends of the path; `path`: all that the stack's parts did; `all`: every read and lookup, too. */
export const COMPARE_DEPTHS = ['outcome', 'path', 'all'] as const;
export const DIFFERENCE_CLASSES = ['missing', 'extra', 'changed', 'reordered'] as const;
export type DifferenceClass = (typeof DIFFERENCE_CLASSES)[number];

/** A trace that is kept, or documents that are run for it. */
const compareSideSchema = z.union([
  sourceSchema,
  z.object({ documents: documentsSchema, uapi: z.enum(UAPI_NAMES).optional(), profile: z.enum(PROFILE_NAMES).optional() }),
]);
export type CompareSide = z.infer<typeof compareSideSchema>;

const itemSchema = z.object({
  kind: z.string(),
  /** What the record is of, within its kind: `CMD_TLBI_NH_VA`. */
  name: z.string(),
  fields: z.record(z.string(), z.string()),
  text: z.string(),
  shows: z.boolean(),
  seq: count,
  transaction: count,
});
export type ComparedRecord = z.infer<typeof itemSchema>;

const differenceSchema = z.object({
  /** `missing`: only A has it; `extra`: only B; `reordered`: both, at other places of the step. */
  class: z.enum(DIFFERENCE_CLASSES),
  step: count,
  a: itemSchema.nullable(),
  b: itemSchema.nullable(),
  /** Of `changed`. */
  fields: z.array(z.object({ name: z.string(), a: z.string().nullable(), b: z.string().nullable() })),
  /** So often in the step, but for numbers that only count. */
  times: count,
});
export type Difference = z.infer<typeof differenceSchema>;

const countsSchema = z.object({ missing: count, extra: count, changed: count, reordered: count });
const saidSchema = z.object({ verb: z.string(), text: z.string() }).nullable();

const comparedStepSchema = z.object({
  /** From 1; 0: before the first. */
  step: count,
  a: saidSchema,
  b: saidSchema,
  reasons: z.array(z.object({ id: z.string(), section: z.string(), text: z.string() })),
  /** The first of them. */
  differences: z.array(differenceSchema),
  counts: countsSchema,
});
export type ComparedStep = z.infer<typeof comparedStepSchema>;

const comparisonSchema = z.object({
  a: z.string(),
  b: z.string(),
  depth: z.enum(COMPARE_DEPTHS),
  /** Steps that differ, the first of them. */
  steps: z.array(comparedStepSchema),
  /** How many differ. */
  differing: count,
  counts: countsSchema,
});
export type Comparison = z.infer<typeof comparisonSchema>;

export const COMPARE_METHODS = {
  /** Without `depth` everything, but the outcome between uAPIs. Beside the machine at hand, which can be used meanwhile. */
  'runs.compare': {
    params: z.object({
      job: jobSchema,
      a: compareSideSchema,
      b: compareSideSchema,
      depth: z.enum(COMPARE_DEPTHS).optional(),
      /** A kind (`LOOKUP`), a field (`address`), or a field of a kind (`READ.address`). */
      ignore: z.array(z.string().min(1).max(200)).max(200),
      /** Differences that are told of each step. */
      limit: z.number().int().positive().max(200),
    }),
    result: comparisonSchema,
  },
};

/** Where QEMU 11 would answer the lab at hand differently. */
import { z } from 'zod';

const count = z.number().int().nonnegative();
/** Numbers of transactions, both inclusive. */
const range = z.object({ first: count, last: count });

const qemuDifferenceSchema = z.object({
  /** 1-based. */
  step: count,
  /** Of the step, from the first that the two may answer differently. */
  transactions: range,
  /** Status, address or fault, response, event record. */
  here: z.string(),
  qemu: z.string(),
  /** Ids of deviations (model/spec/deviations.ts). */
  because: z.array(z.string()),
});
export type QemuDifference = z.infer<typeof qemuDifferenceSchema>;

export const qemuComparisonSchema = z.object({
  differences: z.array(qemuDifferenceSchema),
  /** What was compared: the transactions of `dma` steps, whether the machine at hand has come to them or not. */
  compared: z.array(range),
});
export type QemuComparison = z.infer<typeof qemuComparisonSchema>;

/** Runs of the lab, done and the most that may be needed. */
export const qemuProgressSchema = z.object({ done: count, atMost: count });
export type QemuProgress = z.infer<typeof qemuProgressSchema>;

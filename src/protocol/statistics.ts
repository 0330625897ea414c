/** Counts of a run as far as it has come; of a stored one too. */
import { z } from 'zod';

const count = z.number().int().nonnegative();
const counts = { transactions: count, faults: count, reads: count, hits: count };

export const statisticsSchema = z.object({
  streams: z.array(z.object({ sid: count, device: z.string().optional(), vmid: count.nullable(), ...counts })),
  /** Hits of each cache. */
  caches: z.array(z.object({ name: z.string(), hits: count })),
  /** Transactions by reads; the last is for all that took as many or more. */
  histogram: z.array(count),
  /** Transactions of one stretch, and the stretches in order. */
  width: count,
  stretches: z.array(z.object(counts)),
});
export type RunStatistics = z.infer<typeof statisticsSchema>;

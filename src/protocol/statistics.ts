/** Counts of a run as far as it has come; of a stored one too. */
import { z } from 'zod';

const count = z.number().int().nonnegative();
const counts = { transactions: count, faults: count, reads: count, hits: count };

/** Reads of a transaction, up to as many as `histogram` tells apart: half took at most so many, 99 of 100, all. */
const latency = z.object({ median: count, most99: count, most: count });
const summed = { ...counts, latency };

export const statisticsSchema = z.object({
  all: z.object(summed),
  /** Those with the most transactions, and how many more there are. */
  streams: z.array(z.object({ sid: count, device: z.string().optional(), vmid: count.nullable(), ...summed })),
  otherStreams: count,
  vms: z.array(z.object({ vmid: count, ...summed })),
  /** Hits of each cache. */
  caches: z.array(z.object({ name: z.string(), hits: count })),
  /** Transactions by reads; the last is for all that took as many or more. */
  histogram: z.array(count),
  /** Transactions of one stretch, and the stretches in order. */
  width: count,
  stretches: z.array(z.object(counts)),
});
export type RunStatistics = z.infer<typeof statisticsSchema>;

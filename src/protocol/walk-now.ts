/** A walk of memory as it is now beside what a transaction went by. */
import { z } from 'zod';
import { staleEntrySchema } from './caches.ts';
import { walkViewSchema } from './walk.ts';

export const walkNowSchema = z.object({
  txn: z.number().int().nonnegative(),
  /** The walk that the transaction went by: cache entries are replaced by the reads they were made from. */
  held: walkViewSchema,
  /** The transaction that filled what it hit; itself where it walked. */
  heldBy: z.number().int().nonnegative(),
  /** The same access without caches. */
  now: walkViewSchema,
  /** `PA 0x44800000`, `F_TRANSLATION`: then and now. */
  results: z.tuple([z.string(), z.string()]),
  /** Entries that this access could still meet and that are stale now. */
  stale: z.array(staleEntrySchema.extend({ entry: z.string() })),
});
export type WalkNow = z.infer<typeof walkNowSchema>;

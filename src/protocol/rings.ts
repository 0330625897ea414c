/** Every queue of a machine as a ring: the SMMU's, those between host and VMM, the guests'. */
import { z } from 'zod';
import { crossingSchema } from './path.ts';
import { hexSchema, MAX_WINDOW } from './rows.ts';

const count = z.number().int().nonnegative();

/** A slot, and the wrap bit where the queue has one. */
const indexSchema = z.object({ index: count, wrap: count.nullable() });

export const ringSchema = z.object({
  id: z.string(),
  /** Where it stands between the SMMU and the guest. */
  level: z.enum(['physical', 'uapi', 'guest']),
  title: z.string(),
  /** Whose memory it is in. */
  owner: z.enum(['host', 'guest']),
  vm: z.string().nullable(),
  device: z.string().nullable(),
  base: z.object({ address: hexSchema, space: z.enum(['ipa', 'pa']) }).nullable(),
  holds: z.enum(['command', 'event', 'fault', 'page-request']),
  size: count,
  prod: indexSchema,
  cons: indexSchema,
  waiting: count,
  enabled: z.boolean(),
  /** Records were lost and software has not said that it knows. */
  lost: z.boolean(),
  /** What stopped it, such as its global error. */
  error: z.string().nullable(),
  /** The slot of the command that it stopped at. */
  wrongAt: count.nullable(),
});
export type Ring = z.infer<typeof ringSchema>;

const ringEntrySchema = z.object({
  slot: count,
  /** `taken`: read by its consumer, and not yet written over; `wrong`: the queue stopped at it. */
  state: z.enum(['wrong', 'waiting', 'taken', 'empty']),
  crossing: crossingSchema.nullable(),
});
export type RingEntry = z.infer<typeof ringEntrySchema>;

export const ringParams = z.object({ id: z.string().max(200), from: count, count: z.number().int().min(0).max(MAX_WINDOW) });
export const ringWindowSchema = z.object({ total: count, rows: z.array(ringEntrySchema) });

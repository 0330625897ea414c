/** What the caches hold: those of the SMMU, and each device's ATC. Looking counts as no use of an entry. */
import { z } from 'zod';
import { hexSchema, MAX_WINDOW } from './rows.ts';

const count = z.number().int().nonnegative();

const CACHE_KINDS = ['config', 'ste', 'tlb', 's2-tlb', 's1-walk', 's2-walk', 'atc'] as const;
export type CacheKind = (typeof CACHE_KINDS)[number];

/** A word that an entry was made from and that is another now. */
const changedSchema = z.object({
  /** `S1 L3`, `STE`; with the fields that differ. */
  what: z.string(),
  pa: hexSchema,
  old: hexSchema,
  now: hexSchema,
  by: z.string().nullable(),
  /** Step that changed it; 0: before the first. */
  step: count,
});

export const staleEntrySchema = z.object({
  /** What a walk would say instead, where it is known. */
  now: z.string().nullable(),
  words: z.array(changedSchema),
  /** The least that removes the entry, each to be followed by CMD_SYNC. */
  commands: z.array(z.string()),
  rule: z.string(),
});
export type StaleEntry = z.infer<typeof staleEntrySchema>;

const placeSchema = z.object({ space: z.enum(['iova', 'ipa', 'pa']), address: hexSchema });

const cacheEntrySchema = z.object({
  /** Stays the same while the entry is there. */
  id: z.string(),
  kind: z.enum(CACHE_KINDS),
  sid: count.nullable(),
  ssid: count.nullable(),
  /** Of the device that has the StreamID. */
  device: z.string().optional(),
  /** StreamWorld, where translations are tagged with it. */
  world: z.enum(['NS-EL1', 'NS-EL2', 'NS-EL2-E2H']).nullable(),
  vmid: count.nullable(),
  /** null: global, or of stage 2 alone. */
  asid: count.nullable(),
  global: z.boolean(),
  input: placeSchema.nullable(),
  /** Bytes that it is about. */
  size: hexSchema.nullable(),
  output: placeSchema.nullable(),
  /** Where the leaf or the table was found: `S1 L3, S2 L2`. */
  levels: z.string(),
  /** `RWX/R--`: privileged and unprivileged. */
  permissions: z.string().nullable(),
  attributes: z.string().nullable(),
  /** Transaction that filled it. */
  origin: count,
  /** Transactions since. */
  age: count,
  /** How often it answered; null where nobody counts. */
  hits: count.nullable(),
  stale: staleEntrySchema.nullable(),
  /** The command of the preview would remove it. */
  removed: z.boolean(),
});
export type CacheEntry = z.infer<typeof cacheEntrySchema>;

const cacheWindowParams = z.object({
  /** Empty: all. */
  kinds: z.array(z.enum(CACHE_KINDS)).max(CACHE_KINDS.length).optional(),
  /** Entries that an access of the stream to the address could meet. */
  address: hexSchema.max(18).optional(),
  sid: z.number().int().min(0).max(0xffffffff).optional(),
  staleOnly: z.boolean().optional(),
  /** What this command would remove is marked. */
  command: z.string().max(400).optional(),
  from: count,
  count: z.number().int().min(0).max(MAX_WINDOW),
});

const previewSchema = z.object({
  /** null: the text is no command; then `problem` says why. */
  command: z.string().nullable(),
  problem: z.string().nullable(),
  /** Entries that it would remove, and how many of them are stale. */
  removes: count,
  stale: count,
  /** Stale entries that it would leave. */
  left: count,
});
export type CommandPreviewed = z.infer<typeof previewSchema>;

const cacheWindowSchema = z.object({
  total: count,
  rows: z.array(cacheEntrySchema),
  /** One for each cache that the machine has. */
  caches: z.array(z.object({ kind: z.enum(CACHE_KINDS), live: count, capacity: count, stale: count })),
  /** What was asked for. */
  preview: previewSchema.nullable(),
});
export type CacheWindow = z.infer<typeof cacheWindowSchema>;

export const CACHE_METHODS = {
  'caches.window': { params: cacheWindowParams, result: cacheWindowSchema },
};

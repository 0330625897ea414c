/** The path of commands and faults through the nested stack, hop by hop, and what became of each fault on its way to the guest. */
import { z } from 'zod';
import { fieldSchema, MAX_WINDOW } from './rows.ts';

const count = z.number().int().nonnegative();
const word64 = z.string().regex(/^[0-9a-f]{16}$/);

/** From the device up to the guest. */
export const LANES = ['guest', 'vmm', 'uapi', 'host-core', 'host-driver', 'smmu', 'device'] as const;
export type Lane = (typeof LANES)[number];

/** Bytes as they crossed a boundary: a structure of the uAPI, a command, an event record. */
export const crossingSchema = z.object({
  title: z.string(),
  /** Section of IHI 0070; null for a structure of Linux. */
  section: z.string().nullable(),
  /** Words of 64 bits; the last is filled up with zeros. */
  words: z.array(word64),
  bytes: count,
  fields: z.array(fieldSchema),
});
export type Crossing = z.infer<typeof crossingSchema>;

const pathRowSchema = z.object({
  /** From 0, over the whole run. */
  index: count,
  /** 1-based; 0: before the first step. */
  step: count,
  lane: z.enum(LANES),
  kind: z.enum(['hop', 'transaction', 'command', 'event', 'interrupt']),
  /** How many hops it is within. */
  depth: count,
  /** Rows after this one that it caused. */
  inside: count,
  action: z.string(),
  /** `space`: the value is an address. */
  details: z.array(z.object({ name: z.string(), value: z.string(), space: fieldSchema.shape.space })),
  /** What it answered, an errno in words; null: nothing. */
  result: z.string().nullable(),
  failed: z.boolean(),
  /** Why nothing, or not everything, was sent on. */
  dropped: z.string().nullable(),
  /** Of a hop that failed and does not say why: the row within it that decided, and what that says. */
  decided: z.object({ index: count, text: z.string() }).optional(),
  /** Fields of what crossed that the check which refused it looked at, in the order in which they lie there. */
  fields: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  /** What would make it succeed. */
  remedy: z.string().optional(),
  /** 0: none. */
  txn: count,
  /** Index of the event, in the list of events. */
  event: count.nullable(),
  crossing: crossingSchema.nullable(),
});
export type PathRow = z.infer<typeof pathRowSchema>;

/** `txn`: only what concerns that transaction, wherever in the run: itself, its events, the hops that handled them and what those caused. */
export const pathParams = z.object({ step: count.optional(), txn: count.optional(), from: count, count: z.number().int().min(0).max(MAX_WINDOW) });
/** `hops`: rows of the stack itself in the whole run; 0 in a lab without one. */
export const pathWindowSchema = z.object({ total: count, hops: count, rows: z.array(pathRowSchema) });
/** Where a transaction is: its step, and its row among those of the step. */
export const pathPlaceSchema = z.object({ step: count, index: count });

/** What became of an event at one level. */
const faultLevelSchema = z.object({
  /** `none`: it could not come this far; `waiting`: it is still below. */
  state: z.enum(['there', 'lost', 'waiting', 'none']),
  text: z.string(),
});
export type FaultLevel = z.infer<typeof faultLevelSchema>;

const faultRowSchema = z.object({
  /** As in the list of events. */
  index: count,
  txn: count,
  type: z.string(),
  sid: count,
  device: z.string().optional(),
  physical: faultLevelSchema,
  middle: faultLevelSchema,
  guest: faultLevelSchema,
  handler: faultLevelSchema,
});
export type FaultRow = z.infer<typeof faultRowSchema>;
export const faultWindowSchema = z.object({ total: count, rows: z.array(faultRowSchema) });

/**
 * What a window of rows carries. A 64-bit value is a string `0x...`; StreamID, SubstreamID and counts are numbers.
 */
import { z } from 'zod';

export const hexSchema = z.string().regex(/^0x[0-9a-f]+$/);
const word64 = z.string().regex(/^[0-9a-f]{16}$/);
const count = z.number().int().nonnegative();

/** At most this many rows in one window. */
export const MAX_WINDOW = 512;
/** Longest text of a filter, in characters; what it says is checked by whoever compiles it. */
export const MAX_FILTER_TEXT = 4096;
const filterText = z.string().max(MAX_FILTER_TEXT);
/** With a filter (the language of src/query) the window is of the rows that match; an empty one is none. */
export const windowParams = z.object({ from: count, count: z.number().int().min(0).max(MAX_WINDOW), filter: filterText.optional() });
/** `total` rows match the filter, of `all`. */
export const windowCounts = { total: count, all: count };

/** One named field of a record, with where it is and what it means. */
export const fieldSchema = z.object({
  name: z.string(),
  /** [hi, lo], absolute over the whole record. */
  bits: z.tuple([count, count]),
  /** As shown: an enum's name, a number or an address. */
  value: z.string(),
  raw: hexSchema,
  doc: z.string(),
  section: z.string(),
});
export type Field = z.infer<typeof fieldSchema>;

/** A structure in memory, as of the last time the run stood still. */
export const structureRefSchema = z.object({
  /** `stage 1 level 3 table of nic0`. */
  name: z.string(),
  /** Who writes it. */
  owner: z.enum(['guest', 'host']),
});
export type StructureRef = z.infer<typeof structureRefSchema>;

/** What a number means as an address: a structure, and how far into it. */
export const addressPlaceSchema = structureRefSchema.extend({ space: z.enum(['ipa', 'pa']), vm: z.string().nullable(), offset: hexSchema });
export type AddressPlace = z.infer<typeof addressPlaceSchema>;

export const STATUSES = ['success', 'fault', 'bypass', 'abort', 'stalled'] as const;

export const transactionRowSchema = z.object({
  /** 1-based; what `walk.view` and `steps.list` take. */
  txn: count,
  /** 1-based position of the step that made it; 0 when no step did. */
  step: count,
  sid: count,
  ssid: count.nullable(),
  device: z.string().optional(),
  iova: hexSchema,
  access: z.enum(['read', 'write', 'execute']),
  privileged: z.boolean(),
  length: count,
  status: z.enum(STATUSES),
  pa: hexSchema.nullable(),
  pageSize: hexSchema.nullable(),
  /** Reads of structures and tables in memory that this transaction took. */
  reads: count,
  /** Architecture name of the event, if one was generated. */
  event: z.string().nullable(),
  rule: z.string().nullable(),
  expectation: z.enum(['met', 'failed', 'none']),
  why: z.string(),
});
export type TransactionRow = z.infer<typeof transactionRowSchema>;

export const RESUME_ANSWERS = ['retry', 'abort', 'raz-wi'] as const;

/** A stalled transaction. */
export const stalledRowSchema = z.object({
  txn: count,
  sid: count,
  ssid: count.nullable(),
  /** Of the device that has the StreamID. */
  device: z.string().optional(),
  iova: hexSchema,
  access: z.enum(['read', 'write', 'execute']),
  event: z.string(),
  /** null: STALL_MAX are outstanding, or another's record tells of it. */
  stag: count.nullable(),
  /** Why software has no event record of it yet; only one that has can be resumed. */
  held: z.enum(['none', 'queue-full', 'queue-disabled', 'queue-error', 'stall-max', 'duplicate']),
  /** In a lab of the whole stack: who has yet to answer. */
  waits: z.string().optional(),
});
export type StalledRow = z.infer<typeof stalledRowSchema>;

/** By the number that the trace has; dropped-error: an earlier write was aborted and GERROR.EVENTQ_ABT_ERR is still active; merged: the last record stands for it. */
export const EVENT_VERDICTS = ['written', 'dropped-full', 'dropped-disabled', 'aborted', 'dropped-error', 'merged'] as const;

export const eventRowSchema = z.object({
  index: count,
  txn: count,
  words: z.array(word64),
  type: z.string(),
  fields: z.array(fieldSchema),
  /** What became of the record: only a written one is in the queue, a merged one by another. */
  verdict: z.enum(EVENT_VERDICTS),
  /** What was read last before the fault, so what decided it; null: nothing in memory that is known of. */
  structure: structureRefSchema.nullable(),
});
export type EventRow = z.infer<typeof eventRowSchema>;

/** The event queue as its registers have it: PROD and CONS are the raw registers, wrap and overflow bits included. */
export const queueSchema = z.object({
  base: hexSchema,
  log2size: count,
  prod: count,
  cons: count,
  overflow: z.boolean(),
  /** Records between CONS and PROD. */
  entries: count,
});
export type QueueState = z.infer<typeof queueSchema>;

/** A record that `decode` recognised; kind `problem` stands for a piece of the text that is none, and its notes say why. */
export const decodedSchema = z.object({
  kind: z.string(),
  type: z.string(),
  title: z.string().optional(),
  section: z.string().optional(),
  words: z.array(word64),
  fields: z.array(fieldSchema),
  /** 1-based line of the text. */
  line: count.optional(),
  /** What there is to add: what the kernel called it, what was assumed. */
  notes: z.array(z.string()).optional(),
  /** Why it is there, and what would make it not be there. */
  cause: z.string().optional(),
  remedy: z.string().optional(),
});
export type Decoded = z.infer<typeof decodedSchema>;

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
/** Longest name of a field, and how many columns and colour rules a list has at most. */
const MAX_FIELD_NAME = 100;
export const MAX_COLUMNS = 64;
export const MAX_RULES = 32;
const fieldName = z.string().min(1).max(MAX_FIELD_NAME);

/** Rows sorted by a field: those alike as the list has them, those without it last. */
export const sortSchema = z.object({ by: fieldName, descending: z.boolean() });
export type Sort = z.infer<typeof sortSchema>;

/** Part of a trace: the records of a step of the lab (from 1; 0: before the first), or those from the beginning of a transaction to its end. */
export const spanSchema = z.union([z.object({ step: count }).strict(), z.object({ txn: count }).strict()]);
export type Span = z.infer<typeof spanSchema>;

/** With a filter (the language of src/query) the window is of the rows that match; an empty one is none. */
export const windowParams = z.object({
  from: count,
  count: z.number().int().min(0).max(MAX_WINDOW),
  filter: filterText.optional(),
  /** Of trace records: only these. */
  span: spanSchema.optional(),
  /** As `rows.sort` gave it, for the same filter and part: the window is of the rows in this order. */
  order: count.optional(),
  /** Fields that each row tells beside what rows of its list are made of. */
  columns: z.array(fieldName).max(MAX_COLUMNS).optional(),
  /** Filters; each row tells the first that it matches. One that is none matches nothing. */
  marks: z.array(filterText).max(MAX_RULES).optional(),
});
/** What a row has only where it was asked for. */
const asked = {
  /** The fields asked for, in that order: the name of a value, else `0x...`; null where the row has it not, or nothing is called so. */
  cells: z.array(z.string().nullable()).optional(),
  /** Which of the filters asked for is the first that it matches; null: none. */
  mark: count.nullable().optional(),
};
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
  /** What filters and columns of a list of trace records call it. */
  column: z.string().optional(),
  /** `STE.S2VMID`: what of the one table it is. */
  about: z.string().optional(),
  /** Of an address: whose. */
  space: z.enum(['iova', 'ipa', 'pa']).optional(),
  /** Why the SMMU does not look at it here: `stage 1 is bypassed`. */
  ignored: z.string().optional(),
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
/** `unknown`: a recording that left records out does not have its end. */
const ROW_STATUSES = [...STATUSES, 'unknown'] as const;

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
  status: z.enum(ROW_STATUSES),
  pa: hexSchema.nullable(),
  pageSize: hexSchema.nullable(),
  /** Reads of structures and tables in memory that this transaction took. */
  reads: count,
  /** Architecture name of the event, if one was generated. */
  event: z.string().nullable(),
  rule: z.string().nullable(),
  expectation: z.enum(['met', 'failed', 'none']),
  why: z.string(),
  ...asked,
});
export type TransactionRow = z.infer<typeof transactionRowSchema>;

/** A trace record as a sentence. */
const traceStepSchema = z.object({
  seq: count,
  /** The transaction it belongs to, 0 for none. */
  txn: count,
  kind: z.string(),
  text: z.string(),
  rule: z.string().nullable(),
  section: z.string().nullable(),
  stage: z.number().int().nullable(),
  level: z.number().int().nullable(),
  address: hexSchema.nullable(),
  space: z.enum(['iova', 'ipa', 'pa']).nullable(),
  word: word64.nullable(),
  verdict: z.string(),
});
export type TraceStep = z.infer<typeof traceStepSchema>;

/** `position` counts from 0: in a trace that lacks some records it is not `seq`. */
export const recordRowSchema = traceStepSchema.extend({ position: count, ...asked });
export type RecordRow = z.infer<typeof recordRowSchema>;

/** A trace record field by field: what it carries of the architecture, else its own words. */
export const recordViewSchema = z.object({ title: z.string(), words: z.array(word64), fields: z.array(fieldSchema) });
export type RecordView = z.infer<typeof recordViewSchema>;

/** A field that rows of a list have, or some of them. */
export const listFieldSchema = z.object({
  name: z.string(),
  type: z.enum(['flag', 'number', 'enum', 'address']),
  bits: count,
  doc: z.string(),
  /** Of IHI 0070; empty: it is none of the architecture's. */
  section: z.string(),
});
export type ListField = z.infer<typeof listFieldSchema>;

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
  /** What would make it not be there. */
  remedy: z.string().optional(),
  ...asked,
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

/**
 * What comes in from files and goes out to them. A UI names no path: a file crosses in pieces, into a transfer and out of one, and what is
 * done with it is done with the transfer. Transfers end with their connection.
 */
import { z } from 'zod';
import { bytesSchema, documentsSchema, TRACE_LEVELS, UAPI_NAMES } from './run.ts';

const count = z.number().int().nonnegative();
const id = z.string().min(1).max(200);

/** Largest file of a transfer: a bundle is smaller, and so is every trace that fits one as text. */
export const MAX_TRANSFER = 64 * 1024 * 1024 * 1024;
/** Largest piece that crosses at once. */
export const MAX_PIECE = 4 * 1024 * 1024;
/** Transfers that a connection may have open. */
export const MAX_TRANSFERS = 16;

const transferSchema = z.object({ transfer: z.string(), name: z.string(), bytes: count });
export type Transfer = z.infer<typeof transferSchema>;

/** Chosen by the caller: progress of a call is told under it. */
export const jobSchema = z.string().min(1).max(60);

/** A trace with its documents: the run on screen, a stored one (the newest of the session without `run`), the one of a bundle. */
export const sourceSchema = z.union([z.object({ shown: z.literal(true) }), z.object({ session: id, run: id.optional() }), z.object({ transfer: id })]);
export type Source = z.infer<typeof sourceSchema>;

/** What goes into a bundle beside the documents, which always do. */
const bundleContentsSchema = z.object({
  trace: z.boolean(),
  /** Registers and memory as the run left them. */
  states: z.boolean(),
  /** And after so many steps, too. */
  statesAt: z.array(count).max(99).default([]),
  /** And before and after each step in which a record matches this filter; empty: none. */
  statesAround: z.string().max(100_000).default(''),
  notes: z.boolean(),
  journal: z.boolean(),
  bookmarks: z.boolean(),
  /** A PNG of the window. */
  screenshot: bytesSchema.refine(({ byteLength }) => byteLength <= MAX_PIECE, { error: `expected at most ${MAX_PIECE} bytes` }).optional(),
});
export type BundleChoice = z.input<typeof bundleContentsSchema>;

/** One file each. */
export const EXPORT_FORMATS = ['jsonl', 'csv', 'chrome', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What a bundle says it is, every part of it checked. */
const bundleReportSchema = z.object({
  title: z.string(),
  tags: z.array(z.string()),
  engine: z.string(),
  made: z.string(),
  parts: z.array(z.object({ name: z.string(), bytes: count })),
  run: z
    .object({
      level: z.enum(TRACE_LEVELS).nullable(),
      records: count,
      dropped: count,
      omitted: count,
      cut: z.boolean(),
      digest: z.string().nullable(),
      steps: count,
      transactions: count,
      faults: count,
      uapi: z.enum(UAPI_NAMES).nullable(),
    })
    .nullable(),
  states: z.array(z.object({ step: count, bytes: count })),
});
export type BundleReport = z.infer<typeof bundleReportSchema>;

/** What an import would bring. */
const bundleCheckSchema = bundleReportSchema.extend({ documents: documentsSchema, notes: z.string(), bookmarks: count, screenshots: z.array(z.object({ name: z.string(), png: bytesSchema })) });
export type BundleCheck = z.infer<typeof bundleCheckSchema>;

/** The first record that is not the same, from 0, and what both say of it; null: that trace has ended. */
const recordDifferenceSchema = z.object({ position: count, before: z.string().nullable(), now: z.string().nullable() });
export type RecordDifference = z.infer<typeof recordDifferenceSchema>;

const replayReportSchema = z.object({ same: z.boolean(), digest: z.string().nullable(), expected: z.string(), engine: z.string(), steps: count, differs: recordDifferenceSchema.optional() });
export type ReplayReport = z.infer<typeof replayReportSchema>;

export const EXCHANGE_METHODS = {
  /** Room for a file of so many bytes, which then comes in pieces. */
  'transfers.begin': { params: z.object({ name: z.string().max(300), bytes: z.number().int().positive().max(MAX_TRANSFER) }), result: z.object({ transfer: z.string() }) },
  /** Pieces come in order; `at` says where one belongs. */
  'transfers.write': { params: z.object({ transfer: id, at: count, bytes: bytesSchema }), result: z.object({ bytes: count }) },
  'transfers.read': { params: z.object({ transfer: id, at: count, count: z.number().int().positive().max(MAX_PIECE) }), result: z.object({ bytes: bytesSchema }) },
  'transfers.end': { params: z.object({ transfer: id }), result: z.object({}) },
  /** A bundle, ready to be read; cancelling leaves none. */
  'bundles.export': { params: z.object({ job: jobSchema, from: sourceSchema, with: bundleContentsSchema }), result: transferSchema.extend({ report: bundleReportSchema }) },
  /** Every part against its hash: codes `bundle-bad`, `bundle-newer`. */
  'bundles.verify': { params: z.object({ job: jobSchema, transfer: id }), result: bundleCheckSchema },
  /** A new session, after every part was checked. */
  'bundles.import': { params: z.object({ job: jobSchema, transfer: id }), result: z.object({ id: z.string(), runId: z.string().nullable() }) },
  /** Runs the documents of a bundle anew, beside the machine at hand: is it the same trace? Codes `no-run`, `no-digest`. */
  'bundles.replay': { params: z.object({ job: jobSchema, transfer: id }), result: replayReportSchema },
  /** A sound copy of what can be read of the store: how a damaged one is mended. */
  'store.export': { params: z.object({ job: jobSchema }), result: transferSchema },
  /** A trace as a file of another format: all of it, or the records that a filter selects. */
  'traces.export': {
    params: z.object({ job: jobSchema, from: sourceSchema, format: z.enum(EXPORT_FORMATS), filter: z.string().max(100_000).optional() }),
    result: transferSchema.extend({ records: count, written: count, dropped: count, omitted: count, cut: z.boolean() }),
  },
};
export type ExchangeMethod = keyof typeof EXCHANGE_METHODS;

/** Documents, the state of a run, sessions and captures. */
import { z } from 'zod';
import { stoppedSchema } from './filter.ts';

const count = z.number().int().nonnegative();

/** Largest document, in characters. */
export const MAX_DOCUMENT = 4 * 1024 * 1024;
/** Longest file that is decoded, in bytes. */
export const MAX_DECODED = 16 * 1024 * 1024;
/** Largest capture handed over by a UI, in bytes over all its files. */
export const MAX_CAPTURE = 512 * 1024 * 1024;

const documentText = z.string().max(MAX_DOCUMENT);
export const documentsSchema = z.object({ host: documentText, guest: documentText, steps: documentText });
export type Documents = z.infer<typeof documentsSchema>;

/** The uAPI between VMM and host, and which of the two readings of the posted series. */
export const UAPI_NAMES = ['vfio-v16-posted', 'vfio-v16-intended', 'iommufd'] as const;
export type UapiName = (typeof UAPI_NAMES)[number];

/** Whose behaviour an SMMU has. */
export const PROFILE_NAMES = ['arch', 'qemu-11'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

export const TRACE_LEVELS = ['transactions', 'steps'] as const;

const RUN_STATES = ['empty', 'ready', 'running', 'paused', 'done', 'failed'] as const;

export const runStateSchema = z.object({
  /** Grows with every change: of two states the one with the larger revision is newer, whatever order they came in. */
  revision: count,
  state: z.enum(RUN_STATES),
  /** Steps done. */
  position: count,
  steps: count,
  transactions: count,
  events: count,
  faults: count,
  /** Trace records taken so far; lost; left out because the recording does not want them. */
  records: count,
  dropped: count,
  omitted: count,
  /** A crash ended the recording behind the last record. */
  cut: z.boolean(),
  level: z.enum(TRACE_LEVELS),
  /** The recording is paused: the machine goes on, its records are left out. */
  paused: z.boolean(),
  expectations: z.object({ met: count, failed: count }),
  /** SHA-256 over all trace records, when no record was dropped. */
  digest: z.string().regex(/^[0-9a-f]{64}$/).optional(),
  /** `devices`: their names and StreamIDs. */
  lab: z.object({ title: z.string(), devices: z.array(z.object({ name: z.string(), sid: z.number().int().nonnegative() })).optional() }),
  /** The uAPI that the machine runs on; null: it has no stack. */
  uapi: z.enum(UAPI_NAMES).nullable(),
  /** What there is to say: why a run failed, that the engine was restarted. */
  message: z.string().optional(),
  /** The stop that the run met, until it goes on. */
  stopped: stoppedSchema.optional(),
  /**
   * What the steps listed so far said (notes, refused commands, failed expectations, stale hits that no step expects), newest last.
   * `fix`: steps that were missing, as lines of the document, behind the first `after` ones.
   */
  notes: z.array(z.object({ step: count, text: z.string(), severity: z.enum(['note', 'failed', 'stale']), fix: z.object({ after: count, steps: z.array(z.string()) }).optional() })),
  /** True for a stored trace and for a capture: run.run, run.step and run.reset are refused. */
  readOnly: z.boolean(),
});
export type RunState = z.infer<typeof runStateSchema>;

/** What of the next runs is recorded. */
export const recordingSchema = z.object({
  level: z.enum(TRACE_LEVELS),
  /** Records kept at most; what comes after is counted and left out. */
  limit: z.number().int().positive().max(0xffff_ffff),
  /** Only events and transactions that fault, with so many records before each; null: everything. */
  beforeFaults: z.number().int().nonnegative().max(1_000_000).nullable(),
  /** `wait`: the engine waits for whoever takes its records, and none is lost; `drop`: it goes on, and losses are counted. */
  whenFull: z.enum(['wait', 'drop']),
});
export type RecordingOptions = z.infer<typeof recordingSchema>;

/** Some 4 GiB of records: what a disk of today has to spare. */
export const DEFAULT_RECORDING: RecordingOptions = { level: 'steps', limit: 64 * 1024 * 1024, beforeFaults: null, whenFull: 'wait' };

/** In the order of the gallery; `group` is its heading there. */
export const sampleSchema = z.object({ id: z.string(), title: z.string(), summary: z.string(), group: z.string() });
export type Sample = z.infer<typeof sampleSchema>;

export const sessionSchema = z.object({
  id: z.string(),
  title: z.string(),
  /** ISO 8601, UTC. */
  saved: z.string(),
  tags: z.array(z.string()),
  runs: count,
});
export type Session = z.infer<typeof sessionSchema>;

export const storedRunSchema = z.object({
  id: z.string(),
  when: z.string(),
  digest: z.string().nullable(),
  records: count,
  transactions: count,
  faults: count,
  /** `transactions`: one record each; `steps`: every read and lookup too; null: an earlier version did not say. */
  level: z.enum(TRACE_LEVELS).nullable(),
  /** Records that are not there: lost, and not wanted. Only a trace without either has a digest. */
  dropped: count,
  omitted: count,
  /** A crash ended the recording behind the last of these records. */
  cut: z.boolean(),
});
export type StoredRun = z.infer<typeof storedRunSchema>;

/** Bytes: a Uint8Array of any realm (a renderer's and the host's need not be the same constructor). */
export const bytesSchema = z.custom<Uint8Array>(
  (value) => ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]',
  { error: 'expected bytes (Uint8Array)' },
);

export const captureSummarySchema = z.object({ id: z.string(), title: z.string(), description: z.string() });
export type CaptureSummary = z.infer<typeof captureSummarySchema>;

export const captureStreamSchema = z.object({
  sid: count,
  /** What STE.Config selects, as a word: `s1`, `s2`, `nested`, `bypass`, `abort`. */
  config: z.string(),
  /** Known translations that came with the capture, at most 64 a stream. */
  translations: z.array(
    z.object({ ssid: count.nullable(), iova: z.string(), access: z.enum(['read', 'write', 'execute']), pa: z.string().nullable() }),
  ),
});
export type CaptureStream = z.infer<typeof captureStreamSchema>;

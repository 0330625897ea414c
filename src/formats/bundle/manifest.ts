/** The manifest of a bundle: what it is of, and the size and hash of every part. */
import { z } from 'zod';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { TRACE_LEVELS } from '../../model/trace/recorder.ts';
import { UAPIS } from '../../model/lab/index.ts';
import { isScreenshot, MAX_SCREENSHOT_BYTES } from './screenshot.ts';

export const BUNDLE_FORMAT = 'smmu-lab bundle';
/** Of the manifest and the parts that it names; a reader refuses a larger one. */
export const BUNDLE_VERSION = 1;
export const MANIFEST = 'manifest.json';
export const TRACE_PART = 'trace.bin';
export const DOCUMENT_PARTS = { host: 'documents/host.yaml', guest: 'documents/guest.yaml', steps: 'documents/steps.yaml' } as const;
export const JOURNAL_PART = 'journal.jsonl';
export const NOTES_PART = 'notes.md';
export const BOOKMARKS_PART = 'bookmarks.jsonl';

/** A part of text, and the manifest, is read at once. */
const SMALL = 8 * 1024 * 1024;
/** As long a text as every reader can hold. */
const JOURNAL = 256 * 1024 * 1024;

/** What a part holds at most. */
export function mostBytes(name: string): number {
  if (name === JOURNAL_PART) return JOURNAL;
  if (isScreenshot(name)) return MAX_SCREENSHOT_BYTES;
  return name === TRACE_PART || name.startsWith('state/') ? Infinity : SMALL;
}

const count = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected 64 hexadecimal digits' });
/** Lower case and nothing that means something to a file system. */
export const PART_NAME = /^[a-z0-9][a-z0-9._-]{0,63}(\/[a-z0-9][a-z0-9._-]{0,63}){0,3}$/;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const partSchema = z.strictObject({ name: z.string().regex(PART_NAME), bytes: count, sha256 });
export type Part = z.infer<typeof partSchema>;

const runSchema = z.strictObject({
  /** Null: an earlier version did not say. */
  level: z.enum(TRACE_LEVELS).nullable(),
  records: count,
  dropped: count,
  omitted: count,
  /** A crash ended the recording behind the last record. */
  cut: z.boolean().default(false),
  /** SHA-256 over all records, of a trace that is complete. */
  digest: sha256.nullable(),
  /** Steps of the documents that were done. */
  steps: count,
  transactions: count,
  faults: count,
  uapi: z.enum(UAPIS).nullable(),
  /** What the lab shows of the run beside its trace: JSON of its own. */
  details: z.string().refine(isJson, { error: 'expected JSON' }),
});
export type BundleRun = z.infer<typeof runSchema>;

const hexAddress = z.string().regex(/^0x[0-9a-f]{1,16}$/);
/** The machine at one point: its registers, and the memory that is not zero. */
const stateSchema = z.strictObject({
  /** After so many steps. */
  step: count,
  registers: z.string().regex(PART_NAME),
  memory: z.string().regex(PART_NAME),
  ranges: z.array(z.strictObject({ pa: hexAddress, bytes: count, offset: count })),
});
export type BundleState = z.infer<typeof stateSchema>;

const manifestSchema = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  version: z.literal(BUNDLE_VERSION),
  engine: z.string().min(1).max(100),
  made: z.string().max(40),
  title: z.string().min(1).max(200),
  tags: z.array(z.string().max(60)).max(50),
  /** Null: documents without a run. */
  run: runSchema.nullable(),
  states: z.array(stateSchema).max(100),
  parts: z.array(partSchema).max(1000),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** Errors: `bundle-newer`, `bundle-bad`, both about manifest.json. */
export function parseManifest(text: string): Result<Manifest> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail('bundle-bad', `${MANIFEST} is not JSON: ${(error as Error).message}`);
  }
  const version = typeof json === 'object' && json !== null && 'version' in json ? json.version : null;
  if (typeof version === 'number' && version > BUNDLE_VERSION) {
    return fail('bundle-newer', `${MANIFEST} is of version ${version}: this SMMU Lab reads bundles up to version ${BUNDLE_VERSION}`);
  }
  return checkManifest(json);
}

export function checkManifest(json: unknown): Result<Manifest> {
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return fail('bundle-bad', `${MANIFEST}: ${issue!.path.map(String).join('.')}: ${issue!.message}`);
}

/**
 * What a page can ask of the desktop around it, where there is one (Electron's main process), and what it hears from there. The
 * main process parses what it is asked with these schemas. A file is a handle here: no path ever crosses, only names to show.
 */
import { z } from 'zod';
import { bytesSchema } from './run.ts';

/** Bytes of one piece of a file. */
export const MAX_PIECE = 4 * 1024 * 1024;
/** Files chosen at once. */
export const MAX_CHOSEN = 64;

const handle = z.string().min(1).max(64);
const title = z.string().min(1).max(200);
const size = z.number().int().nonnegative();
const none = z.object({});

/** What a dialog offers: `extensions` without the dot. */
export const fileKindSchema = z.object({ title, extensions: z.array(z.string().regex(/^[a-z0-9]{1,16}$/)).min(1).max(16) });
export type FileKind = z.infer<typeof fileKindSchema>;

/** A file that somebody chose; `name` is without its folder. */
export const chosenFileSchema = z.object({ handle, name: z.string(), size });
export type ChosenFileHandle = z.infer<typeof chosenFileSchema>;

export const DESKTOP_METHODS = {
  /** A dialog; empty when it was dismissed. */
  'files.open': { params: z.object({ title, kinds: z.array(fileKindSchema).max(8), many: z.boolean() }), result: z.array(chosenFileSchema) },
  'files.read': { params: z.object({ handle, from: size, count: z.number().int().positive().max(MAX_PIECE) }), result: bytesSchema },
  /** A dialog that asks where to save; null when it was dismissed. The file is there, whole, after `files.finish`, and not before. */
  'files.create': { params: z.object({ title, name: z.string().min(1).max(200), kind: fileKindSchema }), result: z.object({ handle, name: z.string() }).nullable() },
  'files.write': { params: z.object({ handle, bytes: bytesSchema.refine(({ byteLength }) => byteLength <= MAX_PIECE, { error: `expected at most ${MAX_PIECE} bytes` }) }), result: none },
  'files.finish': { params: z.object({ handle }), result: none },
  /** Forgets a file; what was written and not finished is removed. */
  'files.close': { params: z.object({ handle }), result: none },
} satisfies Record<string, { readonly params: z.ZodType; readonly result: z.ZodType }>;

export type DesktopMethod = keyof typeof DESKTOP_METHODS;
export type DesktopParams<M extends DesktopMethod> = z.output<(typeof DESKTOP_METHODS)[M]['params']>;
export type DesktopResult<M extends DesktopMethod> = z.output<(typeof DESKTOP_METHODS)[M]['result']>;

/** What the preload shows the page. */
export interface DesktopBridge {
  /** Rejects with an Error whose message a user can read. */
  call<M extends DesktopMethod>(method: M, params: DesktopParams<M>): Promise<DesktopResult<M>>;
}

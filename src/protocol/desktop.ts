/**
 * What a page can ask of the desktop around it, where there is one (Electron's main process), and what it hears from there. The
 * main process parses what it is asked with these schemas. A file is a handle here: no path ever crosses, only names to show.
 */
import { z } from 'zod';
import { qemuProgramSchema } from './live-qemu.ts';
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
const fileKindSchema = z.object({ title, extensions: z.array(z.string().regex(/^[a-z0-9]{1,16}$/)).min(1).max(16) });
export type FileKind = z.infer<typeof fileKindSchema>;

/** A file that somebody chose; `name` is without its folder. */
const chosenFileSchema = z.object({ handle, name: z.string(), size });
export type ChosenFileHandle = z.infer<typeof chosenFileSchema>;

/** A command as a menu shows it. `keys` as the page writes them: `Ctrl+Shift+p`. */
const menuItemSchema = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,99}$/),
  title,
  keys: z.string().regex(/^(Ctrl\+)?(Shift\+)?(Alt\+)?([a-z0-9]|[?/.,[\]]|F([1-9]|1[0-2])|Escape|Enter|Space|Arrow(Left|Right|Up|Down))$/).nullable(),
  enabled: z.boolean(),
});
export type MenuItem = z.infer<typeof menuItemSchema>;
export const menuSchema = z.object({ title: z.string().min(1).max(40), items: z.array(menuItemSchema).max(200) });
export type Menu = z.infer<typeof menuSchema>;

/** `smmulab://sample/ID` or `smmulab://session/ID`, with what to select there: it opens what is there already, and never brings anything along. */
export const deepLinkSchema = z.object({
  open: z.enum(['sample', 'session']),
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/),
  /** A transaction. */
  txn: z.number().int().positive().optional(),
  /** Of the transactions. */
  filter: z.string().max(1000).optional(),
  /** Brought to the front. */
  panel: z.string().regex(/^[a-z-]{1,40}$/).optional(),
});
export type DeepLink = z.infer<typeof deepLinkSchema>;

/** Something that the lab was started with, or asked to open while it ran. */
const launchSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), file: chosenFileSchema }),
  z.object({ kind: z.literal('link'), link: deepLinkSchema }),
  z.object({ kind: z.literal('problem'), message: z.string() }),
]);
export type Launch = z.infer<typeof launchSchema>;

export const DESKTOP_METHODS = {
  /** The menus of the window, anew: commands that `command` is said for when they are chosen. */
  'menu.set': { params: z.object({ menus: z.array(menuSchema).max(12) }), result: none },
  /** What the window and its native parts look like while there is no page to see; kept for the next start. */
  'appearance.set': { params: z.object({ scheme: z.enum(['system', 'light', 'dark']), background: z.string().regex(/^#[0-9a-f]{6}$/) }), result: none },
  /** What is to be opened; each is given once. */
  'launches.take': { params: none, result: z.array(launchSchema) },
  /** What a report of a problem should say of this program: versions, and what its parts complained about. */
  'diagnostics.get': { params: none, result: z.object({ versions: z.record(z.string(), z.string()), complaints: z.array(z.string()) }) },
  /** The window as it is on screen, a PNG. */
  'window.picture': { params: none, result: bytesSchema },
  /** A dialog; empty when it was dismissed. */
  'files.open': { params: z.object({ title, kinds: z.array(fileKindSchema).max(8), many: z.boolean() }), result: z.array(chosenFileSchema) },
  'files.read': { params: z.object({ handle, from: size, count: z.number().int().positive().max(MAX_PIECE) }), result: bytesSchema },
  /** A dialog that asks where to save; null when it was dismissed. The file is there, whole, after `files.finish`, and not before. */
  'files.create': { params: z.object({ title, name: z.string().min(1).max(200), kind: fileKindSchema }), result: z.object({ handle, name: z.string() }).nullable() },
  'files.write': { params: z.object({ handle, bytes: bytesSchema.refine(({ byteLength }) => byteLength <= MAX_PIECE, { error: `expected at most ${MAX_PIECE} bytes` }) }), result: none },
  'files.finish': { params: z.object({ handle }), result: none },
  /** A dialog that asks for a QEMU, which the lab host may then be asked to start; null when it was dismissed. */
  'qemu.choose': { params: none, result: qemuProgramSchema.nullable() },
  /** Forgets a file; what was written and not finished is removed. */
  'files.close': { params: z.object({ handle }), result: none },
} satisfies Record<string, { readonly params: z.ZodType; readonly result: z.ZodType }>;

export type DesktopMethod = keyof typeof DESKTOP_METHODS;
export type DesktopParams<M extends DesktopMethod> = z.output<(typeof DESKTOP_METHODS)[M]['params']>;
export type DesktopResult<M extends DesktopMethod> = z.output<(typeof DESKTOP_METHODS)[M]['result']>;

/** What the page hears unasked. */
export type DesktopMessage = { readonly say: 'command'; readonly id: string } | { readonly say: 'launches' };

/** What the preload shows the page. */
export interface DesktopBridge {
  /** One listener, for as long as the page lives. */
  onMessage(listener: (message: DesktopMessage) => void): void;
  /** Rejects with an Error whose message a user can read. */
  call<M extends DesktopMethod>(method: M, params: DesktopParams<M>): Promise<DesktopResult<M>>;
}

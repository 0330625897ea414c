/** What this browser remembers between visits: settings, layout, filters, the last session. Losing it loses nothing of a lab. */
import { z } from 'zod';
import { recordingSchema } from '../../protocol/contract.ts';
import { ADDRESS_FORMS } from '../widgets/address.ts';

const filters = z.object({ transactions: z.string(), events: z.string(), records: z.string().default('') });
/** The filters of the lists of one session. */
export type SessionFilters = z.infer<typeof filters>;

const breakpoint = z.object({ text: z.string(), isOn: z.boolean() });
export type Breakpoint = z.infer<typeof breakpoint>;

const desk = z.object({ preset: z.string(), trees: z.record(z.string(), z.unknown()) });

/** Which layout a session has on screen, and each as it was left. The layout service knows their shape. */
export type Desk = z.infer<typeof desk>;

/** A desk as the store of sessions has it; null where it is none. */
export function parseDesk(text: string | null): Desk | null {
  try {
    return desk.parse(JSON.parse(text ?? 'null'));
  } catch {
    return null;
  }
}

/** Sizes of the text of documents, in pixels. */
export const EDITOR_TEXT = { least: 10, usual: 12, most: 24 } as const;

/** Commands in a macro. */
export const MACRO_LIMIT = 100;
const macroText = z.string().max(4000);
const macro = z.object({ name: z.string().min(1).max(60), text: macroText });
export type Macro = z.infer<typeof macro>;

const schema = z.object({
  theme: z.enum(['system', 'dark', 'light', 'contrast']).catch('system'),
  addresses: z.enum(ADDRESS_FORMS).catch('grouped'),
  motion: z.enum(['system', 'reduced']).catch('system'),
  /** Of the documents, in pixels. */
  editorText: z.number().int().min(EDITOR_TEXT.least).max(EDITOR_TEXT.most).catch(EDITOR_TEXT.usual),
  /** Somebody has been here before: the samples are not shown unasked. */
  welcomed: z.boolean().catch(false),
  macros: z.array(macro).catch([]),
  /** Commands that are run when the window opens. */
  startup: macroText.catch(''),
  lastSession: z.string().nullable().catch(null),
  /** By session. */
  desks: z.record(z.string(), desk).catch({}),
  /** By session. */
  breakpoints: z.record(z.string(), z.array(breakpoint)).catch({}),
  /** By id of a command, in place of the keys it came with. */
  keys: z.record(z.string(), z.array(z.string())).catch({}),
  /** By session: what of its runs is recorded. */
  recordings: z.record(z.string(), recordingSchema).catch({}),
  /** By session. */
  filters: z.record(z.string(), filters).catch({}),
});
export type Settings = z.infer<typeof schema>;

const KEY = 'smmu-lab.settings';

/** Defaults for whatever is missing, damaged or not to be had at all. */
export function readSettings(storage: Storage | null): Settings {
  let value: unknown;
  try {
    value = JSON.parse(storage?.getItem(KEY) ?? '{}');
  } catch {
    value = {};
  }
  const stored = schema.safeParse(value);
  return stored.success ? stored.data : schema.parse({});
}

/** Changes some settings and keeps the others; without storage it does nothing. */
export function writeSettings(storage: Storage | null, change: Partial<Settings>): void {
  try {
    storage?.setItem(KEY, JSON.stringify({ ...readSettings(storage), ...change }));
  } catch {
    // A full or forbidden storage costs only the memory of a layout.
  }
}

/** Sessions about which something is remembered; the ones touched longest ago go first. */
const REMEMBERED = 50;

/** What is remembered by session, with that of one session anew, or without it. */
export function remembered<T>(all: Readonly<Record<string, T>>, session: string, own: T | null): Record<string, T> {
  const others = Object.entries(all).filter(([id]) => id !== session);
  return Object.fromEntries([...others, ...(own === null ? [] : [[session, own] as const])].slice(-REMEMBERED));
}

/** The page's storage, or null where the browser forbids it. */
export function pageStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

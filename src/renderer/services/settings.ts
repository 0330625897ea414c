/** What this browser remembers between visits: theme, layout, filters, the last session. Losing it loses nothing of a lab. */
import { z } from 'zod';

const filters = z.object({ transactions: z.string(), events: z.string() });
/** The filters of the lists of one session. */
export type SessionFilters = z.infer<typeof filters>;

const schema = z.object({
  theme: z.enum(['system', 'dark', 'light']).catch('system'),
  lastSession: z.string().nullable().catch(null),
  /** By size of window; the layout service knows the shape and refuses one it does not know. */
  layouts: z.record(z.string(), z.unknown()).catch({}),
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
  return schema.catch({ theme: 'system', lastSession: null, layouts: {}, filters: {} }).parse(value);
}

/** Changes some settings and keeps the others; without storage it does nothing. */
export function writeSettings(storage: Storage | null, change: Partial<Settings>): void {
  try {
    storage?.setItem(KEY, JSON.stringify({ ...readSettings(storage), ...change }));
  } catch {
    // A full or forbidden storage costs only the memory of a layout.
  }
}

/** The page's storage, or null where the browser forbids it. */
export function pageStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

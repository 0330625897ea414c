/** How the lists look, as this browser remembers it: columns and sorting by session, colour rules and saved views for all sessions. */
import { z } from 'zod';
import { MAX_COLUMNS, MAX_RULES, sortSchema } from '../../protocol/contract.ts';
import { LOOK_LISTS, RADIXES, type LookList } from './list-columns.ts';
import { remembered } from './settings.ts';

/** Names of tokens of the theme: each is told from the others on every surface, and none stands without its label. */
export const RULE_COLOURS = ['accent', 'ok', 'warning', 'fault', 'pa', 'quiet'] as const;
export type RuleColour = (typeof RULE_COLOURS)[number];
export const COLOUR_NAMES: Readonly<Record<RuleColour, string>> = { accent: 'blue', ok: 'green', warning: 'yellow', fault: 'orange', pa: 'pink', quiet: 'grey' };

const columns = z.array(z.object({ id: z.string().min(1).max(120), width: z.number().int().min(14).max(2000).optional(), radix: z.enum(RADIXES).optional() })).max(MAX_COLUMNS);
const look = z.object({ columns, sort: sortSchema.nullable() });

const rule = z.object({ filter: z.string().min(1).max(4096), colour: z.enum(RULE_COLOURS), label: z.string().min(1).max(24) });
/** Rows that the filter matches carry the label, in the colour. */
export type ColourRule = z.infer<typeof rule>;

const view = look.extend({ name: z.string().min(1).max(60), list: z.enum(LOOK_LISTS), filter: z.string().max(4096) });
/** A list as it looked, under a name. */
export type SavedView = z.infer<typeof view>;

const looks = z.partialRecord(z.enum(LOOK_LISTS), look);
export type SessionLooks = z.infer<typeof looks>;

const schema = z.object({
  /** By session. */
  looks: z.record(z.string(), looks).catch({}),
  rules: z.partialRecord(z.enum(LOOK_LISTS), z.array(rule).max(MAX_RULES)).catch({}),
  views: z.array(view).catch([]),
});
export type ListSettings = z.infer<typeof schema>;
export type Rules = Partial<Record<LookList, readonly ColourRule[]>>;

const KEY = 'smmu-lab.lists';

/** Defaults for whatever is missing, damaged or not to be had at all. */
export function readListSettings(storage: Storage | null): ListSettings {
  let value: unknown;
  try {
    value = JSON.parse(storage?.getItem(KEY) ?? '{}');
  } catch {
    value = {};
  }
  return schema.catch({ looks: {}, rules: {}, views: [] }).parse(value);
}

/** Changes some and keeps the others; without storage it does nothing. */
export function writeListSettings(storage: Storage | null, change: Partial<ListSettings>): void {
  try {
    storage?.setItem(KEY, JSON.stringify({ ...readListSettings(storage), ...change }));
  } catch {
    // A full or forbidden storage costs only the memory of columns.
  }
}

export const rememberLooks = (storage: Storage | null, session: string, own: SessionLooks | null): void =>
  writeListSettings(storage, { looks: remembered(readListSettings(storage).looks, session, own) });

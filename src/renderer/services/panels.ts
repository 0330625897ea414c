/**
 * Every panel there is: its title, the keys that go to it, and beside which other it opens when the layout has none of it.
 * Which component draws it stands in app/panels.ts.
 */
import type { Hotkey } from './hotkeys.ts';

export interface PanelDef {
  readonly title: string;
  readonly hotkeys: readonly Hotkey[];
  /** The panel in whose group it opens; the first of a chain that is on screen. */
  readonly beside?: string;
  /** It has tabs of its own: alone in its group it needs no title above them. */
  readonly ownHeader?: boolean;
  /** The count of the run that its tab shows. */
  readonly count?: 'transactions' | 'events';
}

const PANELS = {
  editors: { title: 'Documents', hotkeys: ['1', 'e'], ownHeader: true },
  transactions: { title: 'Transactions', hotkeys: ['2'], count: 'transactions' },
  events: { title: 'Events', hotkeys: ['3'], count: 'events' },
  walk: { title: 'Walk', hotkeys: ['4', 'w'], beside: 'transactions' },
  trace: { title: 'Trace', hotkeys: ['5', 'l'], beside: 'walk' },
  record: { title: 'Record', hotkeys: ['6'], beside: 'events' },
  capture: { title: 'Capture', hotkeys: ['7'], beside: 'transactions' },
  decode: { title: 'Decode', hotkeys: ['8', 'd'], beside: 'events' },
  path: { title: 'Path', hotkeys: ['9', 'p'], beside: 'walk' },
  queues: { title: 'Queues', hotkeys: ['0', 'q'], beside: 'walk' },
  caches: { title: 'Caches', hotkeys: [], beside: 'walk' },
  memory: { title: 'Memory', hotkeys: ['m'], beside: 'walk' },
  registers: { title: 'Registers', hotkeys: ['r'], beside: 'walk' },
  statistics: { title: 'Statistics', hotkeys: ['Shift+s'], beside: 'walk' },
  structures: { title: 'Structures', hotkeys: ['u'], beside: 'walk' },
  breakpoints: { title: 'Breakpoints', hotkeys: ['x'], beside: 'events' },
  bookmarks: { title: 'Bookmarks', hotkeys: ['o'], beside: 'events' },
  help: { title: 'Help', hotkeys: [], beside: 'record' },
  sessions: { title: 'Sessions', hotkeys: ['h'], beside: 'walk' },
  recording: { title: 'Recording', hotkeys: ['i'], beside: 'events' },
  sql: { title: 'SQL', hotkeys: ['Shift+l'], beside: 'walk' },
  compare: { title: 'Compare', hotkeys: ['g'], beside: 'transactions' },
  stalls: { title: 'Stalled', hotkeys: ['s'], beside: 'events' },
} as const satisfies Record<string, PanelDef>;

export type PanelId = keyof typeof PANELS;

export const PANEL_IDS = Object.keys(PANELS) as readonly PanelId[];

export const isPanelId = (id: unknown): id is PanelId => typeof id === 'string' && Object.hasOwn(PANELS, id);

export const panelDef = (id: PanelId): PanelDef => PANELS[id];

/** The panels beside which one opens, nearest first. */
export function besideOf(id: PanelId): readonly PanelId[] {
  const chain: PanelId[] = [];
  for (let next = panelDef(id).beside; isPanelId(next) && !chain.includes(next); next = panelDef(next).beside) chain.push(next);
  return chain;
}

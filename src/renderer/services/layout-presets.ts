/** The layouts a lab comes with: one for each way of working, for a wide window and for a narrow one. */
import { split, tabs, type LayoutNode } from './layout-tree.ts';

export interface LayoutPreset {
  readonly title: string;
  /** What it is for. */
  readonly hint: string;
  wide(): LayoutNode;
  narrow(): LayoutNode;
}

export const PRESETS = {
  investigate: {
    title: 'Investigate',
    hint: 'Why a transaction ended as it did: lists, walk, record',
    wide: () =>
      split(
        'row',
        0.24,
        tabs('editors'),
        split(
          'row',
          0.64,
          split('column', 0.38, tabs('transactions', 'capture'), tabs('walk', 'trace', 'path', 'queues', 'caches', 'structures', 'registers', 'memory', 'statistics')),
          split('column', 0.38, tabs('events', 'stalls', 'decode'), tabs('record')),
        ),
      ),
    narrow: () =>
      split(
        'row',
        0.32,
        split('column', 0.5, tabs('editors'), tabs('record')),
        split('column', 0.36, tabs('transactions', 'capture'), tabs('walk', 'trace', 'path', 'events', 'stalls', 'queues', 'caches', 'structures', 'registers', 'memory', 'statistics', 'decode')),
      ),
  },
  step: {
    title: 'Step',
    hint: 'What each step does: documents, trace and queues beside it',
    wide: () => split('row', 0.3, tabs('editors'), split('row', 0.5, split('column', 0.55, tabs('trace', 'path'), tabs('transactions')), split('column', 0.45, tabs('breakpoints', 'queues', 'events', 'stalls'), tabs('walk', 'record')))),
    narrow: () => split('row', 0.45, tabs('editors'), split('column', 0.5, tabs('trace', 'path', 'queues'), tabs('transactions', 'breakpoints', 'events', 'stalls', 'walk', 'record'))),
  },
  compare: {
    title: 'Compare',
    hint: 'Two runs side by side: where they part, and why; their lists and walks below',
    wide: () => split('column', 0.6, tabs('compare'), split('row', 0.6, tabs('transactions', 'walk', 'trace', 'path'), tabs('record', 'events', 'editors'))),
    narrow: () => split('column', 0.65, tabs('compare'), tabs('transactions', 'walk', 'trace', 'path', 'record', 'events', 'editors')),
  },
  teach: {
    title: 'Teach',
    hint: 'For a room: the document, the walk and its record, large',
    wide: () => split('row', 0.3, split('column', 0.65, tabs('editors'), tabs('transactions', 'events')), split('column', 0.62, tabs('walk', 'path'), tabs('record'))),
    narrow: () => split('column', 0.4, tabs('editors', 'transactions', 'events'), tabs('walk', 'path', 'record')),
  },
} as const satisfies Record<string, LayoutPreset>;

export type PresetId = keyof typeof PRESETS;
export const PRESET_IDS = Object.keys(PRESETS) as readonly PresetId[];

export type WindowSize = 'wide' | 'narrow';
/** Pixels from which a third column leaves the lists and the matrix of a walk as much room as they need. */
const THREE_COLUMNS = 1400;
export const sizeFor = (width: number): WindowSize => (width >= THREE_COLUMNS ? 'wide' : 'narrow');

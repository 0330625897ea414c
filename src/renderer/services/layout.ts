/** How the window is divided. Plain data: the app draws it, features only ask for a panel to come forward. */
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { z } from 'zod';
import { pageStorage, readSettings, writeSettings } from './settings.ts';

export const PANELS = ['editors', 'transactions', 'capture', 'walk', 'log', 'path', 'events', 'stalls', 'queues', 'caches', 'decode', 'record'] as const;
export type PanelId = (typeof PANELS)[number];

export interface TabGroup {
  readonly kind: 'tabs';
  readonly panels: PanelId[];
  active: PanelId;
}
export interface Split {
  readonly kind: 'split';
  readonly direction: 'row' | 'column';
  share: number;
  readonly first: LayoutNode;
  readonly second: LayoutNode;
}
export type LayoutNode = TabGroup | Split;

const nodeSchema: z.ZodType<LayoutNode> = z.lazy(() =>
  z.union([
    z.object({ kind: z.literal('tabs'), panels: z.array(z.enum(PANELS)).min(1), active: z.enum(PANELS) }),
    z.object({ kind: z.literal('split'), direction: z.enum(['row', 'column']), share: z.number().min(0).max(1), first: nodeSchema, second: nodeSchema }),
  ]),
);

const tabs = (...panels: [PanelId, ...PanelId[]]): TabGroup => ({ kind: 'tabs', panels, active: panels[0] });
const split = (direction: 'row' | 'column', share: number, first: LayoutNode, second: LayoutNode): Split => ({ kind: 'split', direction, share, first, second });

/** Three columns where there is room for them, two otherwise. */
const PRESETS = {
  wide: () =>
    split(
      'row',
      0.25,
      tabs('editors'),
      split(
        'row',
        0.655,
        split('column', 0.34, tabs('transactions', 'capture'), tabs('walk', 'log', 'path', 'queues', 'caches')),
        split('column', 0.34, tabs('events', 'stalls', 'decode'), tabs('record')),
      ),
    ),
  narrow: () =>
    split(
      'row',
      0.32,
      split('column', 0.5, tabs('editors'), tabs('record')),
      split('column', 0.36, tabs('transactions', 'capture'), tabs('walk', 'log', 'path', 'events', 'stalls', 'queues', 'caches', 'decode')),
    ),
} as const satisfies Record<string, () => LayoutNode>;
export type LayoutName = keyof typeof PRESETS;

export const presetFor = (width: number): LayoutName => (width >= 1280 ? 'wide' : 'narrow');

/** Every tab group, in the order of the layout. */
export const groupsOf = (node: LayoutNode): TabGroup[] => (node.kind === 'tabs' ? [node] : [...groupsOf(node.first), ...groupsOf(node.second)]);

/** A stored layout, unless it is damaged or from a version with other panels. */
export function parseLayout(stored: unknown): LayoutNode | null {
  const parsed = nodeSchema.safeParse(stored);
  if (!parsed.success) return null;
  const groups = groupsOf(parsed.data);
  const panels = groups.flatMap((group) => group.panels);
  const complete = panels.length === PANELS.length && PANELS.every((panel) => panels.includes(panel));
  return complete && groups.every((group) => group.panels.includes(group.active)) ? parsed.data : null;
}

export const useLayout = defineStore('layout', () => {
  const name = ref<LayoutName>(presetFor(window.innerWidth));
  const stored = (): LayoutNode => parseLayout(readSettings(pageStorage()).layouts[name.value]) ?? PRESETS[name.value]();
  const root = ref<LayoutNode>(stored());
  const groups = computed(() => groupsOf(root.value));

  function adapt(): void {
    const wanted = presetFor(window.innerWidth);
    if (wanted === name.value) return;
    name.value = wanted;
    root.value = stored();
  }
  window.addEventListener('resize', adapt);
  // A window that is built hidden may learn its size only when it is shown, without a resize.
  document.addEventListener('visibilitychange', adapt);

  const save = (): void => writeSettings(pageStorage(), { layouts: { ...readSettings(pageStorage()).layouts, [name.value]: root.value } });

  const isVisible = (panel: PanelId): boolean => groups.value.some((group) => group.active === panel);

  /** Brings a panel to the front of its group. */
  function reveal(panel: PanelId): void {
    const group = groups.value.find(({ panels }) => panels.includes(panel));
    if (group === undefined || group.active === panel) return;
    group.active = panel;
    save();
  }

  function reset(): void {
    root.value = PRESETS[name.value]();
    save();
  }

  return { name, root, groups, isVisible, reveal, reset, save };
});

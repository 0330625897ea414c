/** Which layout the window has. The app draws it, features only ask for a panel to come forward. Kept with the session it was made in. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { PRESET_IDS, PRESETS, sizeFor, type PresetId } from './layout-presets.ts';
import { closed, groupOf, groupsOf, moved, neighbourOf, panelsOf, parseLayout, resized, revealed, type Direction, type DropSide, type LayoutNode } from './layout-tree.ts';
import { besideOf, type PanelId } from './panels.ts';
import { pageStorage, readSettings, remembered, writeSettings, type Desk } from './settings.ts';

/** What stands for a lab that was never saved. */
const NO_SESSION = '';

export const useLayout = defineStore('layout', () => {
  const session = ref(NO_SESSION);
  const preset = ref<PresetId>('investigate');
  const size = ref(sizeFor(window.innerWidth));
  const root = shallowRef<LayoutNode>(PRESETS.investigate[size.value]());
  /** The panel whose group has the whole window for a while. */
  const maximised = ref<PanelId | null>(null);
  const groups = computed(() => groupsOf(root.value));
  const open = computed(() => panelsOf(root.value));
  const shown = computed(() => (maximised.value === null ? root.value : (groupOf(root.value, maximised.value) ?? root.value)));

  const treeKey = (): string => `${preset.value}.${size.value}`;
  const desk = (): Desk | undefined => readSettings(pageStorage()).desks[session.value];
  /** As it was last kept. */
  const kept = shallowRef<Desk | null>(null);
  const stored = (): LayoutNode => parseLayout(desk()?.trees[treeKey()]) ?? PRESETS[preset.value][size.value]();

  function show(): void {
    maximised.value = null;
    root.value = stored();
  }

  function adapt(): void {
    const wanted = sizeFor(window.innerWidth);
    if (wanted === size.value) return;
    size.value = wanted;
    const front = groups.value.map(({ active }) => active);
    show();
    // What was in front stays there; of those that share a group now, the one that came first.
    for (const panel of front.reverse()) if (open.value.includes(panel)) root.value = revealed(root.value, panel);
  }
  window.addEventListener('resize', adapt);
  // A window that is built hidden may learn its size only when it is shown, without a resize.
  document.addEventListener('visibilitychange', adapt);

  function save(): void {
    const own: Desk = { preset: preset.value, trees: { ...desk()?.trees, [treeKey()]: root.value } };
    keep(own);
  }

  function keep(own: Desk): void {
    kept.value = own;
    writeSettings(pageStorage(), { desks: remembered(readSettings(pageStorage()).desks, session.value, own) });
  }

  /** The layout of a session: the one that came with it, or its own from before; else what is on screen becomes its own. */
  function openFor(id: string | null, came: Desk | null = null): void {
    session.value = id ?? NO_SESSION;
    if (came !== null) keep(came);
    const own = desk();
    if (own === undefined) return save();
    preset.value = PRESET_IDS.find((known) => known === own.preset) ?? 'investigate';
    show();
  }

  function usePreset(id: PresetId): void {
    preset.value = id;
    show();
    save();
  }

  function set(next: LayoutNode | null): void {
    if (next === null || next === root.value) return;
    root.value = next;
    if (maximised.value !== null && !open.value.includes(maximised.value)) maximised.value = null;
    save();
  }

  const isVisible = (panel: PanelId): boolean => groupsOf(shown.value).some((group) => group.active === panel);

  /** Brings a panel to the front of its group, or opens it beside the one it belongs to. */
  function reveal(panel: PanelId): void {
    if (open.value.includes(panel)) set(revealed(root.value, panel));
    else set(moved(root.value, panel, besideOf(panel).find((other) => open.value.includes(other)) ?? open.value[open.value.length - 1] ?? panel, 'into'));
    if (maximised.value !== null && !isVisible(panel)) maximised.value = null;
    else if (maximised.value !== null) maximised.value = panel;
  }

  const move = (panel: PanelId, anchor: PanelId, side: DropSide): void => set(moved(root.value, panel, anchor, side));

  /** Into the group next to its own in a direction; where there is none, to a group of its own at that edge. */
  function push(panel: PanelId, direction: Direction): void {
    const next = neighbourOf(root.value, panel, direction);
    if (next === undefined) move(panel, panel, direction);
    else move(panel, next.active, 'into');
  }

  const close = (panel: PanelId): void => set(closed(root.value, panel));
  const resize = (path: readonly ('first' | 'second')[], share: number): void => set(resized(root.value, path, share));
  const maximise = (panel: PanelId): void => void (maximised.value = maximised.value === null ? panel : null);

  /** The preset as it came. */
  function reset(): void {
    maximised.value = null;
    set(PRESETS[preset.value][size.value]());
  }

  const initial = desk();
  if (initial !== undefined) openFor(null);

  return { session, kept, preset, size, root, shown, open, groups, maximised, isVisible, reveal, move, push, close, resize, maximise, usePreset, openFor, reset };
});

/** Commands of the layout: its presets, and each panel's place in it. */
import { nextTick } from 'vue';
import { registerCommands, type Command } from '../../services/commands.ts';
import type { Hotkey } from '../../services/hotkeys.ts';
import { useLayout } from '../../services/layout.ts';
import { PRESET_IDS, PRESETS, type PresetId } from '../../services/layout-presets.ts';
import { groupOf, neighbourOf, type Direction } from '../../services/layout-tree.ts';
import { PANEL_IDS, panelDef, type PanelId } from '../../services/panels.ts';
import { currentPanel, cyclePanes, focusPanel } from './panes.ts';

const PRESET_KEYS: Readonly<Record<PresetId, readonly Hotkey[]>> = { investigate: ['Ctrl+1'], step: ['Ctrl+2'], compare: ['Ctrl+3'], teach: ['Ctrl+4'] };
const MOVES: readonly (readonly [Direction, Hotkey])[] = [
  ['left', 'Ctrl+Shift+Alt+ArrowLeft'],
  ['right', 'Ctrl+Shift+Alt+ArrowRight'],
  ['up', 'Ctrl+Shift+Alt+ArrowUp'],
  ['down', 'Ctrl+Shift+Alt+ArrowDown'],
];

export function registerLayoutCommands(): void {
  const layout = useLayout();
  /** Where the focus goes when a panel is closed: to the one that was behind it, else beside it. */
  const nextTo = (panel: PanelId): PanelId | undefined => {
    const directions: readonly Direction[] = ['up', 'left', 'down', 'right'];
    const behind = groupOf(layout.root, panel)?.panels.find((other) => other !== panel);
    return behind ?? directions.map((direction) => neighbourOf(layout.root, panel, direction)?.active).find((active) => active !== undefined);
  };
  /** Does something to the panel at hand, which keeps the focus if it stays. */
  const onPanel = (act: (panel: PanelId) => void) => async (): Promise<void> => {
    const panel = currentPanel();
    if (panel === null) return;
    const other = nextTo(panel);
    act(panel);
    await nextTick();
    if (layout.open.includes(panel)) await focusPanel(panel);
    else if (other !== undefined) await focusPanel(groupOf(layout.root, other)?.active ?? other);
  };
  registerCommands([
    ...PANEL_IDS.map((panel): Command => ({ id: `look.${panel}`, title: `Go to ${panelDef(panel).title}`, group: 'Look', hotkeys: panelDef(panel).hotkeys, run: () => focusPanel(panel) })),
    ...PRESET_IDS.map((id): Command => ({ id: `layout.${id}`, title: `Layout ${PRESETS[id].title}: ${PRESETS[id].hint}`, group: 'Layout', hotkeys: PRESET_KEYS[id], run: () => layout.usePreset(id) })),
    { id: 'layout.next-pane', title: 'Next pane', group: 'Layout', hotkeys: ['F6'], run: () => cyclePanes(1) },
    { id: 'layout.previous-pane', title: 'Previous pane', group: 'Layout', hotkeys: ['Shift+F6'], run: () => cyclePanes(-1) },
    { id: 'layout.maximise', title: 'Give this panel the window, or take it back', group: 'Layout', hotkeys: ['Ctrl+Alt+Enter'], run: onPanel((panel) => layout.maximise(panel)) },
    { id: 'layout.close', title: 'Close this panel', group: 'Layout', hotkeys: ['Ctrl+Alt+w'], when: () => layout.open.length > 1, run: onPanel((panel) => layout.close(panel)) },
    ...MOVES.map(([direction, key]): Command => ({ id: `layout.move-${direction}`, title: `Move this panel ${direction}`, group: 'Layout', hotkeys: [key], run: onPanel((panel) => layout.push(panel, direction)) })),
    { id: 'layout.split-right', title: 'Put this panel on the right of its group', group: 'Layout', run: onPanel((panel) => layout.move(panel, panel, 'right')) },
    { id: 'layout.split-down', title: 'Put this panel below its group', group: 'Layout', run: onPanel((panel) => layout.move(panel, panel, 'down')) },
    { id: 'layout.reset', title: 'Reset this layout', group: 'Layout', hotkeys: ['Ctrl+Alt+0'], run: () => layout.reset() },
  ]);
}

/** Moving the keyboard's focus between panes. */
import { nextTick } from 'vue';
import { useLayout } from '../../services/layout.ts';
import { isPanelId, type PanelId } from '../../services/panels.ts';

/** What in a pane takes the focus: its grid, its editor, else the first thing that can. */
const TARGETS = ['.native-edit-context, .monaco-editor textarea', '[role="tabpanel"] [role="grid"]', '[role="tabpanel"] :is(textarea, input, select, button):not(:disabled)', '[role="tab"][aria-selected="true"]'];

const panes = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('section[data-panel]')];

function focusIn(pane: Element | null | undefined): void {
  for (const target of TARGETS) {
    const element = pane?.querySelector<HTMLElement>(target);
    if (element != null) return element.focus();
  }
}

/** The next pane in the order of the page, or the one before. */
export function cyclePanes(step: 1 | -1): void {
  const all = panes();
  const at = all.findIndex((pane) => pane.contains(document.activeElement));
  focusIn(all[at < 0 ? 0 : (at + step + all.length) % all.length]);
}

/** Brings a panel forward and puts the focus into it. */
export async function focusPanel(panel: PanelId): Promise<void> {
  useLayout().reveal(panel);
  await nextTick();
  focusIn(document.querySelector(`section[data-panel="${panel}"]`));
}

/** The panel that has the keyboard's focus, else the one in the first pane. */
export function currentPanel(): PanelId | null {
  const all = panes();
  const id = (all.find((pane) => pane.contains(document.activeElement)) ?? all[0])?.dataset['panel'];
  return isPanelId(id) ? id : null;
}

/** The panel that is being dragged, if one is: what is dragged cannot be read from a drag event before the drop. */
import { shallowRef } from 'vue';
import type { PanelId } from '../../services/panels.ts';

export const dragged = shallowRef<PanelId | null>(null);

export function startDrag(event: DragEvent, panel: PanelId): void {
  if (event.dataTransfer === null) return;
  event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer.setData('text/plain', panel);
  dragged.value = panel;
}

export const endDrag = (): void => void (dragged.value = null);

/** Where on the page each panel that is in front stands. Groups offer their places; the pool of panels fills them. */
import { shallowReactive } from 'vue';
import type { PanelId } from '../../services/panels.ts';

export const panelPlaces = shallowReactive(new Map<PanelId, HTMLElement>());

/** Offers a place for a panel; returns what takes it back. */
export function offerPlace(panel: PanelId, place: HTMLElement): () => void {
  panelPlaces.set(panel, place);
  return () => {
    if (panelPlaces.get(panel) === place) panelPlaces.delete(panel);
  };
}

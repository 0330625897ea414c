/** What the help panel shows. */
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { useSessions } from '../../services/sessions.ts';
import { loadDocument, OVERVIEW, sectionOf, targetOf, type HelpPlace } from './documents.ts';
import type { PanelId } from '../../services/panels.ts';

export const useHelp = defineStore('help', () => {
  const sessions = useSessions();
  const place = shallowRef<HelpPlace>({ document: OVERVIEW, section: '' });
  const text = ref<string | null>(null);
  /** Where one was before. */
  const before = shallowRef<readonly HelpPlace[]>([]);

  async function show(next: HelpPlace): Promise<void> {
    const found = await loadDocument(next.document);
    if (found === null) return;
    text.value = found;
    place.value = { ...next };
  }

  async function open(next: HelpPlace): Promise<void> {
    if (text.value !== null) before.value = [...before.value, place.value];
    await show(next);
  }

  const openFor = (panel: PanelId): Promise<void> => open(sectionOf(panel));

  async function back(): Promise<void> {
    const last = before.value.at(-1);
    if (last === undefined) return;
    before.value = before.value.slice(0, -1);
    await show(last);
  }

  async function follow(href: string): Promise<void> {
    const target = targetOf(href, place.value.document);
    if (target === null) return;
    if ('sample' in target) return void (await sessions.openSample(target.sample));
    await open(target);
  }

  return { place, text, before, open, openFor, back, follow };
});

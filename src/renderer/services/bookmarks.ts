/** Places with a note, kept with the session; in memory, until the lab is closed, where sessions cannot be saved. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { Bookmark, BookmarkPlace } from '../../protocol/contract.ts';
import { useDocuments } from './documents.ts';
import { useFilters } from './filters.ts';
import { useInspection } from './inspection.ts';
import { useLabClient } from './lab-client.ts';
import { useMessages } from './messages.ts';
import { useSelection } from './selection.ts';
import { useSessions } from './sessions.ts';

export const titleOfPlace = (place: BookmarkPlace): string =>
  'txn' in place ? `Transaction ${place.txn}` : 'event' in place ? `Event ${place.event}` : 'record' in place ? `Record ${place.record}` : `${place.space.toUpperCase()} ${place.address}`;

export const useBookmarks = defineStore('bookmarks', () => {
  const client = useLabClient();
  const documents = useDocuments();
  const filters = useFilters();
  const inspection = useInspection();
  const messages = useMessages();
  const selection = useSelection();
  const sessions = useSessions();
  const list = shallowRef<readonly Bookmark[]>([]);
  const chosenId = ref<string | null>(null);
  const chosen = computed(() => list.value.find(({ id }) => id === chosenId.value) ?? null);
  let made = 0;

  /** What is selected or on show, and so can be bookmarked. */
  const places = computed(() => {
    const found: BookmarkPlace[] = [];
    const address = inspection.shown?.address;
    if (selection.present !== null) found.push({ txn: selection.present });
    if (selection.event !== null) found.push({ event: selection.event });
    if (filters.record >= 0) found.push({ record: filters.record });
    if (address !== undefined) found.push({ address: address.value, space: address.space });
    return found;
  });

  async function refresh(): Promise<void> {
    const session = sessions.current;
    if (session === null || !sessions.canSave) return void (list.value = []);
    const kept = await messages.attempt('bookmarks', () => client.call('bookmarks.list', { id: session }));
    if (kept !== undefined && session === sessions.current) list.value = kept;
  }

  /** A sample becomes a session with its first bookmark. Says whether it is kept. */
  async function add(place: BookmarkPlace, note: string): Promise<boolean> {
    if (!sessions.canSave) {
      list.value = [...list.value, { id: `unsaved-${++made}`, runId: null, place, note, made: new Date().toISOString() }];
      return true;
    }
    if (sessions.current === null) await sessions.save();
    const { current } = sessions;
    if (current === null) {
      messages.show('bookmarks', sessions.problem ?? 'Open a lab first: a bookmark is kept with its session.');
      return false;
    }
    const answer = await messages.attempt('bookmarks', () => client.call('bookmarks.add', { id: current, place, note }));
    if (answer === undefined) return false;
    await refresh();
    return true;
  }

  async function change(bookmark: string, note: string): Promise<void> {
    if (!sessions.canSave) return void (list.value = list.value.map((one) => (one.id === bookmark ? { ...one, note } : one)));
    const answer = await messages.attempt('bookmarks', () => client.call('bookmarks.note', { bookmark, note }));
    if (answer !== undefined) await refresh();
  }

  async function remove(bookmark: string): Promise<void> {
    if (!sessions.canSave) return void (list.value = list.value.filter(({ id }) => id !== bookmark));
    const answer = await messages.attempt('bookmarks', () => client.call('bookmarks.remove', { bookmark }));
    if (answer !== undefined) await refresh();
  }

  watch([() => documents.opened, () => sessions.current], () => void refresh(), { immediate: true });

  return { list, chosenId, chosen, places, add, change, remove };
});

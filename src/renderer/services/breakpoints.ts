/** Where runs stop: filters, each on or off, kept with the session they were made in. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { FilterCompletions, Stop, StopCheck } from '../../protocol/contract.ts';
import { useDocuments } from './documents.ts';
import { useLabClient } from './lab-client.ts';
import { useMessages } from './messages.ts';
import { useSessions } from './sessions.ts';
import { pageStorage, readSettings, remembered, writeSettings, type Breakpoint } from './settings.ts';

/** After the last key press, in milliseconds. */
const CHECK_DELAY = 120;

export const useBreakpoints = defineStore('breakpoints', () => {
  const client = useLabClient();
  const documents = useDocuments();
  const messages = useMessages();
  const sessions = useSessions();
  const list = shallowRef<readonly Breakpoint[]>([]);
  /** What is being typed, and what is wrong with it. */
  const text = ref('');
  const checked = shallowRef<StopCheck>({ error: null, warnings: [], list: null });
  let timer: ReturnType<typeof setTimeout> | undefined;

  const stops = computed<readonly Stop[]>(() => list.value.filter(({ isOn }) => isOn).map((one) => ({ text: one.text, when: 'before' })));

  function set(next: readonly Breakpoint[]): void {
    list.value = next;
    const session = sessions.current ?? '';
    writeSettings(pageStorage(), { breakpoints: remembered(readSettings(pageStorage()).breakpoints, session, next.length === 0 ? null : [...next]) });
  }

  const check = (wanted: string): Promise<StopCheck | undefined> => messages.attempt('breakpoints', () => client.call('stops.check', { text: wanted }));

  function edit(next: string): void {
    text.value = next;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const answer = next.trim() === '' ? { error: null, warnings: [], list: null } : await check(next);
      if (answer !== undefined && next === text.value) checked.value = answer;
    }, CHECK_DELAY);
  }

  /** Takes a text as a breakpoint; what is no filter is said, and is not taken. */
  async function add(wanted: string): Promise<boolean> {
    const own = wanted.trim();
    if (own === '') return false;
    const answer = await check(own);
    if (answer === undefined) return false;
    checked.value = answer;
    if (answer.error !== null) return false;
    if (!list.value.some((one) => one.text === own)) set([...list.value, { text: own, isOn: true }]);
    return true;
  }

  async function addTyped(): Promise<void> {
    if (await add(text.value)) text.value = '';
  }

  const turn = (wanted: string, isOn: boolean): void => set(list.value.map((one) => (one.text === wanted ? { ...one, isOn } : one)));
  const remove = (wanted: string): void => set(list.value.filter((one) => one.text !== wanted));
  const complete = (typed: string, cursor: number): Promise<FilterCompletions> => client.call('stops.complete', { text: typed, cursor });

  watch(
    () => documents.opened,
    () => (list.value = readSettings(pageStorage()).breakpoints[sessions.current ?? ''] ?? []),
  );
  // A sample that becomes a session takes its breakpoints along.
  watch(() => sessions.current, () => set(list.value));

  return { list, stops, text, checked, edit, add, addTyped, turn, remove, complete };
});

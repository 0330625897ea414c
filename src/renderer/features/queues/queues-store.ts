/** The rings of the machine, and how far each fault came on its way to the guest: live while a run goes on. */
import { defineStore } from 'pinia';
import { computed, markRaw, ref, shallowRef, watch } from 'vue';
import type { FaultRow, Ring, RingEntry } from '../../../protocol/contract.ts';
import { useInspection } from '../../services/inspection.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useMessages } from '../../services/messages.ts';
import { RowCache } from '../../services/rows.ts';
import { useRun } from '../../services/run.ts';

/** The list of faults, or a ring by its id. */
export const FAULTS = 'faults';

export const useQueues = defineStore('queues', () => {
  const client = useLabClient();
  const inspection = useInspection();
  const messages = useMessages();
  const run = useRun();
  const rings = shallowRef<readonly Ring[]>([]);
  const list = ref<string>(FAULTS);
  const shown = computed(() => rings.value.find(({ id }) => id === list.value) ?? null);
  const faults = markRaw(new RowCache<FaultRow>((from, count) => client.call('faults.window', { from, count })));
  const entries = markRaw(new RowCache<RingEntry>((from, count) => (shown.value === null ? Promise.resolve({ total: 0, rows: [] }) : client.call('rings.window', { id: shown.value.id, from, count }))));
  let faultView = { from: 0, count: 0 };
  let entryView = { from: 0, count: 0 };
  let refreshing = false;
  let again = false;

  watch(() => run.epoch, () => inspection.clear('queues'));
  watch([() => run.state, () => run.epoch], () => void refresh(), { immediate: true });
  watch(list, () => void refresh());

  /** Looks at everything anew; calls that come while one is under way become one more. */
  async function refresh(): Promise<void> {
    if (refreshing) return void (again = true);
    refreshing = true;
    do {
      again = false;
      await messages.attempt('queues', async () => {
        rings.value = run.state === null ? [] : await client.call('rings.list', {});
        // What became of a fault changes while it goes up, as slots do while they are written over.
        faults.restart(run.state?.events ?? 0);
        entries.restart(shown.value?.size ?? 0);
        await fetchShown();
      });
    } while (again);
    refreshing = false;
  }

  const fetchShown = (): Promise<unknown> => Promise.all([faults.ensure(faultView.from, faultView.count), entries.ensure(entryView.from, entryView.count)]);

  function showFaults(from: number, count: number): void {
    faultView = { from, count };
    void messages.attempt('queues', () => faults.ensure(from, count));
  }
  function showEntries(from: number, count: number): void {
    entryView = { from, count };
    void messages.attempt('queues', () => entries.ensure(from, count));
  }

  return { rings, list, shown, faults, entries, showFaults, showEntries };
});

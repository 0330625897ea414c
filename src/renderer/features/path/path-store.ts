/** The rows of the path: of one step, which follows the selected transaction, or of the whole run. */
import { defineStore } from 'pinia';
import { markRaw, ref, watch } from 'vue';
import type { PathRow } from '../../../protocol/contract.ts';
import { useFilters } from '../../services/filters.ts';
import { useInspection } from '../../services/inspection.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useMessages } from '../../services/messages.ts';
import { RowCache } from '../../services/rows.ts';
import { useRun } from '../../services/run.ts';
import { useSelection } from '../../services/selection.ts';

export type PathScope = 'transaction' | 'step' | 'run';

export const usePath = defineStore('path', () => {
  const client = useLabClient();
  const filters = useFilters();
  const inspection = useInspection();
  const messages = useMessages();
  const run = useRun();
  const selection = useSelection();
  const scope = ref<PathScope>('step');
  /** 1-based; 0 is what came before the first: the kernels come up. */
  const step = ref(0);
  /** Rows of the stack in the whole run; 0 in a lab without one. */
  const hops = ref(0);
  /** The chosen row in the list, -1 for none. */
  const chosen = ref(-1);
  const rows = markRaw(new RowCache<PathRow>((from, count) => client.call('path.window', { ...range(), from, count })));
  let shown = { from: 0, count: 0 };
  let measuring = false;
  let wanted: 'nothing' | 'growth' | 'others' = 'nothing';
  /** The step was chosen while the run went on: it stays until the next run, or until the run is taken back. */
  let held = false;
  /** Whose row is to be chosen once the rows of its step are there. */
  let locating = 0;

  const range = (): { step?: number; txn?: number } => (scope.value === 'step' ? { step: step.value } : scope.value === 'transaction' ? { txn: selection.present ?? 0 } : {});

  let before: PathScope | null = null;
  watch(() => filters.following, (txn) => {
    if (txn === null && before !== null) scope.value = before;
    before = txn === null ? null : (before ?? scope.value);
    if (txn !== null) scope.value = 'transaction';
  }, { immediate: true });
  watch(() => run.isRunning, (isRunning) => isRunning && (held = false), { flush: 'sync' });
  watch(
    () => run.state?.position,
    (position = 0, before = 0) => {
      if (held && position > before) return;
      held = false;
      step.value = position;
    },
    { immediate: true },
  );
  watch([() => selection.present, () => run.epoch], () => void followSelection(), { immediate: true });
  watch(() => run.epoch, () => inspection.clear('path'));
  watch([scope, step, () => run.epoch, () => (scope.value === 'transaction' ? selection.present : null)], () => {
    chosen.value = -1;
    void measure('others');
  }, { immediate: true });
  watch(() => run.state?.records, () => void measure('growth'));

  async function followSelection(): Promise<void> {
    const own = ++locating;
    const { present: txn } = selection;
    const row = rows.rowAt(chosen.value);
    if (txn === null || row?.txn === txn) return;
    const place = await messages.attempt('path', () => client.call('path.locate', { txn }));
    if (place === undefined || own !== locating) return;
    if (scope.value === 'step') {
      held = run.isRunning;
      step.value = place.step;
    }
    await measure('growth');
    if (own === locating && scope.value === 'step') chosen.value = place.index;
  }

  /** Asks how many rows there are; calls that come while one is under way become one more. */
  async function measure(why: 'growth' | 'others'): Promise<void> {
    wanted = why === 'others' || wanted === 'others' ? 'others' : 'growth';
    if (measuring) return;
    measuring = true;
    while (wanted !== 'nothing') {
      const restart = wanted === 'others';
      wanted = 'nothing';
      const answer = await messages.attempt('path', () => client.call('path.window', { ...range(), from: 0, count: 0 }));
      if (answer === undefined) continue;
      hops.value = answer.hops;
      // A hop that ends goes before what it caused: the rows of a step may change their places until it is done.
      if (restart || answer.total !== rows.total) rows.restart(answer.total);
      void fetchShown();
    }
    measuring = false;
  }

  const fetchShown = (): Promise<unknown> => messages.attempt('path', () => rows.ensure(shown.from, shown.count));

  function show(from: number, count: number): void {
    shown = { from, count };
    void fetchShown();
  }

  /** One step on or back. */
  function move(by: 1 | -1): void {
    locating++;
    held = run.isRunning;
    scope.value = 'step';
    step.value = Math.max(0, Math.min(run.state?.position ?? 0, step.value + by));
  }

  return { scope, step, hops, chosen, rows, show, move };
});

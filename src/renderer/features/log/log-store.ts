/** What the log lists: one transaction from inside, or what happened between transactions in one step or in all of them. */
import { defineStore } from 'pinia';
import { computed, markRaw, ref, shallowRef, watch } from 'vue';
import type { TraceStep } from '../../../protocol/contract.ts';
import { useFilters } from '../../services/filters.ts';
import { useInspection } from '../../services/inspection.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useMessages } from '../../services/messages.ts';
import { RowCache } from '../../services/rows.ts';
import { useRun } from '../../services/run.ts';
import { useSelection } from '../../services/selection.ts';

export const SCOPES = ['transaction', 'step', 'run'] as const;
export type Scope = (typeof SCOPES)[number];

export const useLog = defineStore('log', () => {
  const client = useLabClient();
  const filters = useFilters();
  const inspection = useInspection();
  const messages = useMessages();
  const run = useRun();
  const selection = useSelection();
  const scope = ref<Scope>('transaction');
  /** The step that was looked at or done last; 0 is before the first. */
  const step = ref(0);
  const inside = shallowRef<readonly TraceStep[]>([]);
  const lines = markRaw(new RowCache<TraceStep>((from, count) => client.call('log.window', { ...range(), from, count })));
  const total = computed(() => (scope.value === 'transaction' ? inside.value.length : lines.total));
  let fetching: AbortController | undefined;
  let shown = { from: 0, count: 0 };
  let measuring = false;
  let wanted: 'nothing' | 'growth' | 'others' = 'nothing';

  const range = (): { step?: number } => (scope.value === 'step' ? { step: step.value } : {});
  const rowAt = (index: number): TraceStep | undefined => (scope.value === 'transaction' ? inside.value[index] : lines.rowAt(index));

  watch([() => selection.present, () => run.epoch], () => void followSelection(), { immediate: true });
  let before: Scope | null = null;
  watch(() => filters.following, (txn) => {
    if (txn === null && before !== null) scope.value = before;
    before = txn === null ? null : (before ?? scope.value);
    if (txn !== null) scope.value = 'transaction';
  }, { immediate: true });
  watch(() => run.state?.position, (position) => (step.value = position ?? 0), { immediate: true });
  watch(() => run.epoch, () => inspection.clear('log'));
  watch([scope, step, () => run.epoch], () => void measure('others'), { immediate: true });
  watch(() => run.state?.records, () => void measure('growth'));

  async function followSelection(): Promise<void> {
    fetching?.abort();
    const own = (fetching = new AbortController());
    const { present: txn } = selection;
    if (txn === null) return void (inside.value = []);
    const answer = await messages.attempt('log', async () => {
      const { signal } = own;
      const [steps, { rows }] = await Promise.all([client.call('steps.list', { txn }, { signal }), client.call('transactions.window', { from: txn - 1, count: 1 }, { signal })]);
      return { steps, step: rows[0]?.step };
    });
    if (fetching !== own) return;
    inside.value = answer?.steps ?? [];
    if (answer?.step !== undefined) step.value = answer.step;
  }

  /** Asks how many lines there are; calls that come while one is under way become one more. */
  async function measure(why: 'growth' | 'others'): Promise<void> {
    if (scope.value === 'transaction') return;
    wanted = why === 'others' || wanted === 'others' ? 'others' : 'growth';
    if (measuring) return;
    measuring = true;
    while (wanted !== 'nothing') {
      const restart = wanted === 'others';
      wanted = 'nothing';
      const answer = await messages.attempt('log', () => client.call('log.window', { ...range(), from: 0, count: 0 }));
      if (answer === undefined) continue;
      if (restart) lines.restart(answer.total);
      else lines.grow(answer.total);
      void fetchShown();
    }
    measuring = false;
  }

  const fetchShown = (): Promise<unknown> => (scope.value === 'transaction' ? Promise.resolve() : messages.attempt('log', () => lines.ensure(shown.from, shown.count)));

  /** The lines on screen: they are fetched now, and again when they may be others. */
  function show(from: number, count: number): void {
    shown = { from, count };
    void fetchShown();
  }

  return { scope, step, inside, lines, total, rowAt, show };
});

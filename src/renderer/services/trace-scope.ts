/** Which part of the trace the list of records shows: the selected transaction, one step, or the whole run; all of it or its outline. */
import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';
import type { Span } from '../../protocol/contract.ts';
import { OUTLINE_FILTER } from '../../query/outline.ts';
import { useMessages } from './messages.ts';
import { useRun } from './run.ts';
import { useSelection } from './selection.ts';

export type TraceScope = 'transaction' | 'step' | 'run';

export const useTraceScope = defineStore('trace-scope', () => {
  const messages = useMessages();
  const run = useRun();
  const selection = useSelection();
  const scope = ref<TraceScope>('transaction');
  /** The step that was looked at or done last; 0 is before the first. */
  const step = ref(0);
  /** Leaves out what is inside transactions. */
  const outline = ref(true);

  const span = computed((): Span | undefined => {
    if (scope.value === 'run') return undefined;
    return scope.value === 'step' ? { step: step.value } : { txn: selection.present ?? 0 };
  });
  /** A filter that all rows match beside the one that is typed. */
  const base = computed(() => (outline.value && scope.value !== 'transaction' ? OUTLINE_FILTER : ''));

  watch(() => run.state?.position, (position) => (step.value = position ?? 0), { immediate: true });
  watch([() => selection.present, () => run.epoch], async ([txn]) => {
    if (txn === null || txn === undefined) return;
    const row = await messages.attempt('records', () => selection.fetched());
    if (row !== undefined && selection.present === txn) step.value = row.step;
  }, { immediate: true });

  return { scope, step, outline, span, base };
});

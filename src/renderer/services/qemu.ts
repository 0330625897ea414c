/** Where QEMU 11 would answer differently: asked for once for each machine, since it takes up to some 60 runs of the lab. */
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { QemuComparison, QemuDifference } from '../../protocol/contract.ts';
import { useJobs } from './jobs.ts';
import { useLabClient } from './lab-client.ts';
import { useMessages } from './messages.ts';
import { useRun } from './run.ts';

/** What is known of a transaction: nothing yet, that it was not compared, that QEMU does the same, or what it does instead. */
export type QemuAnswer = 'unknown' | 'not-compared' | 'same' | QemuDifference;

export const useQemu = defineStore('qemu', () => {
  const client = useLabClient();
  const jobs = useJobs();
  const messages = useMessages();
  const run = useRun();
  const comparison = shallowRef<QemuComparison | null>(null);
  /** Of the comparison under way. */
  const comparing = shallowRef<AbortController | null>(null);
  let relabel: (label: string) => void = () => undefined;
  client.on('qemu.progress', ({ done, atMost }) => relabel(`Comparing with QEMU 11, run ${done + 1} of at most ${atMost}`));

  const canCompare = computed(() => comparing.value === null && comparison.value === null && run.state !== null && run.state.state !== 'empty' && !run.state.readOnly);

  /** What was found is of the machine that was there. */
  function forget(): void {
    comparing.value?.abort();
    comparing.value = null;
    comparison.value = null;
  }
  watch(() => run.machine, forget, { flush: 'sync' });

  async function compare(): Promise<void> {
    const own = (comparing.value = new AbortController());
    const answer = await messages.attempt('walk', () =>
      jobs.track('Comparing with QEMU 11', (signal, label) => {
        relabel = label;
        signal.addEventListener('abort', () => own.abort());
        return client.call('qemu.compare', {}, { signal: own.signal });
      }),
    );
    if (comparing.value !== own) return;
    comparing.value = null;
    comparison.value = answer ?? null;
  }

  function answerTo(txn: number): QemuAnswer {
    const known = comparison.value;
    if (known === null) return 'unknown';
    const has = ({ first, last }: { readonly first: number; readonly last: number }): boolean => first <= txn && txn <= last;
    if (!known.compared.some(has)) return 'not-compared';
    return known.differences.find(({ transactions }) => has(transactions)) ?? 'same';
  }

  return { comparison, comparing, canCompare, compare, answerTo, forget };
});

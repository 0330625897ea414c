/** What the panels look at together. */
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { useMessages } from './messages.ts';
import { useRun } from './run.ts';
import { useTrace } from './trace.ts';

export const useSelection = defineStore('selection', () => {
  const trace = useTrace();
  const run = useRun();
  const messages = useMessages();
  /** The selected transaction (1-based), and the index of the selected event. */
  const txn = ref<number | null>(null);
  const event = ref<number | null>(null);
  /** Which of the two was chosen: it decides what the record panel shows. */
  const lead = ref<'transaction' | 'event'>('transaction');

  /** The selected transaction while the run on screen has it: a run that starts again comes to it later. */
  const present = computed(() => (txn.value !== null && txn.value <= trace.transactions.total ? txn.value : null));

  /** Selects a transaction and, if it made one, its event. */
  async function selectTransaction(wanted: number): Promise<void> {
    txn.value = wanted;
    lead.value = 'transaction';
    event.value = null;
    const index = await messages.attempt('events', () => trace.eventOf(wanted));
    if (txn.value === wanted && lead.value === 'transaction') event.value = index === undefined || index < 0 ? null : index;
  }

  /** Selects an event and the transaction that made it. */
  async function selectEvent(index: number): Promise<void> {
    event.value = index;
    lead.value = 'event';
    const row = await messages.attempt('events', () => trace.events.get(index));
    if (row !== undefined && event.value === index && row.txn > 0) txn.value = row.txn;
  }

  /** One transaction on or back, from the first or last when none is selected. */
  function move(step: 1 | -1): void {
    const total = trace.transactions.total;
    if (total === 0) return;
    const from = txn.value ?? (step === 1 ? 0 : total + 1);
    void selectTransaction(Math.min(total, Math.max(1, from + step)));
  }

  /** The nearest faulting transaction after (or before) the selected one; stays when there is none. */
  async function moveToFault(step: 1 | -1): Promise<void> {
    const from = txn.value === null ? (step === 1 ? 0 : trace.transactions.total - 1) : txn.value - 1 + step;
    const index = await messages.attempt('transactions', () => trace.transactions.find(from, step, (row) => row.status === 'fault'));
    if (index !== undefined && index >= 0) await selectTransaction(index + 1);
  }

  /** After a run: what was selected if it is still there, else the first fault, else the last transaction. */
  async function afterRun(): Promise<void> {
    const total = run.state?.transactions ?? 0;
    if (txn.value !== null && txn.value <= total) return void (await selectTransaction(txn.value));
    if (total === 0) return clear();
    if ((run.state?.faults ?? 0) > 0) await moveToFault(1);
    if (txn.value === null || txn.value > total) await selectTransaction(total);
  }

  /** After a step: what it did. */
  async function afterStep(): Promise<void> {
    const total = run.state?.transactions ?? 0;
    if (total > 0) await selectTransaction(total);
  }

  function clear(): void {
    txn.value = null;
    event.value = null;
    lead.value = 'transaction';
  }

  return { txn, present, event, lead, selectTransaction, selectEvent, move, moveToFault, afterRun, afterStep, clear };
});

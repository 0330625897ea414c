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

  /** Whether rows are numbered one after the other: of a recording that left some out they are not. */
  const isWhole = (): boolean => (run.state?.omitted ?? 0) === 0;

  /** The selected transaction while the run on screen has it: a run that starts again comes to it later. */
  const present = computed(() => (txn.value !== null && (isWhole() ? txn.value <= trace.transactions.total : trace.transactions.total > 0) ? txn.value : null));

  /** Selects the transaction of a row. */
  async function selectRow(index: number): Promise<void> {
    const row = isWhole() ? undefined : await messages.attempt('transactions', () => trace.transactions.get(index));
    await selectTransaction(row?.txn ?? index + 1);
  }

  /** Selects a transaction and, if it made one, its event. */
  async function selectTransaction(wanted: number): Promise<void> {
    txn.value = wanted;
    lead.value = 'transaction';
    event.value = null;
    const index = await messages.attempt('events', () => trace.eventOf(wanted));
    if (txn.value === wanted && lead.value === 'transaction') event.value = index === undefined || index < 0 ? null : index;
  }

  /** The row of a transaction; of one that was left out, where it would be. */
  async function rowOf(wanted: number): Promise<number> {
    if (isWhole()) return wanted - 1;
    const index = await messages.attempt('transactions', () => trace.transactions.find(0, 1, (row) => row.txn >= wanted));
    return index === undefined || index < 0 ? trace.transactions.total : index;
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
    const from = txn.value === null ? (step === 1 ? 0 : trace.transactions.total - 1) : (await rowOf(txn.value)) + step;
    const index = await messages.attempt('transactions', () => trace.transactions.find(from, step, (row) => row.status === 'fault'));
    if (index !== undefined && index >= 0) await selectRow(index);
  }

  /** After a run: what was selected if it is still there, else the first fault, else the last transaction. */
  async function afterRun(): Promise<void> {
    const total = run.state?.transactions ?? 0;
    if (txn.value !== null && isWhole() && txn.value <= total) return void (await selectTransaction(txn.value));
    if (total === 0) return clear();
    if (!isWhole()) txn.value = null;
    if ((run.state?.faults ?? 0) > 0) await moveToFault(1);
    if (txn.value === null || (isWhole() && txn.value > total)) await selectRow(total - 1);
  }

  /** After a step: what it did. */
  async function afterStep(): Promise<void> {
    const total = run.state?.transactions ?? 0;
    if (total > 0) await selectRow(total - 1);
  }

  function clear(): void {
    txn.value = null;
    event.value = null;
    lead.value = 'transaction';
  }

  return { txn, present, event, lead, selectTransaction, selectEvent, move, moveToFault, afterRun, afterStep, clear };
});

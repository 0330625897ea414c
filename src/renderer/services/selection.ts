/** What the panels look at together. */
import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';
import type { TransactionRow } from '../../protocol/contract.ts';
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
  /** Which of the two was chosen, or something that was pasted: it decides what the record panel shows. */
  const lead = ref<'transaction' | 'event' | 'pasted'>('transaction');

  /** Whether rows are numbered one after the other: of a recording that left some out or lost some they are not. */
  const isWhole = (): boolean => (run.state?.omitted ?? 0) + (run.state?.dropped ?? 0) === 0;

  /** Index of the selected transaction's row, -1 without one. */
  const index = ref(-1);
  const row = computed(() => (index.value < 0 ? undefined : trace.transactions.rowAt(index.value)));

  /** The selected transaction while the run on screen has it: a run that starts again comes to it later. */
  const present = computed(() => (txn.value !== null && (isWhole() ? txn.value <= trace.transactions.total : trace.transactions.total > 0) ? txn.value : null));

  watch([txn, () => run.epoch, () => trace.transactions.total], () => void locate(), { flush: 'sync' });
  async function locate(): Promise<void> {
    const wanted = txn.value;
    if (wanted === null || isWhole()) return void (index.value = wanted === null ? -1 : wanted - 1);
    // A list that grows does so at its end.
    if (row.value?.txn === wanted) return;
    index.value = -1;
    await messages.attempt('transactions', async () => {
      const place = await placeOf(wanted);
      const found = await trace.transactions.get(place);
      if (txn.value === wanted && found?.txn === wanted) index.value = place;
    });
  }

  /** The row of the selected transaction, fetched if need be. */
  async function fetched(): Promise<TransactionRow | undefined> {
    const wanted = present.value;
    const found = wanted === null ? undefined : await trace.transactions.get(await placeOf(wanted));
    return found?.txn === wanted ? found : undefined;
  }

  /** Selects the transaction of a row. */
  async function selectRow(at: number): Promise<void> {
    const found = isWhole() ? undefined : await messages.attempt('transactions', () => trace.transactions.get(at));
    await selectTransaction(found?.txn ?? at + 1);
  }

  /** Selects a transaction and, if it made one, its event. */
  async function selectTransaction(wanted: number): Promise<void> {
    txn.value = wanted;
    lead.value = 'transaction';
    event.value = null;
    const index = await messages.attempt('events', () => trace.eventOf(wanted));
    if (txn.value === wanted && lead.value === 'transaction') event.value = index === undefined || index < 0 ? null : index;
  }

  /** Index of the row of a transaction; of one that is not there, where it would be. */
  const placeOf = (wanted: number): Promise<number> => (isWhole() ? Promise.resolve(wanted - 1) : trace.placeOf(wanted));

  /** Selects an event and the transaction that made it. */
  async function selectEvent(index: number): Promise<void> {
    event.value = index;
    lead.value = 'event';
    const row = await messages.attempt('events', () => trace.events.get(index));
    if (row !== undefined && event.value === index && row.txn > 0) txn.value = row.txn;
  }

  /** One transaction on or back, from the first or last when none is selected. */
  function move(step: 1 | -1): Promise<void> {
    const { total } = trace.transactions;
    if (total === 0) return Promise.resolve();
    if (isWhole()) return selectTransaction(Math.min(total, Math.max(1, (txn.value ?? (step === 1 ? 0 : total + 1)) + step)));
    return (moving = moving.then(async () => {
      const next = await messages.attempt('transactions', () => neighbour(step));
      if (next !== undefined) await selectRow(Math.min(total - 1, Math.max(0, next)));
    }));
  }
  /** Keys that are pressed while rows are looked up go on from there. */
  let moving = Promise.resolve();

  /** Index of the row after (or before) the selected transaction. */
  async function neighbour(step: 1 | -1): Promise<number> {
    if (txn.value === null) return step === 1 ? 0 : trace.transactions.total - 1;
    const place = await placeOf(txn.value);
    const isThere = isWhole() || (await trace.transactions.get(place))?.txn === txn.value;
    return step === 1 && !isThere ? place : place + step;
  }

  /** The nearest faulting transaction after (or before) the selected one; stays when there is none. */
  async function moveToFault(step: 1 | -1): Promise<void> {
    const at = await messages.attempt('transactions', async () => trace.transactions.find(await neighbour(step), step, (found) => found.status === 'fault'));
    if (at !== undefined && at >= 0) await selectRow(at);
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

  return { txn, isWhole, present, index, row, fetched, event, lead, selectTransaction, selectEvent, move, moveToFault, afterRun, afterStep, clear };
});

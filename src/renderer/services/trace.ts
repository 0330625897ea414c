/** The rows of the run on screen: transactions and events, a window at a time, and the event queue's registers. */
import { defineStore } from 'pinia';
import { markRaw, shallowRef, watch } from 'vue';
import type { EventRow, QueueState, TransactionRow } from '../../protocol/contract.ts';
import { useLabClient } from './lab-client.ts';
import { useMessages } from './messages.ts';
import { RowCache } from './rows.ts';
import { useRun } from './run.ts';

export const useTrace = defineStore('trace', () => {
  const client = useLabClient();
  const messages = useMessages();
  const run = useRun();
  const queue = shallowRef<QueueState | null>(null);

  // Raw: a reactive proxy cannot reach the private fields of a class, and what is reactive in it already is.
  const transactions = markRaw(new RowCache<TransactionRow>((from, count) => client.call('transactions.window', { from, count })));
  const events = markRaw(new RowCache<EventRow>(async (from, count) => {
    const answer = await client.call('events.window', { from, count });
    queue.value = answer.queue;
    return answer;
  }));

  watch(
    () => run.epoch,
    () => {
      transactions.restart(run.state?.transactions ?? 0);
      events.restart(run.state?.events ?? 0);
    },
    { flush: 'sync' },
  );
  watch(
    () => run.state,
    (state) => {
      const goesOn = state?.state === 'running';
      transactions.grow(state?.transactions ?? 0, goesOn);
      events.grow(state?.events ?? 0, goesOn);
      void refreshQueue();
    },
    { flush: 'sync' },
  );

  let refreshing = false;
  let again = false;
  /** Reads the queue's registers; calls that come while one is under way become one more. */
  async function refreshQueue(): Promise<void> {
    if (run.state === null) return void (queue.value = null);
    if (refreshing) return void (again = true);
    refreshing = true;
    do {
      again = false;
      await messages.attempt('events', async () => (queue.value = (await client.call('events.window', { from: 0, count: 0 })).queue));
    } while (again);
    refreshing = false;
  }

  /** Index of the first row of this transaction or of one behind it. Rows are in the order of their transactions. */
  async function firstOf<Row extends { readonly txn: number }>(rows: RowCache<Row>, txn: number): Promise<number> {
    let [low, high] = [0, rows.total];
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = await rows.get(middle);
      if (row !== undefined && row.txn < txn) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index of the event that a transaction generated, or -1. */
  async function eventOf(txn: number): Promise<number> {
    const index = await firstOf(events, txn);
    return (await events.get(index))?.txn === txn ? index : -1;
  }

  /** Index of the row of a transaction; of one that the trace lacks, where it would be. */
  const placeOf = (txn: number): Promise<number> => firstOf(transactions, txn);

  return { transactions, events, queue, eventOf, placeOf };
});

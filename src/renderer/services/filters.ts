/** The filters of the lists, kept with the session they were typed in. */
import { defineStore } from 'pinia';
import { computed, markRaw, ref, shallowRef, watch } from 'vue';
import type { EventRow, FilterList, RecordRow, TransactionRow } from '../../protocol/contract.ts';
import { parseFilter } from '../../query/compile.ts';
import { print } from '../../query/print.ts';
import { useDocuments } from './documents.ts';
import { useLabClient } from './lab-client.ts';
import { createListFilter, type ListFilter } from './list-filter.ts';
import { useListLooks } from './list-looks.ts';
import { RowCache } from './rows.ts';
import { useRun } from './run.ts';
import { useSelection } from './selection.ts';
import { useSessions } from './sessions.ts';
import { pageStorage, readSettings, remembered, writeSettings, type SessionFilters } from './settings.ts';
import { useTrace } from './trace.ts';
import { useTraceScope, type TraceScope } from './trace-scope.ts';

/** A transaction that the lists are filtered to, and what they were filtered by before. */
interface Followed {
  readonly txn: number;
  readonly before: SessionFilters;
  readonly scope: TraceScope;
  readonly outline: boolean;
}

const only = (txn: number): string => `txn == ${txn}`;

/** The filter and another test, both of which must hold. */
export function narrowed(filter: string, test: string): string {
  const parsed = parseFilter(filter);
  if (!parsed.ok) return test;
  const before = print(parsed.value);
  return `${parsed.value.kind === 'or' ? `(${before})` : before} && ${test}`;
}

export const useFilters = defineStore('filters', () => {
  const client = useLabClient();
  const looks = useListLooks();
  const run = useRun();
  const scope = useTraceScope();
  const trace = useTrace();
  const selection = useSelection();
  const sessions = useSessions();
  const documents = useDocuments();

  const transactions: ListFilter<TransactionRow> = createListFilter({
    list: 'transactions',
    whole: trace.transactions,
    fetch: (params, signal) => client.call('transactions.window', params, signal === undefined ? {} : { signal }),
    selected: () => selection.index,
    sort: () => looks.looks.transactions.sort,
    asked: () => looks.asked.transactions,
  });
  const events: ListFilter<EventRow> = createListFilter({
    list: 'events',
    whole: trace.events,
    fetch: (params, signal) => client.call('events.window', params, signal === undefined ? {} : { signal }),
    selected: () => selection.event ?? -1,
  });
  const everyRecord = markRaw(new RowCache<RecordRow>((from, count) => client.call('records.window', { from, count })));
  watch(() => run.epoch, () => everyRecord.restart(run.state?.records ?? 0), { flush: 'sync' });
  watch(() => run.state, (state) => everyRecord.grow(state?.records ?? 0, state?.state === 'running'), { flush: 'sync', immediate: true });
  /** Position in the trace of the record that was chosen last, -1: none. */
  const record = ref(-1);
  const records: ListFilter<RecordRow> = createListFilter({
    list: 'records',
    whole: everyRecord,
    fetch: (params, signal) => client.call('records.window', params, signal === undefined ? {} : { signal }),
    selected: () => record.value,
    base: () => scope.base,
    span: () => scope.span,
    sort: () => looks.looks.records.sort,
    asked: () => looks.asked.records,
  });
  watch(() => run.epoch, () => (record.value = -1));
  const lists = { transactions, events, records } as const satisfies Record<FilterList, unknown>;

  /** Keeps of a list only the rows for which a test holds, or does not. */
  const narrow = (list: FilterList, test: string, keep: boolean): Promise<void> => lists[list].set(narrowed(lists[list].text, keep ? test : `!(${test})`));

  const followed = shallowRef<Followed | null>(null);
  /** Grows when the lists are as they were before a transaction was followed. */
  const returned = ref(0);
  const appliedNow = (): SessionFilters => ({ transactions: transactions.applied, events: events.applied, records: records.applied });
  const setAll = (filters: SessionFilters): Promise<unknown> => Promise.all([transactions.set(filters.transactions), events.set(filters.events), records.set(filters.records)]);

  /** Filters the lists to one transaction until `unfollow`, or until another filter is typed. */
  async function follow(txn: number): Promise<void> {
    followed.value = { txn, before: followed.value?.before ?? appliedNow(), scope: followed.value?.scope ?? scope.scope, outline: followed.value?.outline ?? scope.outline };
    [scope.scope, scope.outline] = ['run', false];
    await setAll({ transactions: only(txn), events: only(txn), records: only(txn) });
  }

  async function unfollow(): Promise<void> {
    if (followed.value === null) return;
    const { before } = followed.value;
    [scope.scope, scope.outline] = [followed.value.scope, followed.value.outline];
    followed.value = null;
    await setAll(before);
    await Promise.all([transactions.locate(), events.locate(), records.locate()]);
    returned.value++;
  }

  watch(
    () => transactions.text,
    (text) => {
      if (followed.value !== null && text !== only(followed.value.txn)) followed.value = null;
    },
    { flush: 'sync' },
  );

  /** One transaction on or back, among those that the filter shows. */
  async function move(step: 1 | -1): Promise<void> {
    if (!transactions.isActive) return selection.move(step);
    const row = transactions.total === 0 ? undefined : await transactions.neighbour(step);
    if (row !== undefined) await selection.selectTransaction(row.txn);
  }

  /** Filters of what is being opened are on their way: those at hand are not of the session. */
  let restoring = 0;

  function remember(): void {
    const session = sessions.current;
    if (session === null || restoring > 0) return;
    const filters = followed.value?.before ?? appliedNow();
    const isEmpty = filters.transactions === '' && filters.events === '' && filters.records === '';
    writeSettings(pageStorage(), { filters: remembered(readSettings(pageStorage()).filters, session, isEmpty ? null : filters) });
  }

  watch(
    () => documents.opened,
    async () => {
      const stored = sessions.current === null ? undefined : readSettings(pageStorage()).filters[sessions.current];
      restoring++;
      await setAll(stored ?? { transactions: '', events: '', records: '' });
      restoring--;
    },
    { flush: 'sync' },
  );
  watch([() => transactions.applied, () => events.applied, () => records.applied, () => sessions.current], remember);

  return { lists, record, narrow, move, following: computed(() => followed.value?.txn ?? null), follow, unfollow, returned };
});

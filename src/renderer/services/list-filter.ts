/** One list as its filter shows it: what is typed, what is applied, the rows that match, and where the selected one is among them. */
import { computed, reactive, ref, shallowRef, watch } from 'vue';
import { RpcError, type FilterCheck, type FilterCompletions, type FilterList, type FilterProblem } from '../../protocol/contract.ts';
import { useLabClient } from './lab-client.ts';
import { useMessages } from './messages.ts';
import { RowCache } from './rows.ts';
import { useRun } from './run.ts';

/** After the last key press, in milliseconds: a text is checked, and applied when it is a filter. */
const APPLY_DELAY = 120;

/** What the list is without a filter, and where its rows come from with one. */
export interface ListSource<Row> {
  readonly list: FilterList;
  readonly whole: RowCache<Row>;
  fetch(from: number, count: number, filter: string): Promise<{ readonly total: number; readonly rows: readonly Row[] }>;
  /** Position of the selected row in the whole list, -1 for none. */
  selected(): number;
}

export function createListFilter<Row>({ list, whole, fetch, selected }: ListSource<Row>) {
  const client = useLabClient();
  const messages = useMessages();
  const run = useRun();
  /** What is in the box, and what the list is filtered by: the last of it that was a filter. */
  const text = ref('');
  const applied = ref('');
  const error = shallowRef<FilterProblem | null>(null);
  const warnings = shallowRef<FilterCheck['warnings']>([]);
  /** Index of the selected row among those that are shown, -1 for none. */
  const index = ref(-1);
  /** Grows when every row may be another. */
  const revision = ref(0);
  const matching = new RowCache<Row>((from, count) => fetch(from, count, applied.value));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;

  const isActive = computed(() => applied.value !== '');
  const shown = computed(() => (isActive.value ? matching : whole));
  const total = computed(() => shown.value.total);
  const all = computed(() => whole.total);

  /** Takes a text as it is typed. */
  function edit(next: string): void {
    text.value = next;
    clearTimeout(timer);
    timer = setTimeout(() => void apply(), APPLY_DELAY);
  }

  /** Checks the text and filters by it; what is no filter is said, and changes nothing. */
  async function apply(): Promise<void> {
    clearTimeout(timer);
    const wanted = text.value.trim();
    const number = ++asked;
    const checked = wanted === '' ? null : await messages.attempt(list, () => client.call('filter.check', { list, text: text.value }));
    if (number !== asked || checked === undefined) return;
    error.value = checked?.error ?? null;
    warnings.value = checked?.warnings ?? [];
    if (error.value !== null || wanted === applied.value) return;
    applied.value = wanted;
    matching.restart(checked?.total ?? 0);
    revision.value++;
  }

  function set(next: string): Promise<void> {
    text.value = next;
    return apply();
  }

  const clear = (): Promise<void> => set('');

  let refreshing = false;
  let again = false;
  /** How many rows match by now; calls that come while one is under way become one more. */
  async function refresh(): Promise<void> {
    if (!isActive.value || run.state === null) return;
    if (refreshing) return void (again = true);
    refreshing = true;
    do {
      again = false;
      const filter = applied.value;
      await messages.attempt(list, async () => {
        const { total } = await fetch(0, 0, filter).catch(rejected);
        if (filter === applied.value) matching.grow(total);
      });
    } while (again);
    refreshing = false;
  }

  /** Another lab may not have what the filter names: then it is no longer applied, and says why. */
  function rejected(cause: unknown): { total: number } {
    if (!(cause instanceof RpcError) || !cause.code.startsWith('filter-')) throw cause;
    applied.value = '';
    revision.value++;
    error.value = { code: cause.code, message: cause.message, column: cause.at?.column ?? 1, endColumn: cause.at?.endColumn ?? 2 };
    return { total: 0 };
  }

  watch(() => run.state, () => void refresh(), { flush: 'sync' });
  watch(
    () => run.epoch,
    () => {
      matching.restart(matching.total);
      revision.value++;
      // The devices may be others, so a text that was none may be a filter now.
      if (text.value !== '') void apply().then(refresh);
    },
  );
  // Matches only come at the end of the list, so that the index of a row stays what it is.
  watch([selected, revision], () => void locate());

  /** Finds the selected row among those that are shown. */
  async function locate(): Promise<void> {
    const position = selected();
    const filter = applied.value;
    if (filter === '' || position < 0) return void (index.value = position);
    const found = await messages.attempt(list, () => client.call('filter.locate', { list, text: filter, position }));
    if (found === undefined || filter !== applied.value || position !== selected()) return;
    index.value = found.found ? found.index : -1;
  }

  /** The row one on or back from the selected one, whether that is shown or not. */
  async function neighbour(step: 1 | -1): Promise<Row | undefined> {
    const position = selected();
    const { index: before, found } = await client.call('filter.locate', { list, text: applied.value, position: Math.max(0, position) });
    const next = position < 0 ? (step === 1 ? 0 : total.value - 1) : step === 1 ? before + (found ? 1 : 0) : before - 1;
    return shown.value.get(Math.min(total.value - 1, Math.max(0, next)));
  }

  /** The row at an index of what is shown, with the index taken as the selected one at once. */
  function choose(at: number): Promise<Row | undefined> {
    index.value = at;
    return shown.value.get(at);
  }

  const rowAt = (at: number): Row | undefined => shown.value.rowAt(at);
  const ensure = (from: number, count: number): Promise<unknown> => messages.attempt(list, () => shown.value.ensure(from, count));
  const complete = (typed: string, cursor: number): Promise<FilterCompletions> => client.call('filter.complete', { list, text: typed, cursor });

  return reactive({ list, text, applied, error, warnings, index, revision, isActive, total, all, edit, set, clear, rowAt, ensure, choose, neighbour, complete, locate });
}

export type ListFilter<Row> = ReturnType<typeof createListFilter<Row>>;

/**
 * One list as it is shown: what is typed into its filter and what is applied, how it is sorted, the rows that are left, where the selected
 * one is among them, and whether new rows are let in.
 */
import { computed, reactive, ref, shallowRef, watch } from 'vue';
import { RpcError, type FilterCheck, type FilterCompletions, type FilterList, type FilterProblem, type Params, type Sort, type Span } from '../../protocol/contract.ts';
import { MAX_FILTER } from '../../query/parser.ts';
import { useJobs } from './jobs.ts';
import { useLabClient } from './lab-client.ts';
import { useMessages } from './messages.ts';
import { RowCache } from './rows.ts';
import { useRun } from './run.ts';

/** After the last key press, in milliseconds: a text is checked, and applied when it is a filter. */
const APPLY_DELAY = 120;

type Window = Params<'transactions.window'>;

/** What the list is without a filter, and where its rows come from otherwise. */
export interface ListSource<Row> {
  readonly list: FilterList;
  readonly whole: RowCache<Row>;
  fetch(params: Window, signal?: AbortSignal): Promise<{ readonly total: number; readonly all: number; readonly rows: readonly Row[] }>;
  /** Position of the selected row in the whole list, -1 for none. */
  selected(): number;
  /** A filter beside the one that is typed, and the part of the trace that is listed. */
  base?(): string;
  span?(): Span | undefined;
  sort?(): Sort | null;
  /** What rows are to tell beside what they are made of. */
  asked?(): Pick<Window, 'columns' | 'marks'> | null;
}

const both = (base: string, typed: string): string => (base === '' || typed === '' ? base + typed : `(${base}) && (${typed})`);

/** So much is not sent: who checks filters takes no more. */
const tooLong = (text: string): FilterProblem | null =>
  text.length <= MAX_FILTER ? null : { code: 'filter-syntax', message: `a filter has at most ${MAX_FILTER.toLocaleString()} characters`, column: MAX_FILTER + 1, endColumn: text.length + 1 };

const isCancelled = (cause: unknown): boolean => cause instanceof RpcError && cause.code === 'cancelled';

export function createListFilter<Row>({ list, whole, fetch, selected, base = () => '', span = () => undefined, sort = () => null, asked = () => null }: ListSource<Row>) {
  const client = useLabClient();
  const jobs = useJobs();
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
  /** The order of a sorted list, made when it had so many rows. */
  const order = shallowRef<{ readonly id: number; readonly total: number } | null>(null);
  /** Rows of the list without the filter that is typed. */
  const unfiltered = ref(0);
  /** Rows that the list had when it was paused; null: it shows what comes. */
  const held = ref<number | null>(null);
  /** Rows that a sorted list does not have yet. */
  const unsorted = ref(0);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = 0;
  let checking: AbortController | null = null;

  const filter = computed(() => both(base(), applied.value));
  const isPlain = computed(() => filter.value === '' && span() === undefined && sort() === null && asked() === null);
  const chosen = (): Pick<Window, 'filter' | 'span' | 'order'> => {
    const part = span();
    return { ...(filter.value === '' ? {} : { filter: filter.value }), ...(part === undefined ? {} : { span: part }), ...(order.value === null ? {} : { order: order.value.id }) };
  };
  const matching = new RowCache<Row>((from, count) => rowsAt(from, count).catch(outdated));
  /** Colour rules may count through the whole trace: who cancels that has rows without colours until other rows or rules are there. */
  let isColouring = true;
  async function rowsAt(from: number, count: number) {
    const { marks, ...more } = asked() ?? {};
    const plain = { ...chosen(), ...more, from, count };
    if (marks === undefined || !isColouring) return fetch(plain);
    try {
      return await tracked('Colouring', new AbortController(), (signal) => fetch({ ...plain, marks }, signal));
    } catch (cause) {
      if (!isCancelled(cause)) throw cause;
      isColouring = false;
      return fetch(plain);
    }
  }

  const isActive = computed(() => applied.value !== '');
  const shown = computed(() => (isPlain.value ? whole : matching));
  const total = computed(() => Math.min(held.value ?? Infinity, shown.value.total));
  const all = computed(() => (isPlain.value ? whole.total : unfiltered.value));
  /** Rows that are there and not shown. */
  const news = computed(() => shown.value.total - total.value + (sort() === null ? 0 : unsorted.value));

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
    const number = ++asking;
    checking?.abort();
    checking = new AbortController();
    const own = checking;
    const part = span();
    error.value = tooLong(text.value);
    if (error.value !== null) return;
    const checked = wanted === '' ? null : await messages.attempt(list, () => tracked('Filtering', own, (signal) => client.call('filter.check', { list, text: text.value, ...(part === undefined ? {} : { span: part }) }, { signal })));
    if (number !== asking || checked === undefined) return;
    error.value = checked?.error ?? null;
    warnings.value = checked?.warnings ?? [];
    if (error.value !== null || wanted === applied.value) return;
    applied.value = wanted;
    if (checked !== null && base() === '' && sort() === null) matching.restart(checked.total);
    await measure('others');
  }

  function set(next: string): Promise<void> {
    text.value = next;
    return apply();
  }

  const clear = (): Promise<void> => set('');

  /** Shows that it takes a while, how far it is, and how to cancel it. */
  let relabel: ((done: number, total: number) => void) | null = null;
  client.on('rows.progress', (progress) => void (progress.list === list && relabel?.(progress.done, progress.total)));
  function tracked<T>(what: string, own: AbortController, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return jobs.track(`${what} the ${list}`, (signal, say) => {
      signal.addEventListener('abort', () => own.abort(), { once: true });
      relabel = (done, of) => say(`${what} the ${list}: ${Math.floor((100 * done) / Math.max(1, of))} % of ${of.toLocaleString()}`);
      return work(own.signal);
    });
  }

  let looking: AbortController | null = null;
  let measuring: Promise<void> | null = null;
  let wanted: 'nothing' | 'growth' | 'others' = 'nothing';
  /** How many rows there are, sorted anew if need be; calls that come while one is under way become one more. */
  function measure(why: 'growth' | 'others'): Promise<void> {
    wanted = why === 'others' || wanted === 'others' ? 'others' : 'growth';
    // An order or a scan of what is no longer wanted need not end.
    if (why === 'others') looking?.abort();
    measuring ??= (async () => {
      while (wanted !== 'nothing') {
        const others = wanted === 'others';
        wanted = 'nothing';
        await messages.attempt(list, () => look(others).catch(rejected));
      }
    })().finally(() => (measuring = null));
    return measuring;
  }

  async function look(others: boolean): Promise<void> {
    if (isPlain.value || run.state === null) {
      order.value = null;
      if (others) revision.value++;
      return;
    }
    const by = sort();
    const isSorting = by !== null && (others || (run.state.state !== 'running' && unsorted.value > 0));
    if (by === null) order.value = null;
    const own = (looking = new AbortController());
    if (isSorting) {
      const { filter: typed = '', span: part } = chosen();
      const made = await tracked('Sorting', own, (signal) => client.call('rows.sort', { list, text: typed, sort: by, ...(part === undefined ? {} : { span: part }) }, { signal }));
      order.value = { id: made.order, total: made.total };
    }
    const { order: _order, ...rows } = chosen();
    const count = await tracked('Filtering', own, (signal) => fetch({ ...rows, from: 0, count: 0 }, signal));
    unfiltered.value = count.all;
    unsorted.value = order.value === null ? 0 : count.total - order.value.total;
    const size = order.value?.total ?? count.total;
    if (!others && !isSorting) return matching.grow(size, run.state?.state === 'running');
    matching.restart(size);
    revision.value++;
  }

  /** A cancelled order leaves the list as it was; another lab may not have what the filter names: then it is no longer applied, and says why. */
  function rejected(cause: unknown): void {
    if (isCancelled(cause)) return;
    if (!(cause instanceof RpcError) || !cause.code.startsWith('filter-') || applied.value === '') throw cause;
    applied.value = '';
    error.value = { code: cause.code, message: cause.message, column: cause.at?.column ?? 1, endColumn: cause.at?.endColumn ?? 2 };
    wanted = 'others';
  }

  /** The host keeps only the newest orders. */
  function outdated(cause: unknown): { total: number; rows: readonly Row[] } {
    if (!(cause instanceof RpcError) || cause.code !== 'order-gone') throw cause;
    void measure('others');
    return { total: matching.total, rows: [] };
  }

  watch(() => run.state, () => void measure('growth'), { flush: 'sync' });
  watch(
    () => run.epoch,
    () => {
      held.value = null;
      // The devices may be others, so a text that was none may be a filter now.
      if (text.value !== '' && applied.value === '') void apply();
      void measure('others');
    },
  );
  watch([() => run.epoch, asked], () => void (isColouring = true), { flush: 'sync' });
  watch([base, span, sort, asked], () => void measure('others'));
  // Matches only come at the end of a list that is not sorted, so that the index of a row stays what it is.
  watch([selected, revision], () => void locate());

  /** Finds the selected row among those that are shown. */
  async function locate(): Promise<void> {
    const position = selected();
    const at = revision.value;
    if (isPlain.value || position < 0) return void (index.value = position);
    const found = await messages.attempt(list, () => place(position));
    if (found === undefined || at !== revision.value || position !== selected()) return;
    index.value = found.found ? found.index : -1;
  }

  const place = (position: number) => {
    const { filter: typed = '', ...rows } = chosen();
    return client.call('filter.locate', { list, text: typed, ...rows, position });
  };

  /** The row one on or back from the selected one, whether that is shown or not. */
  async function neighbour(step: 1 | -1): Promise<Row | undefined> {
    const position = selected();
    const { index: before, found } = await place(Math.max(0, position));
    const next = position < 0 ? (step === 1 ? 0 : total.value - 1) : step === 1 ? before + (found ? 1 : 0) : before - 1;
    return shown.value.get(Math.min(total.value - 1, Math.max(0, next)));
  }

  /** The row at an index of what is shown, with the index taken as the selected one at once. */
  function choose(at: number): Promise<Row | undefined> {
    index.value = at;
    return shown.value.get(at);
  }

  /** Shows no new rows until told otherwise. */
  const pause = (): void => void (held.value = held.value === null ? shown.value.total : null);
  /** Lets in what has come. */
  function letIn(): void {
    held.value = null;
    if (unsorted.value > 0) void measure('others');
  }

  const rowAt = (at: number): Row | undefined => (at < total.value ? shown.value.rowAt(at) : undefined);
  const ensure = (from: number, count: number): Promise<unknown> => messages.attempt(list, () => shown.value.ensure(from, count));
  const complete = (typed: string, cursor: number): Promise<FilterCompletions> => client.call('filter.complete', { list, text: typed, cursor });
  const isPaused = computed(() => held.value !== null);
  /** Rows with other columns than those on screen. */
  const rowsWith = (columns: string[], from: number, count: number) => fetch({ ...chosen(), columns, from, count });

  return reactive({ list, text, applied, error, warnings, index, revision, isActive, isPaused, total, all, news, edit, set, clear, rowAt, ensure, choose, neighbour, complete, locate, pause, letIn, rowsWith });
}

export type ListFilter<Row> = ReturnType<typeof createListFilter<Row>>;

/** The filters that are asked of one run: compiled once each, with what they have matched so far. */
import type { LabError } from '../../model/base/result.ts';
import { compileFilter, completeFilter, registryOf, sortKeyOf, toPredicate } from '../../query/index.ts';
import type { AgeOf, Filter, Landmark, Predicate, Registry, SortKey } from '../../query/index.ts';
import type { FilterCheck, FilterCompletions, FilterList, FilterProblem, StopCheck } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import { TraceAges } from './ages.ts';
import type { LandmarkAges } from './ages.ts';
import { elementsOf } from './elements.ts';
import type { Listed } from './elements.ts';
import { FilteredList } from './filtered-list.ts';
import type { Watch } from './slices.ts';

/** Filters kept: those of all lists, and what is being typed. */
const KEPT = 8;
/** Colour rules kept: those of all lists, and what was typed of them. */
const TESTS_KEPT = 128;

/** A filter as a test of one row, and what it counts from. */
interface Test {
  readonly matches: Predicate;
  readonly ages: readonly LandmarkAges[];
}

interface Kept {
  readonly filter: Filter;
  readonly list: FilteredList;
}

export class RunFilters {
  readonly #log: Listed;
  readonly #kept = new Map<string, Kept>();
  readonly #tests = new Map<string, Test | null>();
  readonly #ages: TraceAges;
  #registries: Registries = registriesOf([]);

  constructor(log: Listed) {
    this.#log = log;
    this.#ages = new TraceAges(log);
  }

  /** The devices of the lab, by StreamID: their names are known from here on. */
  name(devices: Iterable<readonly [sid: number, name: string]>): void {
    this.#registries = registriesOf([...devices]);
    this.#kept.clear();
    this.#tests.clear();
  }

  /** What a filter matches by now. Throws an RpcError with code, message and column of a bad one. */
  matches(list: FilterList, text: string): FilteredList {
    return this.#listOf(list, text).extend();
  }

  /** The same, a little at a time. */
  async matched(list: FilterList, text: string, watch: Watch): Promise<FilteredList> {
    return this.#listOf(list, text).extended(watch);
  }

  /** What there is to say about a text, without looking at a row. */
  check(list: FilterList, text: string): Pick<FilterCheck, 'error' | 'warnings'> {
    if (text.trim() === '') return { error: null, warnings: [] };
    const { error, value } = this.#keep(list, text);
    return error === null ? { error: null, warnings: value.filter.warnings.map(toWarning) } : { error: problemOf(error), warnings: [] };
  }

  /** Filters as tests of one row whose transaction has begun before a position of the trace; null of a text that is none. What they count from is read a little at a time. */
  async tests(list: FilterList, texts: readonly string[], end: number, watch: Watch): Promise<(Predicate | null)[]> {
    const tests = texts.map((text) => this.#test(list, text));
    for (const ages of new Set(tests.flatMap((test) => test?.ages ?? []))) await ages.read(end, watch);
    return tests.map((test) => test?.matches ?? null);
  }

  #test(list: FilterList, text: string): Test | null {
    const key = `${list} ${text}`;
    const known = this.#tests.get(key);
    if (known !== undefined) return known;
    const compiled = compileFilter(text, this.#registries[list]);
    const ages: LandmarkAges[] = [];
    const ageOf = (landmark: Landmark): AgeOf => {
      const own = this.#ages.of(landmark);
      ages.push(own);
      return own.ageOf;
    };
    const test = compiled.ok ? { matches: toPredicate(compiled.value.condition, ageOf), ages } : null;
    if (this.#tests.size >= TESTS_KEPT) this.#tests.clear();
    this.#tests.set(key, test);
    return test;
  }

  /** What there is to ask for, by name. */
  registry(list: FilterList): Registry {
    return this.#registries[list];
  }

  /** Throws `not-found`. */
  sortKey(list: FilterList, name: string): SortKey {
    const field = this.#registries[list].find(name);
    if (field === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `no field is called ${name}` });
    return sortKeyOf(field);
  }

  complete(list: FilterList, text: string, cursor: number): FilterCompletions {
    const { from, to, items } = completeFilter(text, Math.min(cursor, text.length), this.#registries[list]);
    return { from, to, items: [...items] };
  }

  /** A filter that a run is to stop at: of transactions if they have all that it names, else of all records. Throws as `matches` does. */
  stop(text: string): { readonly transactions: FilteredList | null; readonly records: Predicate | null } {
    const { error, filter, list } = this.#compileStop(text);
    if (error !== null) throw new RpcError(error);
    const matches = toPredicate(filter.condition, this.#ageOf);
    if (list === 'records') return { transactions: null, records: matches };
    return { transactions: new FilteredList(elementsOf(this.#log, 'transactions'), matches), records: null };
  }

  checkStop(text: string): StopCheck {
    const { error, filter, list } = this.#compileStop(text);
    if (error !== null) return { error: problemOf(error), warnings: [], list: null };
    return { error: null, warnings: filter.warnings.map(toWarning), list };
  }

  /** What can be written where a run is to stop: what transactions have, then what only records have. */
  completeStop(text: string, cursor: number): FilterCompletions {
    const { from, to, items } = this.complete('transactions', text, cursor);
    const known = new Set(items.map((item) => item.text));
    const more = completeFilter(text, Math.min(cursor, text.length), this.#registries.records);
    return { from, to, items: [...items, ...(more.from === from && more.to === to ? more.items.filter((item) => !known.has(item.text)) : [])] };
  }

  readonly #ageOf = (landmark: Landmark): AgeOf => this.#ages.of(landmark).ageOf;

  #compileStop(text: string): { readonly error: null; readonly filter: Filter; readonly list: 'transactions' | 'records' } | { readonly error: LabError; readonly filter: null; readonly list: null } {
    const [transactions, records] = [compileFilter(text, this.#registries.transactions), compileFilter(text, this.#registries.records)];
    if (!transactions.ok) return { error: transactions.error, filter: null, list: null };
    const onRecords = transactions.value.warnings.length > 0 && records.ok && records.value.warnings.length === 0;
    return { error: null, filter: onRecords ? records.value : transactions.value, list: onRecords ? 'records' : 'transactions' };
  }

  #listOf(list: FilterList, text: string): FilteredList {
    const { error, value } = this.#keep(list, text);
    if (error !== null) throw new RpcError(error);
    return value.list;
  }

  #keep(list: FilterList, text: string): { readonly error: null; readonly value: Kept } | { readonly error: LabError; readonly value: null } {
    const key = `${list} ${text}`;
    let value = this.#kept.get(key);
    if (value === undefined) {
      const compiled = compileFilter(text, this.#registries[list]);
      if (!compiled.ok) return { error: compiled.error, value: null };
      value = { filter: compiled.value, list: new FilteredList(elementsOf(this.#log, list), toPredicate(compiled.value.condition, this.#ageOf)) };
    }
    // The one used last goes last.
    this.#kept.delete(key);
    this.#kept.set(key, value);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return { error: null, value };
  }
}

type Registries = Readonly<Record<FilterList, Registry>>;

const registriesOf = (devices: readonly (readonly [number, string])[]): Registries => ({
  transactions: registryOf('transactions', devices),
  events: registryOf('events', devices),
  records: registryOf('records', devices),
});

const toWarning = ({ from, to, message }: Filter['warnings'][number]): FilterCheck['warnings'][number] => ({ column: from + 1, endColumn: to + 1, message });

const problemOf = ({ code, message, at }: LabError): FilterProblem => ({ code, message, column: at?.column ?? 1, endColumn: at?.endColumn ?? 2 });

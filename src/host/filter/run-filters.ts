/** The filters that are asked of one run: compiled once each, with what they have matched so far. */
import type { LabError } from '../../model/base/result.ts';
import { compileFilter, completeFilter, registryOf, toPredicate } from '../../query/index.ts';
import type { Filter, Registry } from '../../query/index.ts';
import type { FilterCheck, FilterCompletions, FilterList, FilterProblem } from '../../protocol/contract.ts';
import { RpcError } from '../../protocol/errors.ts';
import type { TraceIndex } from '../trace/trace-index.ts';
import { FilteredList } from './filtered-list.ts';

/** Filters kept: those of both lists, and what is being typed. */
const KEPT = 6;

interface Kept {
  readonly filter: Filter;
  readonly list: FilteredList;
}

export class RunFilters {
  readonly #index: TraceIndex;
  readonly #kept = new Map<string, Kept>();
  #registries: Readonly<Record<FilterList, Registry>> = registriesOf([]);

  constructor(index: TraceIndex) {
    this.#index = index;
  }

  /** The devices of the lab, by StreamID: their names are known from here on. */
  name(devices: Iterable<readonly [sid: number, name: string]>): void {
    this.#registries = registriesOf([...devices]);
    this.#kept.clear();
  }

  /** What a filter matches by now. Throws an RpcError with code, message and column of a bad one. */
  matches(list: FilterList, text: string): FilteredList {
    const kept = this.#keep(list, text);
    if (kept.error !== null) throw new RpcError(kept.error);
    return kept.value.list.extend();
  }

  check(list: FilterList, text: string): FilterCheck {
    const all = this.#index[list];
    if (text.trim() === '') return { error: null, warnings: [], total: all, all };
    const { error, value } = this.#keep(list, text);
    if (error !== null) return { error: problemOf(error), warnings: [], total: 0, all };
    const warnings = value.filter.warnings.map(({ from, to, message }) => ({ column: from + 1, endColumn: to + 1, message }));
    return { error: null, warnings, total: value.list.extend().length, all };
  }

  complete(list: FilterList, text: string, cursor: number): FilterCompletions {
    const { from, to, items } = completeFilter(text, Math.min(cursor, text.length), this.#registries[list]);
    return { from, to, items: [...items] };
  }

  #keep(list: FilterList, text: string): { readonly error: null; readonly value: Kept } | { readonly error: LabError; readonly value: null } {
    const key = `${list} ${text}`;
    let value = this.#kept.get(key);
    if (value === undefined) {
      const compiled = compileFilter(text, this.#registries[list]);
      if (!compiled.ok) return { error: compiled.error, value: null };
      value = { filter: compiled.value, list: new FilteredList(this.#index, list, toPredicate(compiled.value.condition)) };
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

const registriesOf = (devices: readonly (readonly [number, string])[]): Readonly<Record<FilterList, Registry>> => ({
  transactions: registryOf('transactions', devices),
  events: registryOf('events', devices),
});

const problemOf = ({ code, message, at }: LabError): FilterProblem => ({ code, message, column: at?.column ?? 1, endColumn: at?.endColumn ?? 2 });

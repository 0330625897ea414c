/** Which elements of a list a window shows: all, those of a part of the trace, those that a filter matches, as the list has them or sorted. */
import type { FilterList, Sort, Span } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import { elementsOf } from '../filter/elements.ts';
import type { Rows } from '../filter/order.ts';
import type { Watch } from '../filter/slices.ts';
import type { RunRecord } from '../run/run-record.ts';

/** What of a list is shown. */
export interface Chosen {
  readonly filter?: string | undefined;
  readonly span?: Span | undefined;
}

export interface WindowParams extends Chosen {
  readonly from: number;
  readonly count: number;
  readonly order?: number | undefined;
}

interface ChosenRows extends Rows {
  /** Rows without the filter. */
  readonly all: number;
  /** How many of them are before a position of the whole list. */
  before(position: number): number;
}

export interface Positions {
  /** Elements that the filter matches. */
  readonly total: number;
  /** Elements without the filter. */
  readonly all: number;
  readonly positions: readonly number[];
}

const limited = (low: number, value: number, high: number): number => Math.min(high, Math.max(low, value));

function boundsOf({ log }: RunRecord, list: FilterList, span: Span | undefined): readonly [from: number, end: number] {
  const length = list === 'records' ? log.records : log.index[list];
  if (span === undefined) return [0, length];
  if (list !== 'records') throw new RpcError({ code: RPC_CODES.badRequest, message: `only trace records are listed by step and transaction, not ${list}` });
  if ('step' in span) {
    const { from, end } = log.index.step(span.step);
    return [Math.min(from, length), end ?? length];
  }
  const place = log.index.transaction(span.txn);
  return place === null ? [0, 0] : [place.first, place.ended ? place.last + 1 : length];
}

/** Throws an RpcError when the filter is none, or when it was cancelled. */
export async function rowsOf(run: RunRecord, list: FilterList, { filter = '', span }: Chosen, watch: Watch): Promise<ChosenRows> {
  const matches = filter.trim() === '' ? null : await run.filters.matched(list, filter, watch);
  const [from, end] = boundsOf(run, list, span);
  const all = end - from;
  if (matches === null) return { length: all, all, at: (n) => from + n, before: (position) => limited(0, position - from, all) };
  const first = matches.before(from);
  const length = matches.before(end) - first;
  return { length, all, at: (n) => matches.at(first + n)!, before: (position) => limited(0, matches.before(position) - first, length) };
}

export async function positionsOf(run: RunRecord, list: FilterList, { from, count, order, ...chosen }: WindowParams, watch: Watch): Promise<Positions> {
  const rows = await rowsOf(run, list, chosen, watch);
  const shown = order === undefined ? rows : run.orders.get(order);
  const positions = Array.from({ length: limited(0, count, shown.length - from) }, (_, n) => shown.at(from + n)!);
  return { total: shown.length, all: rows.all, positions };
}

/** Where an element is among those shown: how many of them come before it, and whether it is one. */
export async function placeOf(run: RunRecord, list: FilterList, position: number, { order, ...chosen }: Chosen & { readonly order?: number | undefined }, watch: Watch): Promise<{ index: number; found: boolean }> {
  if (order !== undefined) {
    const index = run.orders.get(order).indexOf(position);
    return { index: Math.max(0, index), found: index >= 0 };
  }
  const rows = await rowsOf(run, list, chosen, watch);
  const index = rows.before(position);
  return { index, found: index < rows.length && rows.at(index) === position };
}

/** Sorts what is shown; throws as a filter does when there is no such field. */
export async function sortedRows(run: RunRecord, list: FilterList, { by, descending }: Sort, chosen: Chosen, watch: Watch): Promise<{ order: number; total: number }> {
  const key = run.filters.sortKey(list, by);
  const rows = await rowsOf(run, list, chosen, watch);
  return run.orders.add(elementsOf(run.log, list), rows, key, descending, watch);
}

/** Which elements of a list a window shows: those from `from` on, of all or of those that a filter matches. */
import type { FilterList } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';

export interface WindowParams {
  readonly from: number;
  readonly count: number;
  readonly filter?: string | undefined;
}

export interface Positions {
  /** Elements that the filter matches. */
  readonly total: number;
  /** Elements without the filter. */
  readonly all: number;
  readonly positions: readonly number[];
}

/** Throws an RpcError when the filter is none. */
export function positionsOf(run: RunRecord, list: FilterList, { from, count, filter }: WindowParams): Positions {
  const all = run.log.index[list];
  const matches = filter === undefined || filter.trim() === '' ? null : run.filters.matches(list, filter);
  const total = matches?.length ?? all;
  const shown = Math.max(0, Math.min(count, total - from));
  return { total, all, positions: Array.from({ length: shown }, (_, n) => (matches === null ? from + n : matches.at(from + n)!)) };
}

/** What a row tells only where it was asked for: fields as columns, and which of some filters it matches. */
import type { FilterList, ListField } from '../../protocol/contract.ts';
import { fieldText } from '../../query/index.ts';
import type { Field, Predicate } from '../../query/index.ts';
import { elementsOf } from '../filter/elements.ts';
import type { Elements } from '../filter/elements.ts';
import type { Watch } from '../filter/slices.ts';
import type { RunRecord } from '../run/run-record.ts';

export interface CellParams {
  readonly columns?: readonly string[] | undefined;
  readonly marks?: readonly string[] | undefined;
}

export interface Cells {
  cells?: (string | null)[];
  mark?: number | null;
}

/** One reader for all rows of a window, which are at these positions of the list. Aborting throws `cancelled`. */
export async function cellsOf(run: RunRecord, list: FilterList, positions: readonly number[], { columns, marks }: CellParams, watch: Watch): Promise<(position: number) => Cells> {
  if (columns === undefined && marks === undefined) return () => ({});
  const elements: Elements = elementsOf(run.log, list);
  const fields: (Field | undefined)[] | undefined = columns?.map((name) => run.filters.registry(list).find(name));
  const tests: (Predicate | null)[] | undefined = marks === undefined ? undefined : await run.filters.tests(list, marks, behind(run, list, positions), watch);
  return (position) => {
    const told: Cells = {
      ...(fields === undefined ? {} : { cells: fields.map(() => null) }),
      ...(tests === undefined ? {} : { mark: null }),
    };
    elements.each(position, position + 1, (element) => {
      if (fields !== undefined) told.cells = fields.map((field) => (field === undefined ? null : fieldText(field, element)));
      const mark = tests?.findIndex((test) => test?.(element) === true) ?? -1;
      if (mark >= 0) told.mark = mark;
    });
    return told;
  };
}

/** A position of the trace before which all transactions of these rows have begun. */
function behind({ log }: RunRecord, list: FilterList, positions: readonly number[]): number {
  const last = positions.reduce((most, position) => Math.max(most, position), -1);
  if (list === 'transactions') return (log.index.transactionAt(last)?.first ?? -1) + 1;
  return (list === 'records' ? last : (log.index.event(last)?.record ?? -1)) + 1;
}

/** What can be a column of a list. */
export const columnsOf = (run: RunRecord, list: FilterList): ListField[] =>
  run.filters.registry(list).fields.filter(({ places }) => places.length > 0).map(({ name, type, bits, doc, section }) => ({ name, type, bits, doc, section }));

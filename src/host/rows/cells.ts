/** What a row tells only where it was asked for: fields as columns, and which of some filters it matches. */
import type { FilterList, ListField } from '../../protocol/contract.ts';
import { fieldText } from '../../query/index.ts';
import type { Field, Predicate } from '../../query/index.ts';
import { elementsOf } from '../filter/elements.ts';
import type { Elements } from '../filter/elements.ts';
import type { RunRecord } from '../run/run-record.ts';

export interface CellParams {
  readonly columns?: readonly string[] | undefined;
  readonly marks?: readonly string[] | undefined;
}

export interface Cells {
  cells?: (string | null)[];
  mark?: number | null;
}

/** One reader for all rows of a window. */
export function cellsOf(run: RunRecord, list: FilterList, { columns, marks }: CellParams): (position: number) => Cells {
  if (columns === undefined && marks === undefined) return () => ({});
  const elements: Elements = elementsOf(run.log, list);
  const fields: (Field | undefined)[] | undefined = columns?.map((name) => run.filters.registry(list).find(name));
  const tests: (Predicate | null)[] | undefined = marks?.map((text) => run.filters.test(list, text));
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

/** What can be a column of a list. */
export const columnsOf = (run: RunRecord, list: FilterList): ListField[] =>
  run.filters.registry(list).fields.filter(({ places }) => places.length > 0).map(({ name, type, bits, doc, section }) => ({ name, type, bits, doc, section }));

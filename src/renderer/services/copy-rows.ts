/** Rows that are selected together as text: the columns on screen, by their fields. */
import { MAX_WINDOW } from '../../protocol/contract.ts';
import { countOf, type RowRanges } from '../widgets/row-ranges.ts';
import { copyText } from './exporting.ts';
import { useFilters } from './filters.ts';
import { useJobs } from './jobs.ts';
import { cellText, fieldOfColumn, LOOK_LISTS, type LookList } from './list-columns.ts';
import { useListLooks } from './list-looks.ts';

export const ROW_FORMS = ['tsv', 'csv', 'json'] as const;
export type RowForm = (typeof ROW_FORMS)[number];

/** More than these go out as an export does, not over the clipboard. */
export const MOST_ROWS = 100_000;

export interface SelectedRows {
  readonly list: LookList;
  readonly ranges: RowRanges;
  readonly count: number;
  readonly title: string;
}

/** Those of the list in which several are selected, the transactions first; null: nowhere. */
export function selectedRows(): SelectedRows | null {
  const { looks } = useListLooks();
  const list = LOOK_LISTS.find((one) => countOf(looks[one].ranges) > 1);
  if (list === undefined) return null;
  const { ranges } = looks[list];
  return { list, ranges, count: countOf(ranges), title: list === 'transactions' ? 'of the transactions' : 'of the trace' };
}

interface Column {
  readonly title: string;
  /** null: the sentence of a trace record. */
  readonly field: string | null;
  readonly text: (raw: string | null | undefined) => string;
}

function columnsOf(list: LookList): readonly Column[] {
  const { columns, fields } = useListLooks().looks[list];
  return columns.flatMap(({ id, radix }): Column[] => {
    if (id === 'text') return [{ title: 'text', field: null, text: (raw) => raw ?? '' }];
    const field = fieldOfColumn(list, id);
    if (field === undefined) return [];
    return [{ title: field, field, text: (raw) => cellText(raw, fields.get(field), radix) }];
  });
}

/** Fails when there are too many. */
export async function copyRows({ list, ranges, count }: SelectedRows, form: RowForm): Promise<void> {
  if (count > MOST_ROWS) throw new Error(`${count.toLocaleString()} rows are too many to copy, the most is ${MOST_ROWS.toLocaleString()}: export the trace, with the filter`);
  await useListLooks().loadFields(list);
  const columns = columnsOf(list);
  const rows = await useJobs().track(`Copying ${count.toLocaleString()} rows`, (signal) => cellsOf(list, ranges, columns, signal));
  await copyText(textOf(columns.map(({ title }) => title), rows, form));
}

async function cellsOf(list: LookList, ranges: RowRanges, columns: readonly Column[], signal: AbortSignal): Promise<string[][]> {
  const filter = useFilters().lists[list];
  const fields = columns.flatMap(({ field }) => field ?? []);
  const out: string[][] = [];
  for (const [first, last] of ranges) {
    for (let from = first; from <= last; from += MAX_WINDOW) {
      signal.throwIfAborted();
      const { rows } = await filter.rowsWith(fields, from, Math.min(MAX_WINDOW, last - from + 1));
      for (const row of rows) {
        let at = 0;
        out.push(columns.map(({ field, text }) => text(field === null ? ('text' in row ? row.text : '') : row.cells?.[at++])));
      }
    }
  }
  return out;
}

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export function textOf(titles: readonly string[], rows: readonly (readonly string[])[], form: RowForm): string {
  if (form === 'json') return JSON.stringify(rows.map((row) => Object.fromEntries(titles.map((title, at) => [title, row[at] ?? '']))), null, 2);
  const line = (cells: readonly string[]): string => (form === 'csv' ? cells.map(quoted).join(',') : cells.map((cell) => cell.replace(/[\t\n]/g, ' ')).join('\t'));
  return `${[titles, ...rows].map(line).join('\n')}\n`;
}

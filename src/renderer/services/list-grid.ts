/** A filtered list whose looks can be chosen: what its grid, its filter and its buttons are bound to; cells of fields and labels of colour rules. */
import { computed, nextTick, watch } from 'vue';
import type { GridColumn, SortedColumn } from '../widgets/grid.ts';
import type { RowRanges } from '../widgets/row-ranges.ts';
import { useFilteredList } from './filtered-list.ts';
import { useFilters } from './filters.ts';
import { cellText, FIELD_MARK, fieldOfColumn, type LookList } from './list-columns.ts';
import { listHints, openListDialog } from './list-dialogs.ts';
import type { ListFilter } from './list-filter.ts';
import { useListLooks } from './list-looks.ts';
import { useRun } from './run.ts';

interface Told {
  readonly cells?: readonly (string | null)[] | undefined;
  readonly mark?: number | null | undefined;
}

/** `testOfCell` of a built-in column; `leftOut`: columns that have nothing to tell just now. */
export function useListGrid<Row extends Told>(list: LookList, filter: ListFilter<Row>, testOfCell: (row: Row, column: string) => string | null, leftOut: () => readonly string[]) {
  const filters = useFilters();
  const run = useRun();
  const looks = useListLooks();
  const look = looks.looks[list];
  const columns = computed(() => looks.columnsOf(list, filter.all, leftOut()));
  const fieldColumns = computed(() => look.columns.filter(({ id }) => id.startsWith(FIELD_MARK)));
  const sorted = computed((): SortedColumn | null => {
    const { sort } = look;
    const column = sort === null ? undefined : columns.value.find(({ id }) => fieldOfColumn(list, id) === sort.by);
    return sort === null || column === undefined ? null : { id: column.id, descending: sort.descending };
  });

  function text(row: Row, { id }: GridColumn): string {
    const at = fieldColumns.value.findIndex((column) => column.id === id);
    return cellText(row.cells?.[at], look.fields.get(id.slice(1)), fieldColumns.value[at]?.radix);
  }
  const markOf = (row: Row) => (row.mark === null || row.mark === undefined ? undefined : look.rules[row.mark]);

  /** The cell of a field as a test; null where the column is none of a field. */
  function testOfField(row: Row, id: string): string | null {
    if (!id.startsWith(FIELD_MARK)) return null;
    const raw = row.cells?.[fieldColumns.value.findIndex((column) => column.id === id)];
    return raw === null || raw === undefined ? `!has(${id.slice(1)})` : `${id.slice(1)} == ${/^[\w.]+$/.test(raw) ? raw : `"${raw}"`}`;
  }

  const { grid, box, rows: filtered } = useFilteredList(filter, (row, column) => testOfField(row, column) ?? testOfCell(row, column));
  const onGrid = {
    onSort: (id: string) => looks.toggleSort(list, id),
    onResize: (id: string, width: number) => looks.change(list, id, { width }),
    onMove: (id: string, to: string) => looks.move(list, id, look.columns.findIndex((column) => column.id === to)),
    onColumn: (id: string | null) => void (look.column = id),
    onRanges: (ranges: RowRanges) => void (look.ranges = ranges),
    onNews: filter.letIn,
  };
  const rows = computed(() => ({ ...filtered.value, ...onGrid, columns: columns.value, shapes: true, sorted: sorted.value, revision: filter.revision, news: filter.news }));
  const tools = computed(() => ({
    isPaused: filter.isPaused,
    lost: run.state?.dropped ?? 0,
    leftOut: run.state?.omitted ?? 0,
    hints: listHints(),
    onPause: filter.pause,
    onColumns: () => openListDialog('columns', list),
    onRules: () => openListDialog('rules', list),
    onViews: () => openListDialog('views', list),
  }));

  /** Where the list stood before a transaction was followed. */
  let place = 0;
  watch(() => filters.following, (_, before) => void (before === null && (place = grid.value?.scrolled() ?? 0)), { flush: 'sync' });
  watch(() => filters.returned, () => void nextTick(() => grid.value?.scrollBack(place)), { flush: 'post' });

  return { grid, box, rows, tools, text, markOf };
}

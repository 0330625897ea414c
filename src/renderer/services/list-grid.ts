/** What a grid of one of the lists is bound to: columns, sorting, cells of fields and labels of colour rules. */
import { computed } from 'vue';
import type { GridColumn, SortedColumn } from '../widgets/grid.ts';
import type { RowRanges } from '../widgets/row-ranges.ts';
import { cellText, FIELD_MARK, fieldOfColumn, type LookList } from './list-columns.ts';
import { useListLooks } from './list-looks.ts';

interface Told {
  readonly cells?: readonly (string | null)[] | undefined;
  readonly mark?: number | null | undefined;
}

/** `leftOut`: columns that have nothing to tell just now. */
export function useListGrid(list: LookList, total: () => number, leftOut: () => readonly string[] = () => []) {
  const looks = useListLooks();
  const look = looks.looks[list];
  const columns = computed(() => looks.columnsOf(list, total(), leftOut()));
  const fieldColumns = computed(() => look.columns.filter(({ id }) => id.startsWith(FIELD_MARK)));
  const sorted = computed((): SortedColumn | null => {
    const { sort } = look;
    const column = sort === null ? undefined : columns.value.find(({ id }) => fieldOfColumn(list, id) === sort.by);
    return sort === null || column === undefined ? null : { id: column.id, descending: sort.descending };
  });

  function text(row: Told, { id }: GridColumn): string {
    const at = fieldColumns.value.findIndex((column) => column.id === id);
    return cellText(row.cells?.[at], look.fields.get(id.slice(1)), fieldColumns.value[at]?.radix);
  }
  const markOf = (row: Told) => (row.mark === null || row.mark === undefined ? undefined : look.rules[row.mark]);

  const on = {
    sort: (id: string) => looks.toggleSort(list, id),
    resize: (id: string, width: number) => looks.change(list, id, { width }),
    move: (id: string, to: string) => looks.move(list, id, look.columns.findIndex((column) => column.id === to)),
    column: (id: string | null) => void (look.column = id),
    ranges: (ranges: RowRanges) => void (look.ranges = ranges),
  };

  /** The cell of a field as a test; null where the column is none of a field. */
  function testOf(row: Told, id: string): string | null {
    if (!id.startsWith(FIELD_MARK)) return null;
    const raw = row.cells?.[fieldColumns.value.findIndex((column) => column.id === id)];
    return raw === null || raw === undefined ? `!has(${id.slice(1)})` : `${id.slice(1)} == ${/^[\w.]+$/.test(raw) ? raw : `"${raw}"`}`;
  }

  return { columns, sorted, text, markOf, on, testOf };
}

/** A list under its filter: what the box of the filter and the grid of the rows are bound to. */
import { computed, ref } from 'vue';
import { useFilters } from './filters.ts';
import type { ListFilter } from './list-filter.ts';
import { useRun } from './run.ts';
import { useVisibleRows } from './visible-rows.ts';

interface Grid {
  focus(): void;
  scrolled(): number;
  scrollBack(to: number): void;
}

/** `testOf`: a cell as a test that holds for the rows that have its value; null where there is none. */
export function useFilteredList<Row>(filter: ListFilter<Row>, testOf: (row: Row, column: string) => string | null) {
  const filters = useFilters();
  const run = useRun();
  const grid = ref<Grid>();
  const { ensure } = useVisibleRows(filter, filter.ensure, () => `${run.epoch} ${filter.revision}`);

  function onCell(index: number, column: string, key: '=' | '!'): void {
    const row = filter.rowAt(index);
    const test = row === undefined ? null : testOf(row, column);
    if (test !== null) void filters.narrow(filter.list, test, key === '=');
  }

  const box = computed(() => {
    const { text, isActive, error, warnings, total, all, complete, edit, clear } = filter;
    return { text, isActive, error, warnings, total, all, complete, onEdit: edit, onClear: clear, onLeave: () => grid.value?.focus() };
  });
  const rows = computed(() => ({ total: filter.total, rowAt: filter.rowAt, selected: filter.index, cells: true, onRange: ensure, onCell }));

  return { grid, box, rows };
}

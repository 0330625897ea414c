import type { GridColumn } from '../../widgets/grid.ts';

export const COLUMNS: readonly GridColumn[] = [
  { id: 'step', title: 'Step', width: 36, align: 'end' },
  { id: 'class', title: 'Difference', width: 96 },
  { id: 'a', title: 'A', width: 160, grow: true },
  { id: 'b', title: 'B', width: 160, grow: true },
];

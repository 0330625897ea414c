import type { GridColumn } from '../../widgets/grid.ts';

/** Columns of the step list. The sentence comes early: it says what the others repeat. */
export const COLUMNS: readonly GridColumn[] = [
  { id: 'seq', title: 'seq', width: 42, align: 'end', hint: 'number of the trace record' },
  { id: 'kind', title: 'kind', width: 90 },
  { id: 'stage', title: 'stage', width: 42, hint: 'stage and level' },
  { id: 'text', title: 'what happened', width: 470, grow: true },
  { id: 'rule', title: 'rule', width: 120 },
  { id: 'section', title: 'IHI 0070', width: 60, hint: 'section of IHI 0070' },
  { id: 'address', title: 'address', width: 142 },
];

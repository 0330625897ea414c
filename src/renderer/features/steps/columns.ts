import type { GridColumn } from '../../widgets/grid.ts';

/** Columns of the step list. */
export const COLUMNS: readonly GridColumn[] = [
  { id: 'seq', title: 'seq', width: '5ch', align: 'end', hint: 'number of the trace record' },
  { id: 'kind', title: 'kind', width: '11ch' },
  { id: 'stage', title: 'stage', width: '6ch', hint: 'stage and level' },
  { id: 'address', title: 'address', width: 'minmax(20ch, max-content)' },
  { id: 'text', title: 'what happened', width: 'minmax(34ch, 4fr)' },
  { id: 'rule', title: 'rule', width: 'minmax(14ch, 1fr)' },
  { id: 'section', title: 'IHI 0070', width: '9ch', hint: 'section of IHI 0070' },
];

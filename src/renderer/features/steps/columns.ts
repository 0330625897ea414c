import type { GridColumn } from '../../widgets/grid.ts';

/** Columns of the step list. */
export const COLUMNS: readonly GridColumn[] = [
  { id: 'seq', title: 'seq', width: '48px', align: 'end', hint: 'number of the trace record' },
  { id: 'kind', title: 'kind', width: '92px' },
  { id: 'stage', title: 'stage', width: '44px', hint: 'stage and level' },
  { id: 'address', title: 'address', width: '142px' },
  { id: 'text', title: 'what happened', width: 'minmax(240px, 4fr)' },
  { id: 'rule', title: 'rule', width: '120px' },
  { id: 'section', title: 'IHI 0070', width: '64px', hint: 'section of IHI 0070' },
];

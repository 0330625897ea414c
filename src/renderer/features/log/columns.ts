import type { GridColumn } from '../../widgets/grid.ts';

const SEQ: GridColumn = { id: 'seq', title: 'seq', width: 42, align: 'end', hint: 'number of the trace record' };
const KIND: GridColumn = { id: 'kind', title: 'kind', width: 96, hint: 'kind of trace record' };
/** The sentence has the address; the line below the list has rule and section. */
const TEXT: GridColumn = { id: 'text', title: 'what happened', width: 260, grow: true };

/** Inside a transaction. */
export const INSIDE: readonly GridColumn[] = [SEQ, KIND, { id: 'stage', title: 'stage', width: 44, hint: 'stage and level' }, TEXT];
/** Between transactions there are no stages. */
export const BETWEEN: readonly GridColumn[] = [SEQ, KIND, TEXT];

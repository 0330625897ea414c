import type { GridColumn } from '../../widgets/grid.ts';
import { LANES_WIDTH } from './lanes.ts';

export const COLUMNS: readonly GridColumn[] = [
  { id: 'lanes', title: 'guest … device', width: LANES_WIDTH, hint: 'guest, virtual SMMU (vmm), uAPI, host core, host driver, SMMU, device, from left to right' },
  { id: 'hop', title: 'at', width: 74 },
  { id: 'what', title: 'what arrived', width: 220, grow: true },
  { id: 'answer', title: 'came of it', width: 150, hint: 'what it answered, or that it was dropped' },
];

import type { GridColumn } from '../../widgets/grid.ts';

/** One row a fault: how far it came. */
const FAULT_COLUMNS: readonly GridColumn[] = [
  { id: 'index', title: '#', width: 30, align: 'end', hint: 'number of the event' },
  { id: 'type', title: 'event', width: 112 },
  { id: 'physical', title: 'physical', width: 62, hint: "the SMMU's event queue, in the host's memory" },
  { id: 'middle', title: 'to the VMM', width: 84, hint: 'the DMA FAULT region, the vEVENTQ or the FAULT_QUEUE' },
  { id: 'guest', title: 'guest queue', width: 84, hint: "the guest's event queue, in the guest's memory" },
  { id: 'why', title: 'what became of it', width: 160, grow: true },
];

/** Above the SMMU there is nothing in a lab without the stack. */
const OF_THE_STACK: readonly string[] = ['middle', 'guest'];

export const faultColumns = (isStack: boolean): readonly GridColumn[] => (isStack ? FAULT_COLUMNS : FAULT_COLUMNS.filter(({ id }) => !OF_THE_STACK.includes(id)));

export const ENTRY_COLUMNS: readonly GridColumn[] = [
  { id: 'slot', title: 'slot', width: 40, align: 'end' },
  { id: 'state', title: 'state', width: 62 },
  { id: 'type', title: 'record', width: 124 },
  { id: 'fields', title: 'fields that are not 0', width: 160, grow: true },
];

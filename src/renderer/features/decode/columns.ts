import type { Decoded } from '../../../protocol/contract.ts';
import type { GridColumn } from '../../widgets/grid.ts';

/** Columns of the list of decoded records. */
export const COLUMNS: readonly GridColumn[] = [
  { id: 'line', title: 'line', width: 36, align: 'end' },
  { id: 'kind', title: 'kind', width: 64 },
  { id: 'type', title: 'type', width: 140 },
  { id: 'summary', title: 'fields', width: 160, grow: true },
];

/** Of events that were put beside the structures of what is open. */
export const BESIDE_COLUMNS: readonly GridColumn[] = [
  { id: 'now', title: 'now', width: 150, hint: 'What the same access does with memory as it is.' },
  { id: 'cause', title: 'decided by', width: 260, hint: 'The structure that the walk ends with.' },
];

const TELLING = ['StreamID', 'SID', 'SubstreamID', 'InputAddr', 'IPA', 'Class', 'VMID', 'ASID', 'Address', 'Config', 'V'];

/** The few fields that tell one record from another. */
export const summaryOf = (record: Decoded): string =>
  record.fields
    .filter((field) => TELLING.includes(field.name))
    .slice(0, 4)
    .map((field) => `${field.name} ${field.value}`)
    .join('  ');

import type { Decoded } from '../../../protocol/contract.ts';
import type { GridColumn } from '../../widgets/grid.ts';

/** Columns of the list of decoded records. */
export const COLUMNS: readonly GridColumn[] = [
  { id: 'line', title: 'line', width: 36, align: 'end' },
  { id: 'kind', title: 'kind', width: 64 },
  { id: 'type', title: 'type', width: 140 },
  { id: 'summary', title: 'fields', width: 160, grow: true },
];

const TELLING = ['StreamID', 'SID', 'SubstreamID', 'InputAddr', 'IPA', 'Class', 'VMID', 'ASID', 'Address', 'Config', 'V'];

/** The few fields that tell one record from another. */
export const summaryOf = (record: Decoded): string =>
  record.fields
    .filter((field) => TELLING.includes(field.name))
    .slice(0, 4)
    .map((field) => `${field.name} ${field.value}`)
    .join('  ');

import type { Decoded } from '../../../protocol/contract.ts';
import type { GridColumn } from '../../widgets/grid.ts';

/** Columns of the list of decoded records. */
export const COLUMNS: readonly GridColumn[] = [
  { id: 'line', title: 'line', width: 36, align: 'end' },
  { id: 'kind', title: 'kind', width: 64 },
  { id: 'type', title: 'type', width: 140 },
  { id: 'summary', title: 'fields', width: 160, grow: true },
];

const [LINE, , TYPE, SUMMARY] = COLUMNS as readonly [GridColumn, GridColumn, GridColumn, GridColumn];

/** Where events are beside the structures of what is open: what has become of each comes before its fields. */
export const BESIDE_COLUMNS: readonly GridColumn[] = [
  LINE,
  { ...TYPE, width: 116 },
  { id: 'now', title: 'now', width: 150, hint: 'What the same access does with memory as it is.' },
  { id: 'cause', title: 'decided by', width: 250, hint: 'The structure that the walk ends with.' },
  SUMMARY,
];

/** Most telling first: the column is narrow. */
const TELLING = ['StreamID', 'SID', 'InputAddr', 'FAR', 'iova', 'va', 'IPA', 'Class', 'SubstreamID', 'VMID', 'ASID', 'Address', 'OutputAddress', 'Config', 'V', 'device', 'RID'];

/** The few fields that tell one record from another. */
export const summaryOf = (record: Decoded): string =>
  TELLING.flatMap((name) => record.fields.filter((field) => field.name === name && !(name === 'SubstreamID' && /^0(?:x0)?$/.test(field.value))))
    .slice(0, 4)
    .map((field) => `${field.name} ${field.value}`)
    .join('  ');

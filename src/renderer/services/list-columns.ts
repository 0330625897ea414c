/** Columns of the lists of transactions and of trace records: those they come with, and any field that rows have. */
import type { ListField, RecordRow } from '../../protocol/contract.ts';
import { numberWidth, type GridColumn } from '../widgets/grid.ts';

/** The lists whose columns are chosen. */
export const LOOK_LISTS = ['transactions', 'records'] as const;
export type LookList = (typeof LOOK_LISTS)[number];

export const RADIXES = ['hex', 'dec', 'bin'] as const;
export type Radix = (typeof RADIXES)[number];

/** A column as it was chosen: one that the list comes with, by its id, or a field, by its name behind `=`. */
export interface ChosenColumn {
  readonly id: string;
  readonly width?: number | undefined;
  readonly radix?: Radix | undefined;
}

export interface BuiltIn extends GridColumn {
  /** The field that it is sorted by and copied as. */
  readonly field?: string;
}

const TRANSACTIONS = (total: number): readonly BuiltIn[] => [
  { id: 'txn', title: '#', width: numberWidth(total), align: 'end', hint: 'number of the transaction', field: 'txn' },
  { id: 'device', title: 'device, SID', width: 88, hint: 'device, StreamID and SubstreamID', field: 'sid' },
  { id: 'iova', title: 'IOVA', width: 104, hint: 'the address the device issued', field: 'iova' },
  { id: 'access', title: 'access', width: 52, field: 'access' },
  { id: 'status', title: 'status', width: 72, field: 'status' },
  { id: 'expect', title: 'as expected', width: 14, quiet: true, hint: 'whether it ended as the steps document expects' },
  { id: 'qemu', title: 'QEMU 11 differs', width: 14, quiet: true, hint: 'whether QEMU 11 would answer differently' },
  { id: 'result', title: 'PA, or event', width: 126, hint: 'the physical address it reached and the size of the translation, or the event it ended in', field: 'pa' },
  { id: 'reads', title: 'reads', width: 34, align: 'end', hint: 'reads of structures and tables in memory', field: 'reads' },
  { id: 'rule', title: 'rule', width: 88, grow: true, hint: 'the rule that decided', field: 'rule' },
];

const RECORDS = (total: number): readonly BuiltIn[] => [
  { id: 'seq', title: 'seq', width: Math.max(34, numberWidth(total)), align: 'end', hint: 'number of the trace record', field: 'seq' },
  { id: 'txn', title: 'txn', width: Math.max(30, numberWidth(total / 4)), align: 'end', hint: 'the transaction it belongs to', field: 'txn' },
  { id: 'kind', title: 'kind', width: 96, hint: 'kind of trace record', field: 'kind' },
  { id: 'stage', title: 'stage', width: 44, hint: 'stage and level', field: 'stage' },
  { id: 'text', title: 'what happened', width: 260, grow: true },
];

export const builtInsOf = (list: LookList, total = 0): readonly BuiltIn[] => (list === 'transactions' ? TRANSACTIONS(total) : RECORDS(total));

export const FIELD_MARK = '=';
export const fieldOfColumn = (list: LookList, id: string): string | undefined => (id.startsWith(FIELD_MARK) ? id.slice(1) : builtInsOf(list).find((one) => one.id === id)?.field);

export const defaultColumns = (list: LookList): readonly ChosenColumn[] => builtInsOf(list).map(({ id }) => ({ id }));

/** Numbers of ours are read as such, those of the architecture and StreamIDs as the architecture writes them. */
export const usualRadix = ({ name, section }: Pick<ListField, 'name' | 'section'>): Radix => (section === '' && name !== 'sid' && name !== 'ssid' ? 'dec' : 'hex');

const PREFIX = { hex: '0x', dec: '', bin: '0b' } as const;
const BASE = { hex: 16, dec: 10, bin: 2 } as const;

/** What a cell of a field shows: a name as it is, a number in the radix of its column. */
export function cellText(raw: string | null | undefined, field: ListField | undefined, radix: Radix | undefined): string {
  if (raw === null || raw === undefined) return '';
  if (!raw.startsWith('0x') || field?.type === 'address') return raw;
  const base = radix ?? (field === undefined ? 'hex' : usualRadix(field));
  return `${PREFIX[base]}${BigInt(raw).toString(BASE[base])}`;
}

/** The columns as a grid draws them. A field that no row of this list can have is kept, and says so. */
export function gridColumns(list: LookList, chosen: readonly ChosenColumn[], total: number, fields: ReadonlyMap<string, ListField>): readonly GridColumn[] {
  const builtIns = new Map(builtInsOf(list, total).map((one) => [one.id, one]));
  return chosen.flatMap(({ id, width }): GridColumn[] => {
    const own = builtIns.get(id);
    if (own !== undefined) return [{ ...own, ...(width === undefined ? {} : { width }), isSortable: own.field !== undefined }];
    if (!id.startsWith(FIELD_MARK)) return [];
    const name = id.slice(1);
    const field = fields.get(name);
    const isMissing = fields.size > 0 && field === undefined;
    return [{
      id, title: name, width: width ?? 96, slot: 'field', isSortable: !isMissing, isMissing,
      ...(field?.type === 'number' || field?.type === 'address' ? { align: 'end' as const } : {}),
      hint: isMissing ? `no row here has ${name}` : (field?.doc ?? name),
    }];
  });
}

/** Stage and level of a trace record: `S1 L2`. */
export const stageText = ({ stage, level }: Pick<RecordRow, 'stage' | 'level'>): string => (stage === null || stage === 0 ? '' : `S${stage}${level === null ? '' : ` L${level}`}`);

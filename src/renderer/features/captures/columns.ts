import type { GridColumn } from '../../widgets/grid.ts';

export const MAPPING_COLUMNS: readonly GridColumn[] = [
  { id: 'iova', title: 'input', width: 170 },
  { id: 'size', title: 'size', width: 56, align: 'end' },
  { id: 'page', title: 'page', width: 44, align: 'end', hint: 'What one TLB entry may cover: the smaller of both stages.' },
  { id: 'ipa', title: 'IPA', width: 140 },
  { id: 'pa', title: 'leads to', width: 140 },
  { id: 'rights', title: 'may', width: 34, hint: 'What both stages let an ordinary device do.' },
  { id: 'attributes', title: 'attributes', width: 260, grow: true },
];

export const FINDING_COLUMNS: readonly GridColumn[] = [
  { id: 'severity', title: 'severity', width: 100 },
  { id: 'sid', title: 'SID', width: 60 },
  { id: 'message', title: 'what', width: 320, grow: true },
  { id: 'rule', title: 'rule', width: 170 },
  { id: 'at', title: 'structure', width: 150 },
];

export const EVENT_COLUMNS: readonly GridColumn[] = [
  { id: 'slot', title: 'slot', width: 60, align: 'end' },
  { id: 'type', title: 'event', width: 116 },
  { id: 'sid', title: 'SID', width: 52 },
  { id: 'now', title: 'now', width: 150, hint: 'What the same access does with memory as it is.' },
  { id: 'cause', title: 'decided by', width: 250, hint: 'The structure that the walk ends with.' },
  { id: 'iova', title: 'address', width: 170 },
  { id: 'state', title: 'state', width: 62 },
  { id: 'text', title: 'in words', width: 260, grow: true },
];

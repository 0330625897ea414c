/**
 * Trace records as CSV (RFC 4180, but lines end with a line feed alone): one row a record, after a row with the names of the columns.
 * Columns are only ever added, at the end. A cell is empty where the record has no such thing.
 */
import { hex } from '../../model/base/address.ts';
import { decodeRecord, RECORD_WORDS } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import { stepOf } from '../../model/trace/steps.ts';
import type { TraceStep } from '../../model/trace/steps.ts';
import { accessOf } from '../trace/access.ts';
import { wordTexts } from '../trace/word-texts.ts';
import type { TraceText } from '../trace/trace-text.ts';

type Cell = string | number | null;

interface Row {
  readonly record: TraceRecord;
  readonly step: TraceStep;
  readonly words: readonly string[];
}

/** Of a record that belongs to no transaction StreamID and access say nothing. */
const ofTransaction = (record: TraceRecord, cell: Cell): Cell => (record.transaction === 0 ? null : cell);

const COLUMNS: readonly (readonly [name: string, cell: (row: Row) => Cell])[] = [
  ['seq', ({ record }) => record.seq],
  ['transaction', ({ record }) => ofTransaction(record, record.transaction)],
  ['kind', ({ record }) => record.kind],
  ['sid', ({ record }) => ofTransaction(record, hex(record.sid))],
  ['ssid', ({ record }) => ofTransaction(record, record.ssid === null ? null : hex(record.ssid))],
  ['access', ({ record }) => ofTransaction(record, accessOf(record))],
  ['stage', ({ step }) => step.stage],
  ['level', ({ step }) => step.level],
  ['space', ({ step }) => step.space],
  ['address', ({ step }) => step.address],
  ['verdict', ({ step }) => step.verdict],
  ['rule', ({ step }) => step.rule],
  ['section', ({ step }) => step.section],
  ['text', ({ step }) => step.text],
  ['words', ({ words }) => words.join(' ')],
];

export const CSV_COLUMNS: readonly string[] = COLUMNS.map(([name]) => name);

/** In quotes where it has to be. */
export function csvCell(cell: Cell): string {
  const text = cell === null ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const line = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(',')}\n`;

export function traceCsv(): TraceText {
  return {
    head: line(CSV_COLUMNS),
    records: (words) => {
      const lines: string[] = [];
      for (let at = 0; at < words.length; at += RECORD_WORDS) {
        const record = decodeRecord(words, at);
        const row: Row = { record, step: stepOf(record), words: wordTexts(words, at) };
        lines.push(line(COLUMNS.map(([, cell]) => cell(row))));
      }
      return lines.join('');
    },
    end: () => '',
  };
}

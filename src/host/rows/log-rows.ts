/** Lines of the log: what happened between transactions, of one step or of the whole run. */
import { hexWord } from '../../model/base/address.ts';
import { stepOf } from '../../model/trace/steps.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { LogWindow, TraceStep } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';
import { hopAt } from './hops.ts';
import type { HopRow } from './hops.ts';
import { recordsAt } from './records.ts';

/** `step` counts from 1, 0 is before the first; null is the whole run. */
export function logWindow(run: RunRecord, step: number | null, from: number, count: number): LogWindow {
  const { outline } = run.log;
  const lines = step === null ? { from: 0, end: outline.length } : outline.linesOf(step);
  const first = lines.from + from;
  const rows: TraceStep[] = [];
  for (let line = first; line < Math.min(first + count, lines.end); line++) {
    const position = outline.at(line);
    const [record] = position === undefined ? [] : recordsAt(run, position, 1);
    if (record === undefined) break;
    rows.push(toTraceStep(run, record, position!));
  }
  return { total: lines.end - lines.from, rows };
}

/** 64-bit words of an entry of a queue. */
const QUEUED: Readonly<Record<string, number>> = { COMMAND: 2, EVENT: 4 };

const wordsOf = ({ payload }: TraceRecord, count: number): string[] =>
  Array.from({ length: count }, (_, word) => hexWord(payload[2 * word + 1]!, payload[2 * word]!));

function sentenceOf({ hop, action, detail, result, failed, dropped }: HopRow): string {
  const details = detail.map(([name, value]) => ` ${name} ${value}`).join(',');
  return `${hop}: ${action}${details}${failed ? ` -> ${result}` : ''}${dropped === null ? '' : `; dropped: ${dropped}`}`;
}

/** A step of the lab goes by what it said, where it said something. */
export function toTraceStep(run: RunRecord, record: TraceRecord, position: number): TraceStep {
  const words = QUEUED[record.kind];
  const step: TraceStep = { ...stepOf(record), txn: record.transaction, ...(words === undefined ? {} : { words: wordsOf(record, words) }) };
  if (record.kind === 'HOP') return { ...step, text: sentenceOf(hopAt(run, position, record)) };
  if (record.kind !== 'STEP') return step;
  const note = run.notes.find(({ step: number, severity }) => number === record.payload[0]! + 1 && severity === 'note');
  return note === undefined ? step : { ...step, text: `${step.text}: ${note.text}` };
}

/** Rows of the list of all trace records, and a record as a sentence. */
import { stepOf } from '../../model/trace/steps.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { RecordRow, TraceStep } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';
import type { Cells } from './cells.ts';
import { hopAt } from './hops.ts';
import type { HopRow } from './hops.ts';
import { recordsAt } from './records.ts';

/** The records at these positions of the trace; they end where one is not there. */
export function recordRows(run: RunRecord, positions: readonly number[], cells: (position: number) => Cells): RecordRow[] {
  const rows: RecordRow[] = [];
  for (const position of positions) {
    const [record] = recordsAt(run, position, 1);
    if (record === undefined) break;
    rows.push({ ...toTraceStep(run, record, position), position, ...cells(position) });
  }
  return rows;
}

function sentenceOf({ hop, action, detail, result, failed, dropped }: HopRow): string {
  const details = detail.map(([name, value]) => ` ${name} ${value}`).join(',');
  return `${hop}: ${action}${details}${failed ? ` -> ${result}` : ''}${dropped === null ? '' : `; dropped: ${dropped}`}`;
}

/** A step of the lab goes by what it said, where it said something. */
function toTraceStep(run: RunRecord, record: TraceRecord, position: number): TraceStep {
  const step: TraceStep = { ...stepOf(record), txn: record.transaction };
  if (record.kind === 'HOP') return { ...step, text: sentenceOf(hopAt(run, position, record)) };
  if (record.kind !== 'STEP') return step;
  const note = run.notes.find(({ step: number, severity }) => number === record.payload[0]! + 1 && severity === 'note');
  return note === undefined ? step : { ...step, text: `${step.text}: ${note.text}` };
}

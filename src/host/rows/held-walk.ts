/** The walk that a transaction went by: hits are replaced by what their entries were made from. */
import { madeFrom } from '../../model/trace/made-from.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import { walkMatrix } from '../../model/trace/walk-view.ts';
import type { WalkMatrix } from '../../model/trace/walk-view.ts';
import type { RunRecord } from '../run/run-record.ts';
import { recordsOf } from './records.ts';

export function heldMatrix(run: RunRecord, records: readonly TraceRecord[]): WalkMatrix {
  const matrixOf = (txn: number): WalkMatrix | null => (run.log.index.transaction(txn) === null ? null : walkMatrix(recordsOf(run, txn)));
  return madeFrom(walkMatrix(records), matrixOf);
}

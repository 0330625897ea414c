/** The walk matrix and the steps of one transaction, as they cross the protocol. */
import { decodeDescriptor } from '../../formats/words/descriptor.ts';
import { decodeFields } from '../../formats/words/decoded.ts';
import { CD, STE } from '../../model/spec/index.ts';
import { stepOf } from '../../model/trace/steps.ts';
import { WALK_COLUMNS, walkMatrix } from '../../model/trace/walk-view.ts';
import type { WalkCell as ModelCell } from '../../model/trace/walk-view.ts';
import type { Field, TraceStep, WalkCell, WalkView } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';
import { toField } from './field.ts';
import { granulesOf } from './granules.ts';
import type { Granules } from './granules.ts';
import { recordsOf } from './records.ts';

export function walkView(run: RunRecord, txn: number): WalkView {
  const records = recordsOf(run, txn);
  const matrix = walkMatrix(records);
  const granules = granulesOf(run, records);
  const { iova, status, reads, max, why, faultCell } = matrix;
  return {
    txn,
    iova,
    status,
    rows: matrix.rows.map(({ label, address, space, cells }) => ({ label, address, space, cells: cells.map((cell) => (cell === null ? null : toCell(cell, label, granules))) })),
    columns: [...WALK_COLUMNS],
    reads,
    max,
    why,
    ...(faultCell === undefined ? {} : { faultCell: [...faultCell] }),
  };
}

export const stepsOf = (run: RunRecord, txn: number): TraceStep[] => recordsOf(run, txn).map(stepOf);

function toCell({ structure, ...cell }: ModelCell, label: string, granules: Granules): WalkCell {
  const fields = structure === undefined ? descriptorFields(cell, granules) : decodeFields(label === 'STE' ? STE : CD, structure).map(toField);
  return fields === null ? cell : { ...cell, fields };
}

function descriptorFields({ stage, level, word }: Omit<ModelCell, 'structure'>, { stage1, stage2 }: Granules): Field[] | null {
  if (word === null || (stage !== 1 && stage !== 2)) return null;
  const granule = stage === 1 ? stage1 : stage2;
  return decodeDescriptor(BigInt(`0x${word}`), { stage, granule, ...(level === null ? {} : { level }) }).fields.map(toField);
}

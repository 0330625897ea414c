/** The walk matrix and the steps of one transaction, as they cross the protocol. */
import { decodeDescriptor } from '../../formats/words/descriptor.ts';
import { decodeFields, toWords32 } from '../../formats/words/decoded.ts';
import type { Around } from '../../formats/words/decoded.ts';
import { hexWord } from '../../model/base/address.ts';
import { CD, L1CD, L1STD, ruleOf, STE } from '../../model/spec/index.ts';
import type { RecordDef } from '../../model/spec/index.ts';
import { WALK_COLUMNS, walkMatrix } from '../../model/trace/walk-view.ts';
import type { WalkCell as ModelCell, WalkMatrix } from '../../model/trace/walk-view.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { Field, WalkCell, WalkView } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';
import { aroundOf } from './around.ts';
import { decidingFields } from './deciding.ts';
import { toField } from './field.ts';
import { foldingOf } from './folding.ts';
import { granulesOf } from './granules.ts';
import type { Granules } from './granules.ts';
import { heldMatrix } from './held-walk.ts';
import { recordsOf } from './records.ts';
import { whatHelps, whyOf } from './why.ts';

export function walkView(run: RunRecord, txn: number): WalkView {
  const records = recordsOf(run, txn);
  const place = run.log.index.transaction(txn);
  if (place === null) return viewOf(run, records, walkMatrix(records), '');
  const remedy = whatHelps(run, place.first, place.last);
  const view = viewOf(run, records, walkMatrix(records), whyOf(run, place.first, place.last));
  const decided = decidingFields(view, () => viewOf(run, records, heldMatrix(run, records), ''), ruleOf(records.at(-1)?.rule ?? 0));
  return { ...view, ...(remedy === '' ? {} : { remedy }), ...(decided.length === 0 ? {} : { decided }) };
}

/** `matrix` of the records, with more in its rows perhaps. */
export function viewOf(run: RunRecord, records: readonly TraceRecord[], matrix: WalkMatrix, why: string): WalkView {
  const granules = granulesOf(run, records);
  const around = (record: RecordDef | null): Around => aroundOf(run, records, record);
  const { transaction: txn, iova, status, reads, max, faultCell } = matrix;
  return {
    txn,
    iova,
    status,
    rows: matrix.rows.map(({ label, address, space, cells }) => ({ label, address, space, cells: cells.map((cell) => (cell === null ? null : placed(run, toCell(cell, label, granules, around)))) })),
    columns: [...WALK_COLUMNS],
    reads,
    max,
    why,
    folding: foldingOf(run, records),
    ...(faultCell === undefined ? {} : { faultCell: [...faultCell] }),
  };
}

/** With the structure that the word lies in: what a cache answered lies nowhere. */
function placed(run: RunRecord, cell: WalkCell): WalkCell {
  if (cell.kind === 'hit' || cell.kind === 'skipped' || cell.space !== 'pa' || cell.address === null) return cell;
  const structure = run.structures.at(BigInt(cell.address));
  return structure === null ? cell : { ...cell, structure };
}

const STRUCTURES: Readonly<Record<string, RecordDef>> = { STE, CD, L1STD, L1CD };

function toCell({ structure, ...cell }: ModelCell, label: string, granules: Granules, around: (record: RecordDef | null) => Around): WalkCell {
  const record = STRUCTURES[label] ?? CD;
  if (structure !== undefined) return { ...cell, words: wordsOf(structure), fields: decodeFields(record, structure, around(record)).map(toField) };
  if ((record === L1STD || record === L1CD) && cell.word !== null) return { ...cell, words: [cell.word], fields: decodeFields(record, toWords32([BigInt(`0x${cell.word}`)])).map(toField) };
  const fields = descriptorFields(cell, granules, around(null));
  return fields === null || cell.word === null ? cell : { ...cell, words: [cell.word], fields };
}

function descriptorFields({ stage, level, word }: Omit<ModelCell, 'structure'>, { stage1, stage2 }: Granules, around: Around): Field[] | null {
  if (word === null || (stage !== 1 && stage !== 2)) return null;
  const granule = stage === 1 ? stage1 : stage2;
  const { fields } = decodeDescriptor(BigInt(`0x${word}`), { stage, granule, stage1: around.stage1, ...(level === null ? {} : { level }) });
  if (fields.length > 0) return fields.map(toField);
  return /[13579bdf]$/.test(word) ? reservedFields(word) : [INVALID];
}

/** Nothing but bit 0 means anything in a descriptor whose bit 0 is 0. */
const INVALID: Field = { name: 'Valid', bits: [0, 0], value: '0', raw: '0x0', doc: 'The descriptor is invalid: its other bits are ignored.', section: '3.3.5' };

/** A type that neither the level nor the granule allows. */
function reservedFields(word: string): Field[] {
  const type = (Number.parseInt(word.slice(-1), 16) >> 1) & 1;
  const common = { section: INVALID.section };
  return [
    { ...common, name: 'Valid', bits: [0, 0], value: '1', raw: '0x1', doc: 'The descriptor claims to be valid.' },
    { ...common, name: 'Type', bits: [1, 1], value: String(type), raw: `0x${type}`, doc: 'Reserved at this level and granule: the descriptor is treated as invalid.' },
  ];
}

/** The 64-bit words of a structure of 32-bit words. */
function wordsOf(structure: Uint32Array): string[] {
  return Array.from({ length: structure.length / 2 }, (_, word) => hexWord(structure[2 * word + 1]!, structure[2 * word]!));
}

/** A trace record field by field: what it carries of the architecture where it carries something, else the record's own words. */
import { decodeAs } from '../../formats/words/decode-as.ts';
import type { WordKind } from '../../formats/words/decode-as.ts';
import { decodeFields, toWords32 } from '../../formats/words/decoded.ts';
import { hex, hexWord } from '../../model/base/address.ts';
import { CD, registerAt, STE } from '../../model/spec/index.ts';
import { PURPOSE } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { Field, RecordView } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import { emptyElement, fieldText, placeIn, readField } from '../../query/index.ts';
import type { Place } from '../../query/index.ts';
import type { RunRecord } from '../run/run-record.ts';
import { aroundOf } from './around.ts';
import { toField } from './field.ts';
import { granulesOf } from './granules.ts';
import { recordsAt, recordsOf } from './records.ts';

/** Records that are one of the architecture, their 64-bit words, and what fields of it are called in filters. */
const CARRIED: Readonly<Record<string, { readonly kind: WordKind; readonly words: number; readonly prefix: string }>> = {
  EVENT: { kind: 'event', words: 4, prefix: 'evt' },
  COMMAND: { kind: 'cmd', words: 2, prefix: 'cmd' },
  PPR: { kind: 'pri', words: 2, prefix: 'pri' },
};

const word64 = (words: ArrayLike<number>, at: number): string => hexWord(words[2 * at + 1]! >>> 0, words[2 * at]! >>> 0);
const words64 = (words: ArrayLike<number>, count: number): string[] => Array.from({ length: count }, (_, at) => word64(words, at));
const toBigints = (words: readonly string[]): bigint[] => words.map((word) => BigInt(`0x${word}`));

/** Throws `not-found` beyond the end of the trace. */
export function recordView(run: RunRecord, position: number): RecordView {
  const [record] = recordsAt(run, position, 1);
  if (record === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `no trace record ${position}: there are ${run.log.records}` });
  return carriedView(record) ?? structureView(run, record, position) ?? descriptorView(run, record) ?? registerView(record) ?? ownView(run, record, position);
}

const named = (fields: readonly Field[], prefix: string): Field[] => fields.map((field) => ({ ...field, column: `${prefix}.${field.name}` }));

function carriedView({ kind, payload }: TraceRecord): RecordView | null {
  const carried = CARRIED[kind];
  if (carried === undefined) return null;
  const words = words64(payload, carried.words);
  const decoded = decodeAs(carried.kind, toBigints(words));
  return decoded.ok ? { title: decoded.value.type, words, fields: named(decoded.value.fields.map(toField), carried.prefix) } : null;
}

/** An STE or CD is read as two records, one behind the other. */
function structureView(run: RunRecord, record: TraceRecord, position: number): RecordView | null {
  if (record.kind !== 'READ_STRUCT' || (record.level !== 0 && record.level !== 1)) return null;
  const [other] = recordsAt(run, position + (record.level === 0 ? 1 : -1), 1);
  if (other?.kind !== 'READ_STRUCT' || other.purpose !== record.purpose || other.level === record.level) return null;
  const halves = record.level === 0 ? [record, other] : [other, record];
  const words = halves.flatMap(({ payload }) => words64(payload, 4));
  const [kind, table] = record.purpose === PURPOSE.STE ? (['ste', STE] as const) : (['cd', CD] as const);
  const fields = decodeFields(table, toWords32(toBigints(words)), aroundOf(run, ofTransaction(run, record), table));
  return { title: table.id, words, fields: named(fields.map(toField), kind) };
}

/** The records of the transaction that a record is of, as far as they are kept. */
const ofTransaction = (run: RunRecord, { transaction }: TraceRecord): readonly TraceRecord[] => (transaction === 0 || run.log.index.rowOf(transaction) < 0 ? [] : recordsOf(run, transaction));

function descriptorView(run: RunRecord, record: TraceRecord): RecordView | null {
  const { kind, stage, level, payload } = record;
  if (kind !== 'READ' || (stage !== 1 && stage !== 2)) return null;
  const records = ofTransaction(run, record);
  const granules = granulesOf(run, records);
  const words = words64(payload, 1);
  const decoded = decodeAs('pte', toBigints(words), { stage, granule: stage === 1 ? granules.stage1 : granules.stage2, stage1: aroundOf(run, records, null).stage1, ...(level === null ? {} : { level }) });
  return decoded.ok ? { title: decoded.value.type, words, fields: decoded.value.fields.map(toField) } : null;
}

function registerView({ kind, address, payload }: TraceRecord): RecordView | null {
  const register = kind === 'REG_WRITE' || kind === 'REG_READ' ? registerAt(Number(address)) : null;
  if (register === null) return null;
  const words = words64(payload, 1);
  return { title: register.id, words, fields: named(decodeFields(register, payload.slice(0, 2)).map(toField), `reg.${register.id}`) };
}

/** The 16 words of the trace record, and whatever a filter of trace records can ask of it. */
function ownView(run: RunRecord, record: TraceRecord, position: number): RecordView {
  const element = emptyElement();
  element.record = run.log.read(position, 1);
  element.recordAt = 0;
  const fields = run.filters.registry('records').fields.flatMap((field): Field[] => {
    const [place, stored, value] = [placeIn(field, element), readField(field, element), fieldText(field, element)];
    return place === null || stored === null || value === null ? [] : [{ name: field.name, column: field.name, bits: bitsOf(place), value, raw: hex(stored), doc: field.doc, section: field.section }];
  });
  return { title: record.kind, words: words64(element.record, 8), fields };
}

const bitsOf = ({ word, shift, width }: Place): [hi: number, lo: number] => [word * 32 + shift + width - 1, word * 32 + shift];

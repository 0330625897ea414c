/** Rows of the path: hops of the stack, and between them what the SMMU and the devices did. */
import { hex } from '../../model/base/address.ts';
import { eventName } from '../../model/spec/index.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import { stepOf } from '../../model/trace/steps.ts';
import type { Crossing, PathRow, ResultOf } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';
import type { PathPlace } from '../trace/path-index.ts';
import { crossingOf, crossingOfQueue } from './crossing.ts';
import { hopAt } from './hops.ts';
import { endsAt, recordsAt } from './records.ts';
import { refusalRemedy } from './refusal.ts';
import { refusedFields } from './refused-fields.ts';

type Said = Pick<PathRow, 'lane' | 'kind' | 'action' | 'details' | 'result' | 'failed' | 'dropped' | 'event' | 'crossing'>;

/** Which rows: of a step (from 1, 0 is before the first), about a transaction, or of the whole run. */
export interface PathPart {
  readonly step?: number | undefined;
  readonly txn?: number | undefined;
}

export function pathWindow(run: RunRecord, { step, txn }: PathPart, from: number, count: number): ResultOf<'path.window'> {
  const { paths } = run.log;
  const about = txn === undefined ? null : rowsAbout(run, txn);
  const { from: first, end } = step === undefined ? { from: 0, end: paths.length } : paths.rowsOf(step);
  const total = about?.length ?? end - first;
  const rows: PathRow[] = [];
  for (let n = from; n < Math.min(from + count, total); n++) {
    const row = about === null ? first + n : about[n]!;
    const place = paths.at(row);
    const [record] = place === undefined ? [] : recordsAt(run, place.record, 1);
    if (place === undefined || record === undefined) break;
    const { depth, inside } = place;
    const said = saidBy(run, place, record);
    rows.push({ index: row, step: paths.stepOf(row), depth, inside, txn: record.transaction, ...said, ...(said.kind === 'hop' ? refusalOf(run, row, inside, said) : {}) });
  }
  return { total, hops: paths.hops, rows };
}

/** The answer of somebody further in, and no reason. */
const PASSED_ON = /-E[A-Z0-9]+ \(/;

/** Why a hop refused, where it does not say so itself, and what would help. */
function refusalOf(run: RunRecord, row: number, inside: number, { action, result, failed, dropped, crossing }: Said): Pick<PathRow, 'decided' | 'fields' | 'remedy'> {
  if (!failed && dropped === null) return {};
  const decided = dropped === null || PASSED_ON.test(dropped) ? decidedWithin(run, row, inside) : null;
  const remedy = refusalRemedy(action, result, decided?.text ?? dropped);
  const fields = crossing === null ? [] : refusedFields(crossing.fields, decided?.text ?? dropped);
  return { ...(decided === null ? {} : { decided }), ...(fields.length === 0 ? {} : { fields }), ...(remedy === null ? {} : { remedy }) };
}

/** The last hop within that says why it sent nothing on: the first that failed is further in than those that only pass its answer on. */
function decidedWithin(run: RunRecord, row: number, inside: number): PathRow['decided'] | null {
  for (let index = row + inside; index > row; index--) {
    const place = run.log.paths.at(index);
    const [record] = place === undefined ? [] : recordsAt(run, place.record, 1);
    if (place === undefined || record?.kind !== 'HOP') continue;
    const { dropped } = hopAt(run, place.record, record);
    if (dropped !== null) return { index, text: dropped };
  }
  return null;
}

/** Its own rows, those of its events, and the hops that handled these with all that they caused. */
function rowsAbout(run: RunRecord, txn: number): number[] {
  const { paths, index, faults } = run.log;
  const place = index.transaction(txn);
  if (place === null) return [];
  const rows = new Set<number>();
  const add = (record: number | null): void => {
    const [made] = record === null ? [] : recordsAt(run, record, 1);
    const row = record === null || made === undefined ? undefined : paths.rowOf(record, made.kind === 'HOP' ? made.payload[4]! : record);
    for (let inner = 0; row !== undefined && inner <= paths.at(row)!.inside; inner++) rows.add(row + inner);
  };
  for (let row = paths.rowAt(place.first); row < paths.rowAt(place.last + 1); row++) if (recordsAt(run, paths.at(row)!.record, 1)[0]?.transaction === txn) rows.add(row);
  for (const event of index.eventsOf(txn)) {
    const levels = faults.at(event);
    for (const record of [index.event(event)?.record ?? null, levels?.middle ?? null, levels?.guest ?? null, levels?.handler ?? null]) add(record);
  }
  return [...rows].sort((a, b) => a - b);
}

/** Where a transaction begins; a transaction that is none is at the beginning. */
export function pathPlace(run: RunRecord, txn: number): ResultOf<'path.locate'> {
  const { paths, index } = run.log;
  const row = paths.rowAt(index.transaction(txn)?.first ?? 0);
  const step = paths.stepOf(row);
  return { step, index: row - paths.rowsOf(step).from };
}

const SILENT: Omit<Said, 'lane' | 'kind' | 'action'> = { details: [], result: null, failed: false, dropped: null, event: null, crossing: null };

function saidBy(run: RunRecord, place: PathPlace, record: TraceRecord): Said {
  const { text, verdict } = stepOf(record);
  switch (record.kind) {
    case 'HOP':
      return hopRow(run, place, record);
    case 'TXN':
    case 'TXN_BEGIN':
      return transactionRow(run, record);
    case 'COMMAND': {
      const crossing = crossingOfQueue('command', record.payload);
      const what = text.slice(crossing.title.length).replace(/^ /, '').replace(/^: /, '');
      return { ...SILENT, lane: 'smmu', kind: 'command', action: crossing.title, details: [{ name: '', value: what }], failed: verdict !== 'consumed', dropped: verdict === 'consumed' ? null : verdict, crossing };
    }
    case 'EVENT': {
      const crossing = crossingOfQueue('event', record.payload);
      const lost = verdict === 'written' ? null : verdict;
      return { ...SILENT, lane: 'smmu', kind: 'event', action: crossing.title, details: shown(crossing), dropped: lost, failed: lost !== null, event: run.log.index.eventAt(place.record), crossing };
    }
    default:
      return { ...SILENT, lane: 'smmu', kind: 'interrupt', action: text };
  }
}

/** Details of hops that are addresses, by the names that the drivers have for them. What a guest maps at an `iova` a container knows by its IPA, also as `iova`: only the guest's is one. */
const ADDRESSES: Readonly<Record<string, 'iova' | 'ipa' | 'pa'>> = { addr: 'iova', InputAddr: 'iova', ipa: 'ipa', IPA: 'ipa', base_ptr: 'ipa', pa: 'pa', vttbr: 'pa', FetchAddr: 'pa', fetch_addr: 'pa' };

function spaceOf(hop: PathRow['lane'], name: string, value: string): Pick<PathRow['details'][number], 'space'> {
  const space = name === 'iova' && hop === 'guest' ? 'iova' : ADDRESSES[name];
  return space === undefined || !/^0x[0-9a-f]+$/.test(value) ? {} : { space };
}

function hopRow(run: RunRecord, place: PathPlace, record: TraceRecord): Said {
  const { hop, action, detail, result, failed, dropped, data } = hopAt(run, place.record, record);
  const details = detail.map(([name, value]) => ({ name, value, ...spaceOf(hop, name, value) }));
  return { lane: hop, kind: 'hop', action, details, result, failed, dropped, event: null, crossing: data === null ? null : crossingOf(data.type, data.bytes) };
}

function transactionRow(run: RunRecord, first: TraceRecord): Said {
  const place = run.log.index.transaction(first.transaction);
  const [begin, end] = (place === null ? null : endsAt(run, place)) ?? [first];
  const device = run.deviceName(begin.sid) ?? `StreamID ${hex(begin.sid)}`;
  const details = [{ name: 'IOVA', value: hex(begin.address), space: 'iova' as const }, { name: 'bytes', value: String(begin.payload[0]) }];
  const event = end === undefined || end.payload[1] === 0 ? '' : `, ${eventName(end.payload[1]!)}`;
  const result = end === undefined ? null : `${stepOf(end).verdict}${event}`;
  return { ...SILENT, lane: 'device', kind: 'transaction', action: `${device} ${begin.ind ? 'execute' : begin.rnw ? 'read' : 'write'}`, details, result, failed: end?.payload[1] !== 0 && end !== undefined };
}

/** Fields that say something. */
const shown = ({ fields }: Crossing): PathRow['details'] =>
  fields.filter(({ raw, name }) => BigInt(raw) !== 0n && name !== 'EventNumber' && name !== 'Opcode' && name !== 'Type').map(({ name, value, space }) => ({ name, value, ...(space === undefined ? {} : { space }) }));

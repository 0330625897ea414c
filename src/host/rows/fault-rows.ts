/** Every event with what became of it at each level on its way to the guest. */
import { eventName } from '../../model/spec/index.ts';
import { stepOf } from '../../model/trace/steps.ts';
import type { FaultLevel, FaultRow, ResultOf } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';
import { hopAt } from './hops.ts';
import { recordsAt } from './records.ts';

const NONE: FaultLevel = { state: 'none', text: '' };
const WAITING: FaultLevel = { state: 'waiting', text: 'not taken yet' };

export function faultWindow(run: RunRecord, from: number, count: number): ResultOf<'faults.window'> {
  const total = run.log.index.events;
  const rows = Array.from({ length: Math.max(0, Math.min(count, total - from)) }, (_, n) => faultRow(run, from + n));
  return { total, rows: rows.filter((row): row is FaultRow => row !== null) };
}

function faultRow(run: RunRecord, index: number): FaultRow | null {
  const place = run.log.index.event(index);
  const [record] = place === null ? [] : recordsAt(run, place.record, 1);
  const levels = run.log.faults.at(index);
  if (place === null || record === undefined || levels === undefined) return null;
  const sid = record.payload[1]! >>> 0;
  const device = run.deviceName(sid);
  const { verdict } = stepOf(record);
  const physical: FaultLevel = verdict === 'written' ? { state: 'there', text: verdict } : { state: 'lost', text: verdict };
  const middle = above(run, physical, levels.middle);
  const guest = above(run, middle, levels.guest);
  const handler = ofHandler(above(run, guest, levels.handler));
  return { index, txn: place.txn, type: eventName(record.payload[0]! & 0xff), sid, ...(device === undefined ? {} : { device }), physical, middle, guest, handler };
}

/** A guest that only prints the event has had it; what it does not print is a page request, which its driver is to answer. */
function ofHandler(handler: FaultLevel): FaultLevel {
  if (handler.state === 'lost') return { ...handler, state: 'there' };
  return handler.state === 'there' ? { ...handler, text: 'page request: the guest answers with CMD_RESUME' } : handler;
}

/** A level, given what became of the event at the one below. */
function above(run: RunRecord, below: FaultLevel, position: number | null): FaultLevel {
  if (below.state !== 'there' || run.log.paths.hops === 0) return NONE;
  const [record] = position === null ? [] : recordsAt(run, position, 1);
  if (position === null || record === undefined) return WAITING;
  const { action, detail, dropped } = hopAt(run, position, record);
  if (dropped !== null) return { state: 'lost', text: dropped };
  const lost = detail.find(([name]) => name === 'lost');
  return { state: 'there', text: lost === undefined ? action : `${action}, without ${lost[1]}` };
}

/** Rows of the transaction list, from the begin and end records of each. */
import { hex } from '../../model/base/address.ts';
import { eventName, ruleOf } from '../../model/spec/index.ts';
import { payload64, STATUS, STATUS_NAMES } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { TransactionRow } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';
import { recordsAt } from './records.ts';
import { whyOf } from './why.ts';

/** The transactions at these positions of the list, from 0. */
export function transactionRows(run: RunRecord, positions: readonly number[]): TransactionRow[] {
  const rows: TransactionRow[] = [];
  for (const position of positions) {
    const row = transactionRow(run, position + 1);
    if (row !== null) rows.push(row);
  }
  return rows;
}

/** Null for a transaction that has not ended: its row comes with its result. */
function transactionRow(run: RunRecord, txn: number): TransactionRow | null {
  const place = run.log.index.transaction(txn);
  if (place === null || place.last === place.first) return null;
  const [begin] = recordsAt(run, place.first, 1);
  const [end] = recordsAt(run, place.last, 1);
  if (begin === undefined || end === undefined) return null;
  const device = run.deviceName(begin.sid);
  return {
    txn,
    step: place.step,
    sid: begin.sid,
    ssid: begin.ssid,
    ...(device === undefined ? {} : { device }),
    iova: hex(begin.address),
    access: begin.ind ? 'execute' : begin.rnw ? 'read' : 'write',
    privileged: begin.pnu,
    length: begin.payload[0]!,
    expectation: run.expectationOf(place.step),
    ...resultOf(end),
    why: whyOf(run, place.first, place.last),
  };
}

function resultOf(end: TraceRecord): Pick<TransactionRow, 'status' | 'pa' | 'pageSize' | 'reads' | 'event' | 'rule'> {
  const [status = 0, event = 0, , , shift = 0, , reads = 0] = end.payload;
  return {
    status: STATUS_NAMES[status] ?? 'fault',
    pa: status === STATUS.SUCCESS || status === STATUS.BYPASS ? hex(payload64(end, 2)) : null,
    pageSize: status === STATUS.SUCCESS ? hex(1n << BigInt(shift)) : null,
    reads,
    event: event === 0 ? null : eventName(event),
    rule: end.rule === 0 ? null : ruleOf(end.rule).id,
  };
}

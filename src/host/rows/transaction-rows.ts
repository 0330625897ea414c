/** Rows of the transaction list, from the begin and end records of each. */
import { hex } from '../../model/base/address.ts';
import { eventName, ruleOf } from '../../model/spec/index.ts';
import { payload64, STATUS, STATUS_NAMES } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { TransactionRow } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';
import type { Cells } from './cells.ts';
import { endsAt, recordsAt } from './records.ts';
import { whyOf } from './why.ts';

/** The transactions at these positions of the list, from 0. */
export function transactionRows(run: RunRecord, positions: readonly number[], cells: (position: number) => Cells = () => ({})): TransactionRow[] {
  const rows: TransactionRow[] = [];
  for (const position of positions) {
    const row = transactionRow(run, position);
    if (row !== null) rows.push({ ...row, ...cells(position) });
  }
  return rows;
}

/** Null for a last transaction that has not ended: its row comes with its result. */
function transactionRow(run: RunRecord, position: number): TransactionRow | null {
  const place = run.log.index.transactionAt(position);
  if (place === null || (!place.ended && position === run.log.index.transactions - 1)) return null;
  const [begin, end] = endsAt(run, place) ?? [recordsAt(run, place.first, 1)[0], null];
  if (begin === undefined) return null;
  const device = run.deviceName(begin.sid);
  return {
    txn: place.txn,
    step: place.step,
    sid: begin.sid,
    ssid: begin.ssid,
    ...(device === undefined ? {} : { device }),
    iova: hex(begin.address),
    access: begin.ind ? 'execute' : begin.rnw ? 'read' : 'write',
    privileged: begin.pnu,
    length: begin.payload[0]!,
    expectation: run.expectationOf(place.step),
    ...(end === null ? NO_RESULT : resultOf(end)),
    why: end === null ? 'The recording does not have its end.' : whyOf(run, place.first, place.last),
  };
}

const NO_RESULT = { status: 'unknown', pa: null, pageSize: null, reads: 0, event: null, rule: null } as const;

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

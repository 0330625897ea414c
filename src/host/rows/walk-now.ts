/** A walk of memory as it is now beside what a transaction went by, and what was missing in between. */
import { hex } from '../../model/base/address.ts';
import { eventName } from '../../model/spec/index.ts';
import { filledBy } from '../../model/trace/made-from.ts';
import { payload64, STATUS, STATUS_NAMES, TRANSACTION } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import { walkMatrix } from '../../model/trace/walk-view.ts';
import type { CacheEntry, WalkNow } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { TranslateRequest } from '../engine/api.ts';
import type { RunRecord } from '../run/run-record.ts';
import { heldMatrix } from './held-walk.ts';
import { recordsOf } from './records.ts';
import { viewOf } from './walk.ts';

/** The access of a transaction, to be made again. */
export function accessOf(run: RunRecord, txn: number): TranslateRequest {
  const { sid, ssid, address, rnw, ind, pnu, type } = recordsOf(run, txn)[0]!;
  if (type === TRANSACTION.TRANSLATED) throw new RpcError({ code: RPC_CODES.badRequest, message: `transaction ${txn} came Translated: its address is no IOVA that could be walked` });
  return { sid, ssid, iova: address, access: !rnw ? 'write' : ind ? 'execute' : 'read', privileged: pnu };
}

/** `PA 0x44800000`, or the event. */
function resultOf(records: readonly TraceRecord[]): string {
  const end = records.at(-1);
  if (end?.kind !== 'TXN_END') return 'no result';
  const [status, event] = end.payload;
  if (status === STATUS.SUCCESS || status === STATUS.BYPASS) return `PA ${hex(payload64(end, 2))}`;
  return event === 0 ? (STATUS_NAMES[status!] ?? 'fault') : eventName(event!);
}

const entryText = ({ kind, input }: CacheEntry): string => (input === null ? kind : `${kind} ${input.space.toUpperCase()} ${input.address}`);

/** `fresh`: records of the same access without caches; `stale`: entries that it could meet. */
export function walkNow(run: RunRecord, txn: number, fresh: readonly TraceRecord[], stale: readonly CacheEntry[]): WalkNow {
  const records = recordsOf(run, txn);
  const held = heldMatrix(run, records);
  return {
    txn,
    held: viewOf(run, records, held, ''),
    heldBy: filledBy(walkMatrix(records)),
    now: viewOf(run, fresh, { ...walkMatrix(fresh), transaction: txn }, ''),
    results: [resultOf(records), resultOf(fresh)],
    stale: stale.flatMap((entry) => (entry.stale === null ? [] : [{ ...entry.stale, entry: entryText(entry) }])),
  };
}

import { decodeRecord, RECORD_WORDS } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { RunRecord } from '../run/run-record.ts';

/** Records of one transaction that are shown: a walk takes some sixty. */
const MAX_RECORDS = 16_384;

export const recordsAt = (run: RunRecord, from: number, count: number): TraceRecord[] => {
  const words = run.log.read(from, count);
  return Array.from({ length: words.length / RECORD_WORDS }, (_, i) => decodeRecord(words, i * RECORD_WORDS));
};

/** All records of a transaction, begin and end included. Throws `not-found`. */
export function recordsOf(run: RunRecord, txn: number): TraceRecord[] {
  const place = run.log.index.transaction(txn);
  if (place === null) {
    const { transactions } = run.log.index;
    const there = transactions === 0 ? 'there are none yet' : `there are 1 to ${transactions}`;
    throw new RpcError({ code: RPC_CODES.notFound, message: `no transaction ${txn}: ${there}` });
  }
  return recordsAt(run, place.first, Math.min(place.last - place.first + 1, MAX_RECORDS));
}

import { decodeRecord, endsOf, RECORD_WORDS } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { RunRecord } from '../run/run-record.ts';
import type { TransactionPlace } from '../trace/trace-index.ts';

/** Records of one transaction that are shown: a walk takes some sixty. */
const MAX_RECORDS = 16_384;

export const decodeRecords = (words: Int32Array): TraceRecord[] => Array.from({ length: words.length / RECORD_WORDS }, (_, i) => decodeRecord(words, i * RECORD_WORDS));

export const recordsAt = (run: RunRecord, from: number, count: number): TraceRecord[] => decodeRecords(run.log.read(from, count));

/** Begin and end of a transaction, null while it has not ended. */
export function endsAt(run: RunRecord, { first, last, ended }: TransactionPlace): readonly [begin: TraceRecord, end: TraceRecord] | null {
  if (!ended) return null;
  const [begin] = recordsAt(run, first, 1);
  if (begin?.kind === 'TXN') return endsOf(begin);
  const [end] = recordsAt(run, last, 1);
  return begin === undefined || end === undefined ? null : [begin, end];
}

/** All records of a transaction, begin and end included. Throws `not-found`. */
export function recordsOf(run: RunRecord, txn: number): TraceRecord[] {
  const place = run.log.index.transaction(txn);
  if (place === null) {
    const { transactions } = run.log.index;
    const [first, last] = [run.log.index.transactionAt(0), run.log.index.transactionAt(transactions - 1)];
    const there = first === null || last === null ? 'there are none yet' : `there are ${first.txn} to ${last.txn}`;
    throw new RpcError({ code: RPC_CODES.notFound, message: `no transaction ${txn}: ${there}` });
  }
  return recordsAt(run, place.first, Math.min(place.last - place.first + 1, MAX_RECORDS)).flatMap((record) => (record.kind === 'TXN' ? endsOf(record) : [record]));
}

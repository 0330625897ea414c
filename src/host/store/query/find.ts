/** What a filter matches in a stored trace: the same as in the trace while it ran, and of the trace only what may matter is read. */
import type { Database } from 'better-sqlite3';
import { RECORD_WORDS } from '../../../model/trace/record.ts';
import { RpcError } from '../../../protocol/errors.ts';
import { compileFilter, emptyElement, ENDED, registryOf, toPredicate, TRANSACTION_WORDS, TXN } from '../../../query/index.ts';
import type { List, Predicate } from '../../../query/index.ts';
import { chunkWhere } from './chunk-condition.ts';
import { StoredTrace } from './stored-trace.ts';

export interface FindRequest {
  readonly runId: string;
  readonly list: List;
  readonly filter: string;
  /** Names that `device` may be compared with. */
  readonly devices: readonly (readonly [sid: number, name: string])[];
  readonly from: number;
  readonly count: number;
}

export interface Found {
  /** Matches in the whole trace. */
  readonly total: number;
  /** Positions in the list, from 0, of matches `from` to `from + count`. */
  readonly positions: number[];
}

/** Throws an RpcError with the column of a text that is no filter. */
export function find(db: Database, { runId, list, filter, devices, from, count }: FindRequest): Found {
  const compiled = compileFilter(filter, registryOf(list, devices));
  if (!compiled.ok) throw new RpcError(compiled.error);
  const { condition } = compiled.value;
  const trace = new StoredTrace(db, runId);
  const matches = toPredicate(condition, (landmark) => trace.ages(landmark));
  const found = { total: 0, positions: [] as number[] };
  const take = (position: number): void => {
    if (found.total >= from && found.positions.length < count) found.positions.push(position);
    found.total++;
  };
  if (list === 'transactions') findTransactions(trace, chunkWhere(condition, list), matches, take);
  else if (list === 'records') findRecords(trace, chunkWhere(condition, list), matches, take);
  else findEvents(trace, matches, take);
  return found;
}

type Take = (position: number) => void;

function findTransactions(trace: StoredTrace, where: ReturnType<typeof chunkWhere>, matches: Predicate, take: Take): void {
  const element = emptyElement();
  for (const { first, words } of trace.chunks('transactions', where)) {
    element.transaction = words;
    for (let at = 0; at < words.length; at += TRANSACTION_WORDS) {
      if ((words[at + TXN.RESULT]! & ENDED) === 0) continue;
      element.transactionAt = at;
      const event = words[at + TXN.EVENT]!;
      const record = event === 0 ? null : trace.event(event);
      element.recordAt = record === null ? -1 : 0;
      if (record !== null) element.record = record.words;
      if (matches(element)) take(first + at / TRANSACTION_WORDS);
    }
  }
}

function findRecords(trace: StoredTrace, where: ReturnType<typeof chunkWhere>, matches: Predicate, take: Take): void {
  const element = emptyElement();
  for (const { first, words } of trace.chunks('records', where)) {
    element.record = words;
    for (let at = 0; at < words.length; at += RECORD_WORDS) {
      element.recordAt = at;
      if (matches(element)) take(first + at / RECORD_WORDS);
    }
  }
}

function findEvents(trace: StoredTrace, matches: Predicate, take: Take): void {
  const element = emptyElement();
  const lastEnded = trace.lastEnded();
  let position = 0;
  for (const { words, txn } of trace.events()) {
    // While it ran, an event counted once its transaction had ended.
    if (txn > lastEnded) return;
    const row = txn === 0 ? null : trace.transaction(txn);
    element.record = words;
    element.recordAt = 0;
    element.transactionAt = row?.at ?? -1;
    if (row !== null) element.transaction = row.words;
    if (matches(element)) take(position);
    position++;
  }
}

/**
 * Where a run that is taken back is to stop: the last place before the one where it stands at which a filter was met. All of it is in the
 * trace, which is read from its end.
 */
import { KIND, PAYLOAD, RECORD_WORDS } from '../../model/trace/record.ts';
import type { Stop, Stopped } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import { emptyElement } from '../../query/index.ts';
import type { Predicate } from '../../query/index.ts';
import type { FilteredList } from '../filter/filtered-list.ts';
import type { RunRecord } from './run-record.ts';
import { Stops } from './stops.ts';

/** Records looked at in one piece, between which others have their turn. */
const PIECE = 16_384;

/** Null: none of them was met before. Throws an RpcError of a text that is no filter; or `signal` says that nobody asks any more. */
export async function stopBefore(run: RunRecord, stops: readonly Stop[], signal: AbortSignal): Promise<Stopped | null> {
  let last: Stopped | null = null;
  for (const stop of stops) {
    const { transactions, records } = run.filters.stop(stop.text);
    const found = transactions === null ? await lastRecord(run, stop, records!, signal) : await lastTransaction(run, stop, transactions, signal);
    if (found !== null && (last === null || Stops.positionOf(found) > Stops.positionOf(last))) last = found;
  }
  return last;
}

/** What a match in this step is to a run that stands behind more of them; null: it is not before it. Step 0 is what building the machine did. */
function met(run: RunRecord, { text, when }: Stop, step: number, txn: number | null): Stopped | null {
  const stopped = { text, when, step, txn };
  return step > 0 && Stops.positionOf(stopped) < run.position ? stopped : null;
}

async function lastTransaction(run: RunRecord, stop: Stop, list: FilteredList, signal: AbortSignal): Promise<Stopped | null> {
  const matches = await list.extended({ signal });
  for (let n = matches.length - 1; n >= 0; n--) {
    const txn = matches.at(n)! + 1;
    const found = met(run, stop, run.log.index.transaction(txn)?.step ?? 0, txn);
    if (found !== null) return found;
  }
  return null;
}

async function lastRecord(run: RunRecord, stop: Stop, matches: Predicate, signal: AbortSignal): Promise<Stopped | null> {
  const element = emptyElement();
  /** Some record that comes behind matches; which step it is of stands before it. */
  let isMet = false;
  for (let end = run.log.records; end > 0; end -= PIECE) {
    const first = Math.max(0, end - PIECE);
    const words = run.log.read(first, end - first);
    element.record = words;
    for (let at = words.length - RECORD_WORDS; at >= 0; at -= RECORD_WORDS) {
      element.recordAt = at;
      isMet ||= matches(element);
      if (!isMet || (words[at]! & 0xff) !== KIND.STEP) continue;
      const found = met(run, stop, words[at + PAYLOAD]! + 1, null);
      if (found !== null) return found;
      isMet = false;
    }
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) throw new RpcError({ code: RPC_CODES.cancelled, message: 'the search for the stop before was cancelled' });
  }
  return null;
}

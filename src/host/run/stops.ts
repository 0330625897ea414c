/**
 * Where a run is to stop: filters, looked at as the trace grows. A run is fast and is looked at now and then, so it may have gone
 * further than the first match: whoever runs it then goes back to there.
 */
import { KIND, PAYLOAD, RECORD_WORDS } from '../../model/trace/record.ts';
import type { Stop, Stopped } from '../../protocol/contract.ts';
import { emptyElement } from '../../query/index.ts';
import type { Predicate } from '../../query/index.ts';
import type { FilteredList } from '../filter/filtered-list.ts';
import type { RunRecord } from './run-record.ts';

/** Records looked at in one piece. */
const PIECE = 4096;

/** One filter: of transactions where they can answer it, else of all trace records. */
interface Watched {
  readonly stop: Stop;
  readonly transactions: FilteredList | null;
  readonly records: Predicate | null;
  found: Stopped | null;
}

export class Stops {
  readonly #run: RunRecord;
  readonly #watched: readonly Watched[];
  /** Steps up to this one were done before. */
  readonly #done: number;
  /** A step whose matches are passed over: the run stands before it because of them. */
  readonly #passed: number;
  readonly #element = emptyElement();
  #transactions: number;
  #record: number;
  #step: number;

  /** Throws an RpcError of a text that is no filter. */
  constructor(run: RunRecord, stops: readonly Stop[], passed: number) {
    this.#run = run;
    this.#done = run.position;
    this.#passed = passed;
    this.#watched = stops.map((stop) => ({ stop, ...run.filters.stop(stop.text), found: null }));
    this.#transactions = run.log.index.ended;
    this.#record = run.log.records;
    this.#step = run.position;
  }

  /** The first match of any of them so far, by step; null when there is none. */
  look(): Stopped | null {
    this.#lookAtTransactions();
    if (this.#watched.some(({ records, found }) => records !== null && found === null)) this.#lookAtRecords();
    const found = this.#watched.flatMap((watched) => watched.found ?? []);
    return found.reduce<Stopped | null>((first, next) => (first === null || next.step < first.step ? next : first), null);
  }

  /** How many steps are done where a run that met `stopped` is to stand. */
  static positionOf(stopped: Stopped): number {
    return stopped.when === 'before' ? stopped.step - 1 : stopped.step;
  }

  #lookAtTransactions(): void {
    const { index } = this.#run.log;
    for (const watched of this.#watched) {
      if (watched.transactions === null || watched.found !== null) continue;
      const matches = watched.transactions.extend();
      for (let n = matches.before(this.#transactions); n < matches.length && watched.found === null; n++) {
        const txn = matches.at(n)! + 1;
        this.#meet(watched, index.transaction(txn)?.step ?? 0, txn);
      }
    }
  }

  #lookAtRecords(): void {
    const { log } = this.#run;
    while (this.#record < log.records) {
      const words = log.read(this.#record, PIECE);
      this.#record += words.length / RECORD_WORDS;
      this.#element.record = words;
      for (let at = 0; at < words.length; at += RECORD_WORDS) {
        if ((words[at]! & 0xff) === KIND.STEP) this.#step = words[at + PAYLOAD]! + 1;
        this.#element.recordAt = at;
        for (const watched of this.#watched) if (watched.records !== null && watched.found === null && watched.records(this.#element)) this.#meet(watched, this.#step, 0);
      }
    }
  }

  #meet(watched: Watched, step: number, txn: number): void {
    const { text, when } = watched.stop;
    if (step > this.#done && !(when === 'before' && step === this.#passed)) watched.found = { text, when, step, txn: txn === 0 ? null : txn };
  }
}

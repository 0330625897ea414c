/** What of a trace can only be counted forwards, as it stood at some of its records: whoever cuts the trace counts again from the last of them. */
import type { Hash } from 'node:crypto';
import type { LedgerMark } from './fault-ledger.ts';
import type { Statistics } from './statistics.ts';

export interface CutMark {
  readonly records: number;
  readonly hash: Hash;
  readonly statistics: Statistics;
  readonly faults: LedgerMark;
}

/** However long the trace, there are no more than this, twice as far apart each time it is reached. */
const MOST = 128;
/** Records that are worth the counts of a stream: a mark has those of all. */
const STREAM_RECORDS = 64;

export class CutMarks {
  #marks: CutMark[] = [];
  /** Records from one to the next. */
  #apart = 4096;

  isDue(records: number, streams: number): boolean {
    return records - (this.#marks.at(-1)?.records ?? 0) >= Math.max(this.#apart, STREAM_RECORDS * streams);
  }

  add(mark: CutMark): void {
    this.#marks.push(mark);
    if (this.#marks.length < MOST) return;
    this.#apart *= 2;
    this.#marks = this.#marks.filter((_, n) => n % 2 === 1);
  }

  /** Forgets those behind `records`, and gives the last that is left; undefined: the start of the trace is as near. */
  backTo(records: number): CutMark | undefined {
    this.#marks = this.#marks.filter((mark) => mark.records <= records);
    return this.#marks.at(-1);
  }
}

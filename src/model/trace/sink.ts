import { RECORD_WORDS } from './record.ts';

/** Where records go. `reserve` gives the index of 16 words to fill; `commit` publishes them, or as many records in a row. */
export interface Sink {
  readonly words: Int32Array;
  reserve(): number;
  /** Records that fit one behind the other from what `reserve` gave; at least 1. */
  room(): number;
  commit(count?: number): void;
}

/** Records kept in this thread: for one explained translation, a command line run, a test. */
export class TraceBuffer implements Sink {
  words: Int32Array = new Int32Array(1024 * RECORD_WORDS);
  /** Records held. */
  count = 0;

  reserve(): number {
    const at = this.count * RECORD_WORDS;
    if (at + RECORD_WORDS > this.words.length) {
      const larger = new Int32Array(this.words.length * 2);
      larger.set(this.words);
      this.words = larger;
    }
    return at;
  }

  room(): number {
    return this.words.length / RECORD_WORDS - this.count;
  }

  commit(count = 1): void {
    this.count += count;
  }

  /** The records so far, as a view. */
  taken(): Int32Array {
    return this.words.subarray(0, this.count * RECORD_WORDS);
  }

  clear(): void {
    this.count = 0;
  }
}

/** Nobody reads the records. */
export class SilentSink implements Sink {
  readonly words = new Int32Array(RECORD_WORDS);

  reserve(): number {
    return 0;
  }

  room(): number {
    return 1;
  }

  commit(): void {
    return undefined;
  }
}

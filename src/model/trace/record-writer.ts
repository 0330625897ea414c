/** Trace records one behind the other into a sink: what all of them have, and their payload word by word. */
import { NO_LEVEL, PAYLOAD, RECORD_WORDS, SPACE, SSV } from './record.ts';
import { SilentSink } from './sink.ts';
import type { Sink } from './sink.ts';

export class RecordWriter {
  /** Records written so far; the next one's sequence number. */
  seq = 0;
  /** Records that the run opened last has room for. */
  run = 0;
  /** Whose record the next one is: transaction, StreamID, and word 5 with the SubstreamID; 0: nobody's. */
  protected transaction = 0;
  protected sid = 0;
  protected client = 0;
  #current: Int32Array;
  #at = 0;
  #sink: Sink;

  constructor(sink: Sink) {
    this.#sink = sink;
    this.#current = sink.words;
  }

  /** What `work` does is numbered as ever, and no record of it is written: they are there already. */
  unheard<T>(work: () => T): T {
    const sink = this.#sink;
    this.#sink = new SilentSink();
    try {
      return work();
    } finally {
      this.#sink = sink;
    }
  }

  /** The record that is open, in the buffer of the sink. */
  protected get current(): Int32Array {
    return this.#current;
  }

  protected get at(): number {
    return this.#at;
  }

  /**
   * For a batch (smmu/batch.ts): the index in `words` from which it may write whole records of level `transactions`, at most `wanted`, one behind
   * the other and numbered from `seq` on; `closeRun` takes as many as it wrote.
   */
  openRun(wanted: number): number {
    const at = this.#sink.reserve();
    this.run = Math.min(wanted, this.#sink.room());
    return at;
  }

  closeRun(count: number): void {
    this.seq += count;
    if (count > 0) this.#sink.commit(count);
  }

  get words(): Int32Array {
    return this.#sink.words;
  }

  /** A record that holds one number. */
  protected number(kind: number, value: number): void {
    this.open(kind, 0, NO_LEVEL, SPACE.NONE, 0, 0, 0, 0, 0);
    this.put(0, value);
    this.close();
  }

  protected device(sid: number, ssid: number | null): void {
    this.sid = sid;
    this.client = ssid === null ? 0 : SSV | ssid;
  }

  protected nobody(): void {
    this.sid = 0;
    this.client = 0;
  }

  protected open(
    kind: number,
    stage: number,
    level: number,
    space: number,
    verdict: number,
    purpose: number,
    rule: number,
    hi: number,
    lo: number,
  ): void {
    const at = this.#sink.reserve();
    const words = this.#sink.words;
    words[at] = kind | (stage << 8) | (level << 10) | (space << 13) | (verdict << 16) | (purpose << 20);
    words[at + 1] = this.seq++;
    words[at + 2] = this.transaction;
    words[at + 3] = rule;
    words[at + 4] = this.sid;
    words[at + 5] = this.client;
    words[at + 6] = lo;
    words[at + 7] = hi;
    words.fill(0, at + PAYLOAD, at + RECORD_WORDS);
    this.#current = words;
    this.#at = at;
  }

  protected put(index: number, value: number): void {
    this.#current[this.#at + PAYLOAD + index] = value;
  }

  protected close(): void {
    this.#sink.commit();
  }
}

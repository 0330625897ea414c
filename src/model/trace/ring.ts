import { assert } from '../base/assert.ts';
import { RECORD_WORDS } from './record.ts';
import type { Sink } from './sink.ts';

/** Control words in front of the records. */
const HEAD = 0;
const TAIL = 1;
const DROPPED = 2;
const CLOSED = 3;
const CONTROL_WORDS = 16;

/** Records between two publications of the head: publishing each record would cost more than writing it. */
const PUBLISH_EVERY = 64;

export const ringBytes = (capacity: number): number => (CONTROL_WORDS + capacity * RECORD_WORDS) * 4;

/**
 * A ring of trace records in shared memory: one producer (the engine), one consumer (the lab host).
 * Head and tail count records and wrap at 2^32; capacity is a power of two.
 */
export class TraceRing {
  readonly control: Int32Array;
  readonly records: Int32Array;
  readonly capacity: number;

  constructor(buffer: SharedArrayBuffer) {
    const capacity = (buffer.byteLength / 4 - CONTROL_WORDS) / RECORD_WORDS;
    assert(
      Number.isInteger(capacity) && (capacity & (capacity - 1)) === 0 && capacity >= PUBLISH_EVERY,
      'a ring holds a power of two of records',
    );
    this.control = new Int32Array(buffer, 0, CONTROL_WORDS);
    this.records = new Int32Array(buffer, CONTROL_WORDS * 4);
    this.capacity = capacity;
  }

  /** Records published and not yet taken. */
  get available(): number {
    return (Atomics.load(this.control, HEAD) - Atomics.load(this.control, TAIL)) >>> 0;
  }

  get dropped(): number {
    return Atomics.load(this.control, DROPPED) >>> 0;
  }

  /** Consumer: at most `limit` records from the tail, as one run of words that does not wrap; then call `release`. */
  peek(limit: number): Int32Array {
    const first = (Atomics.load(this.control, TAIL) >>> 0) % this.capacity;
    const count = Math.min(this.available, limit, this.capacity - first);
    return this.records.subarray(first * RECORD_WORDS, (first + count) * RECORD_WORDS);
  }

  /** Consumer: `count` records have been copied; the producer may write over them. */
  release(count: number): void {
    Atomics.add(this.control, TAIL, count);
    Atomics.notify(this.control, TAIL);
  }

  /** Consumer: nobody drains any more; a waiting producer goes on and counts what it drops. */
  close(): void {
    Atomics.store(this.control, CLOSED, 1);
    Atomics.notify(this.control, TAIL);
  }
}

/** What the producer does when the ring is full: wait for the consumer (lossless), or go on (records are dropped and counted). */
export type WhenFull = (control: Int32Array, tailIndex: number, tail: number) => boolean;

/** The producer's end of a ring. */
export class RingSink implements Sink {
  readonly words: Int32Array;
  readonly #ring: TraceRing;
  readonly #whenFull: WhenFull;
  readonly #mask: number;
  #head: number;
  #room = 0;
  #sincePublish = 0;
  #scratch = false;

  /** `whenFull` returns true when room may have come, false to drop the record. */
  constructor(ring: TraceRing, whenFull: WhenFull) {
    this.#ring = ring;
    this.#whenFull = whenFull;
    this.words = ring.records;
    this.#mask = ring.capacity - 1;
    this.#head = Atomics.load(ring.control, HEAD);
  }

  reserve(): number {
    if (this.#room === 0 && !this.#scratch) this.#makeRoom();
    return (this.#head & this.#mask) * RECORD_WORDS;
  }

  /** No more than until the next publication. */
  room(): number {
    if (this.#scratch) return 1;
    return Math.min(this.#room, this.#ring.capacity - (this.#head & this.#mask), PUBLISH_EVERY - this.#sincePublish);
  }

  commit(count = 1): void {
    if (this.#scratch) {
      this.#scratch = false;
      return;
    }
    this.#head = (this.#head + count) | 0;
    this.#room -= count;
    if ((this.#sincePublish += count) >= PUBLISH_EVERY) this.flush();
  }

  /** Publishes what was written: at the end of a batch, and before waiting for anybody. */
  flush(): void {
    this.#sincePublish = 0;
    Atomics.store(this.#ring.control, HEAD, this.#head);
  }

  #makeRoom(): void {
    const { control, capacity } = this.#ring;
    this.flush();
    for (;;) {
      const tail = Atomics.load(control, TAIL);
      // One slot stays empty: it takes the record that is dropped when nobody makes room.
      this.#room = capacity - 1 - ((this.#head - tail) >>> 0);
      if (this.#room > 0) return;
      if (Atomics.load(control, CLOSED) === 1 || !this.#whenFull(control, TAIL, tail)) {
        Atomics.add(control, DROPPED, 1);
        this.#scratch = true;
        return;
      }
    }
  }
}

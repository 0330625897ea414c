/**
 * Takes records from the engine's ring while it runs. The engine waits when the ring is full, so that none is lost; nothing
 * is sent per record. Slices are short, because this thread also answers the UI.
 */
import { RECORD_WORDS } from '../../model/trace/record.ts';
import type { TraceRing } from '../../model/trace/ring.ts';

/** Records taken at once: 1 MiB to copy, index and hash. */
const BATCH = 16_384;
const SLICE_MS = 6;
/** When the ring was empty: look again soon, without spinning. */
const IDLE_MS = 3;

export class Drain {
  readonly #ring: TraceRing;
  #take: (words: Int32Array) => void;
  readonly #failed: (error: unknown) => void;
  #running = false;
  #cancel: () => void = () => undefined;

  /** `take` must copy the words; when it throws, draining stops, the ring is closed and `failed` is told. */
  constructor(ring: TraceRing, take: (words: Int32Array) => void, failed: (error: unknown) => void) {
    this.#ring = ring;
    this.#take = take;
    this.#failed = failed;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#slice();
  }

  /** Takes what has been published so far, however much that is. */
  takeAll(): void {
    for (let left = this.#ring.available; left > 0; left -= this.#batch());
  }

  /** Takes what has been published, and stops looking. */
  stop(): void {
    this.#running = false;
    this.#cancel();
    this.takeAll();
  }

  #slice(): void {
    if (!this.#running) return;
    const end = performance.now() + SLICE_MS;
    let more = true;
    while (more && performance.now() < end) more = this.#batch() > 0;
    if (more) {
      const next = setImmediate(() => this.#slice());
      this.#cancel = () => clearImmediate(next);
    } else {
      const next = setTimeout(() => this.#slice(), IDLE_MS);
      this.#cancel = () => clearTimeout(next);
    }
  }

  #batch(): number {
    const words = this.#ring.peek(BATCH);
    const count = words.length / RECORD_WORDS;
    if (count === 0) return 0;
    try {
      this.#take(words);
    } catch (error) {
      this.#running = false;
      this.#take = () => undefined;
      this.#ring.close();
      this.#failed(error);
    }
    this.#ring.release(count);
    return count;
  }
}

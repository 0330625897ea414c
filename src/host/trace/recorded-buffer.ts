/** Records of a run in this thread, as far as they are wanted: what is left out takes no room. */
import { RECORD_WORDS } from '../../model/trace/record.ts';
import type { Sink } from '../../model/trace/sink.ts';
import { TraceBuffer } from '../../model/trace/sink.ts';
import type { RecordingOptions } from '../../protocol/contract.ts';
import { Recording } from './recording.ts';

/** Records that are looked at together. */
const BATCH = 4096;

export class RecordedBuffer implements Sink {
  readonly words = new Int32Array(BATCH * RECORD_WORDS);
  readonly #recording: Recording;
  readonly #kept = new TraceBuffer();
  #count = 0;

  constructor(options: RecordingOptions) {
    this.#recording = new Recording(options);
  }

  reserve(): number {
    if (this.#count === BATCH) this.#sort();
    return this.#count * RECORD_WORDS;
  }

  room(): number {
    return BATCH - this.#count;
  }

  commit(count = 1): void {
    this.#count += count;
  }

  /** Those that are kept, of all so far. */
  taken(): Int32Array {
    this.#sort();
    return this.#kept.taken();
  }

  /** Records so far that are not. */
  get omitted(): number {
    this.#sort();
    return this.#recording.omitted;
  }

  #sort(): void {
    this.#recording.take(this.words.subarray(0, this.#count * RECORD_WORDS), this.#kept.count, (words) => {
      for (let at = 0; at < words.length; at += RECORD_WORDS) {
        const to = this.#kept.reserve();
        this.#kept.words.set(words.subarray(at, at + RECORD_WORDS), to);
        this.#kept.commit();
      }
    });
    this.#count = 0;
  }
}

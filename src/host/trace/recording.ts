/** What of the records that the engine makes is kept: a pause, a limit, faults with what came before them. What is left out is counted. */
import { ENDING, KIND, PAYLOAD, RECORD_WORDS, STATUS } from '../../model/trace/record.ts';
import type { RecordingOptions } from '../../protocol/contract.ts';

/** Is this record one of what went wrong: a fault, its event, or the end of the transaction that met it. */
function isFault(words: Int32Array, at: number): boolean {
  switch (words[at]! & 0xff) {
    case KIND.FAULT:
    case KIND.EVENT:
      return true;
    case KIND.TXN_END:
      return failed(words[at + PAYLOAD]!);
    case KIND.TXN:
      return failed((words[at + PAYLOAD + 4]! >>> ENDING.STATUS[0]) & ((1 << ENDING.STATUS[1]) - 1));
    default:
      return false;
  }
}

const failed = (status: number): boolean => status === STATUS.FAULT || status === STATUS.STALLED || status === STATUS.ABORT;

type Keep = (words: Int32Array) => void;

export class Recording {
  paused = false;
  /** Records left out so far, those held back for a fault that has not come among them. */
  omitted = 0;
  readonly #limit: number;
  readonly #window: FaultWindow | null;

  constructor({ limit, beforeFaults }: RecordingOptions) {
    this.#limit = limit;
    this.#window = beforeFaults === null ? null : new FaultWindow(beforeFaults);
  }

  /** Every record is kept as it comes, unless it is too many or there is a pause. */
  get keepsAll(): boolean {
    return this.#window === null;
  }

  /** `kept` is how many are kept already; `keep` copies what it is given. */
  take(words: Int32Array, kept: number, keep: Keep): void {
    let room = this.#limit - kept;
    this.omitted += words.length / RECORD_WORDS;
    if (this.paused) return this.#window?.clear();
    const limited: Keep = (wanted) => {
      const some = wanted.subarray(0, room * RECORD_WORDS);
      if (some.length === 0) return;
      room -= some.length / RECORD_WORDS;
      this.omitted -= some.length / RECORD_WORDS;
      keep(some);
    };
    if (this.#window === null) limited(words);
    else this.#window.take(words, limited);
  }
}

/** The last records, until a fault asks for them. */
class FaultWindow {
  readonly #held: Int32Array;
  readonly #size: number;
  #next = 0;
  #count = 0;

  constructor(size: number) {
    this.#size = size;
    this.#held = new Int32Array(size * RECORD_WORDS);
  }

  clear(): void {
    this.#next = 0;
    this.#count = 0;
  }

  take(words: Int32Array, keep: Keep): void {
    for (let at = 0; at < words.length; at += RECORD_WORDS) {
      if (isFault(words, at)) {
        this.#release(keep);
        keep(words.subarray(at, at + RECORD_WORDS));
      } else if (this.#size > 0) this.#hold(words, at);
    }
  }

  #hold(words: Int32Array, at: number): void {
    this.#held.set(words.subarray(at, at + RECORD_WORDS), this.#next * RECORD_WORDS);
    this.#next = (this.#next + 1) % this.#size;
    if (this.#count < this.#size) this.#count++;
  }

  /** Oldest first. */
  #release(keep: Keep): void {
    const first = (this.#next - this.#count + this.#size) % this.#size;
    const straight = Math.min(this.#count, this.#size - first);
    if (straight > 0) keep(this.#held.subarray(first * RECORD_WORDS, (first + straight) * RECORD_WORDS));
    if (this.#count > straight) keep(this.#held.subarray(0, (this.#count - straight) * RECORD_WORDS));
    this.clear();
  }
}

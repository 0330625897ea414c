/** Ages of the transactions of a trace that grows: it is read for what a filter counts from, as far as the filter looks. */
import { RECORD_WORDS } from '../../model/trace/record.ts';
import { Marks } from '../../query/index.ts';
import type { AgeOf, Landmark } from '../../query/index.ts';
import type { Listed } from './elements.ts';
import { inSlices } from './slices.ts';
import type { Watch } from './slices.ts';

/** Records read at once. */
const PIECE = 4096;

export class TraceAges {
  readonly #log: Listed;
  readonly #known = new Map<string, LandmarkAges>();

  constructor(log: Listed) {
    this.#log = log;
  }

  of(landmark: Landmark): LandmarkAges {
    const key = `${landmark.kind} ${landmark.tag}`;
    let ages = this.#known.get(key);
    if (ages === undefined) this.#known.set(key, (ages = new LandmarkAges(this.#log, landmark)));
    return ages;
  }
}

/** Since one landmark. */
export class LandmarkAges {
  readonly #log: Listed;
  readonly #marks: Marks;
  #passed = 0;

  constructor(log: Listed, landmark: Landmark) {
    this.#log = log;
    this.#marks = new Marks(landmark);
  }

  /** Reads on to the transaction where nobody has. */
  readonly ageOf: AgeOf = (txn) => {
    while (this.#marks.begun < txn && this.#passed < this.#log.records) this.#pass(this.#passed + PIECE);
    return this.#marks.ageOf(txn);
  };

  /** Reads up to a position of the trace, a little at a time: ages of what has begun there are then known. Aborting throws `cancelled`. */
  async read(end: number, watch: Watch): Promise<void> {
    const last = Math.min(end, this.#log.records);
    await inSlices(this.#passed, () => last, (_from, to) => {
      while (this.#passed < to) this.#pass(to);
      return to;
    }, watch);
  }

  #pass(to: number): void {
    const { records } = this.#log;
    // A copy: a scan may be under way, whose records are in use.
    const words = this.#log.read(this.#passed, Math.min(PIECE, to - this.#passed, records - this.#passed));
    for (let at = 0; at < words.length; at += RECORD_WORDS) this.#marks.pass(words, at);
    this.#passed += words.length / RECORD_WORDS;
  }
}

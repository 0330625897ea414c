/** The elements of a list that a filter matches: their positions, found once and extended as the list grows. */
import type { Predicate } from '../../query/index.ts';
import { GrowingList } from '../trace/growing-list.ts';
import type { Elements, Visit } from './elements.ts';
import { inSlices } from './slices.ts';
import type { Watch } from './slices.ts';

export class FilteredList {
  readonly #elements: Elements;
  readonly #visit: Visit;
  readonly #found = new GrowingList();
  #scanned = 0;
  /** The scan under way, which whoever asks meanwhile waits for. */
  #scanning: Promise<unknown> | null = null;

  constructor(elements: Elements, matches: Predicate) {
    this.#elements = elements;
    this.#visit = (element, position) => {
      if (matches(element)) this.#found.push(position);
    };
  }

  get length(): number {
    return this.#found.length;
  }

  /** Looks at what has come since the last time. An element whose transaction has not ended is looked at later. */
  extend(): this {
    this.#scanned = this.#elements.each(this.#scanned, this.#elements.length, this.#visit);
    return this;
  }

  /** The same, a little at a time. What was found until it was cancelled stays found. */
  async extended(watch: Watch): Promise<this> {
    // A scan that somebody else gave up leaves the rest to this one.
    while (this.#scanning !== null) await this.#scanning.catch(() => undefined);
    const { length } = this.#elements;
    const scanning = inSlices(this.#scanned, () => length, (_from, end) => (this.#scanned = this.#elements.each(this.#scanned, end, this.#visit)), watch);
    this.#scanning = scanning;
    try {
      await scanning;
    } finally {
      this.#scanning = null;
    }
    return this;
  }

  /** Position in the whole list of match `n`, from 0; undefined beyond the last. */
  at(n: number): number | undefined {
    return this.#found.at(n);
  }

  /** How many matches there are before a position of the whole list. */
  before(position: number): number {
    let [low, high] = [0, this.#found.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#found.at(middle)! < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

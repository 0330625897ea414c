import type { Author } from '../../memory/author.ts';
import type { PhysicalMemory, WriteObserver } from '../../memory/physical-memory.ts';

/** A change of a 64-bit word: what it was, what it became, by whom and when. */
export interface Change {
  /** Position among all changes, from 1. */
  readonly number: number;
  readonly oldLo: number;
  readonly oldHi: number;
  readonly newLo: number;
  readonly newHi: number;
  readonly author: Author;
  /** Step of the lab, from 1; 0: before the first. */
  readonly step: number;
  /** Sequence number in the trace: of the write itself where it is recorded. */
  readonly seq: number;
}

interface Watched {
  lo: number;
  hi: number;
  readonly changes: Change[];
}

/** Changes kept of one word. */
const KEPT = 8;
const WORD = 8;
const PAGE = 4096;

/**
 * The 64-bit words that something cached was made from, and how they changed since. Only these are remembered, so that
 * transfers of data cost a look at a set of pages.
 */
export class WatchedWords implements WriteObserver {
  /** Changes seen so far. */
  count = 0;
  /** Step of the lab that runs, from 1; 0: none yet. */
  step = 0;
  private readonly memory: PhysicalMemory;
  private readonly seq: () => number;
  private readonly onChange: (address: number, change: Change) => void;
  private readonly words = new Map<number, Watched>();
  private readonly pages = new Set<number>();

  /** `seq`: sequence number in the trace of what is recorded next. `onChange` is told of each change. */
  constructor(memory: PhysicalMemory, seq: () => number, onChange: (address: number, change: Change) => void) {
    this.memory = memory;
    this.seq = seq;
    this.onChange = onChange;
  }

  /** The word at `address`, a multiple of 8, was read as (hi, lo). */
  watch(address: number, hi: number, lo: number): void {
    if (this.words.has(address)) return;
    this.words.set(address, { lo, hi, changes: [] });
    this.pages.add(Math.floor(address / PAGE));
  }

  reset(): void {
    this.words.clear();
    this.pages.clear();
    this.count = 0;
  }

  wrote(address: number, bytes: number, author: Author): void {
    const end = address + bytes;
    for (let at = address - (address % WORD); at < end;) {
      if (this.pages.has(Math.floor(at / PAGE))) {
        this.#changed(at, author);
        at += WORD;
      } else {
        at += PAGE - (at % PAGE);
      }
    }
  }

  /** The last change of the word after change `since` that made it what it is; null: none. */
  lastChange(address: number, since: number): Change | null {
    const last = this.words.get(address)?.changes.at(-1);
    return last === undefined || last.number <= since ? null : last;
  }

  #changed(address: number, author: Author): void {
    const word = this.words.get(address);
    if (word === undefined || !this.memory.load(Math.floor(address / 2 ** 32), (address % 2 ** 32) | 0)) return;
    const { lo, hi } = this.memory;
    if (word.lo === lo && word.hi === hi) return;
    const change = { number: ++this.count, oldLo: word.lo, oldHi: word.hi, newLo: lo, newHi: hi, author, step: this.step, seq: this.seq() };
    if (word.changes.length === KEPT) word.changes.shift();
    word.changes.push(change);
    word.lo = lo;
    word.hi = hi;
    this.onChange(address, change);
  }
}

/** Addresses of the words of these reads that changed since they were read. */
export const changedSince = (watched: WatchedWords, reads: readonly { readonly address: number; readonly words: Int32Array; readonly since: number }[]): number[] =>
  reads.flatMap(({ address, words, since }) =>
    Array.from({ length: words.length / 2 }, (_, i) => address + i * WORD).filter((at) => watched.lastChange(at, since) !== null),
  );

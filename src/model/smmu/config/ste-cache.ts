import { assert } from '../../base/assert.ts';
import { accessor, STE } from '../../spec/index.ts';
import { entryOf } from './slot.ts';

/** Words of an entry: StreamID, present, transaction that filled it, then the STE. */
const ENTRY_WORDS = 32;
const SID = 0;
const PRESENT = 1;
const ORIGIN = 2;
const STE_AT = 16;
export const STE_WORDS = 16;

const contOf = accessor(STE, 'CONT');

/**
 * STEs as fetched, by StreamID (IHI 0070 3.21.3). It lets a CD be fetched again after CMD_CFGI_CD without its STE.
 * Only valid, legal STEs are kept: a change from invalid to valid is seen at once, as the architecture allows.
 */
export class SteCache {
  readonly entries: number;
  /** An STE with CONT was cached. */
  spans = false;
  private readonly words: Int32Array;

  /** `entries`: 0 (off) or a power of two; direct-mapped. */
  constructor(entries: number) {
    assert((entries & (entries - 1)) === 0, 'a configuration cache has a power of two of entries, or none');
    this.entries = entries;
    this.words = new Int32Array(entries * ENTRY_WORDS);
  }

  /** Copies the STE of `sid` to `to[at]`; gives the transaction that cached it, or -1. */
  read(sid: number, to: Int32Array, at: number): number {
    if (!this.has(sid)) return -1;
    const entry = entryOf(sid, this.entries) * ENTRY_WORDS;
    for (let i = 0; i < STE_WORDS; i++) to[at + i] = this.words[entry + STE_AT + i]!;
    return this.words[entry + ORIGIN]!;
  }

  has(sid: number): boolean {
    const entry = entryOf(sid, this.entries) * ENTRY_WORDS;
    return this.entries > 0 && this.words[entry + PRESENT] !== 0 && this.words[entry + SID] === sid;
  }

  /** The StreamID whose cached STE answers for `sid`: its own, or one whose span (STE.CONT) it is in. */
  holderOf(sid: number): number {
    if (this.has(sid)) return sid;
    for (let entry = 0; entry < this.words.length; entry += ENTRY_WORDS) {
      const cont = contOf(this.words, entry + STE_AT);
      if (this.words[entry + PRESENT] !== 0 && cont > 0 && ((this.words[entry + SID]! ^ sid) >>> cont) === 0) return this.words[entry + SID]!;
    }
    return sid;
  }

  fill(sid: number, from: Int32Array, at: number, origin: number): void {
    if (this.entries === 0) return;
    const entry = entryOf(sid, this.entries) * ENTRY_WORDS;
    this.words[entry + SID] = sid;
    this.words[entry + PRESENT] = 1;
    this.words[entry + ORIGIN] = origin;
    if (contOf(from, at) > 0) this.spans = true;
    for (let i = 0; i < STE_WORDS; i++) this.words[entry + STE_AT + i] = from[at + i]!;
  }

  /** What is cached: StreamIDs, and the transactions that brought them. For views. */
  list(): readonly { readonly sid: number; readonly origin: number }[] {
    const found: { sid: number; origin: number }[] = [];
    for (let entry = 0; entry < this.words.length; entry += ENTRY_WORDS) {
      if (this.words[entry + PRESENT] !== 0) found.push({ sid: this.words[entry + SID]! >>> 0, origin: this.words[entry + ORIGIN]! });
    }
    return found;
  }

  /** Removes what `matches`; gives how many. */
  remove(matches: (sid: number) => boolean): number {
    let removed = 0;
    for (let entry = 0; entry < this.words.length; entry += ENTRY_WORDS) {
      if (this.words[entry + PRESENT] === 0 || !matches(this.words[entry + SID]!)) continue;
      this.words[entry + PRESENT] = 0;
      removed++;
    }
    return removed;
  }

  clear(): void {
    this.words.fill(0);
  }
}

import { sharedWords } from '../../memory/shared-words.ts';
import { assert } from '../../base/assert.ts';
import { shiftRight } from '../walk/geometry.ts';

export const WALK_SHIFT = 3;
export const WALK_WORDS = 1 << WALK_SHIFT;
/** Word by word: tag | granule << 20, input prefix low and high, table low and high, attributes, origin, context. */
export const WALK = {
  KEY: 0,
  PREFIX_LO: 1,
  PREFIX_HI: 2,
  TABLE_LO: 3,
  TABLE_HI: 4,
  /** Stage 1: hierarchical attributes (descriptor bits [63:32]), bit 0 set when the table address is a PA already. */
  ATTRIBUTES: 5,
  ORIGIN: 6,
  CONTEXT: 7,
} as const;

/**
 * A walk cache: pointers to level 3 tables by input address, for one stage. It shortens a walk to its last descriptor;
 * TLBIs with Leaf = 0 remove its entries (IHI 0070 4.4). Direct-mapped; 0 entries switches it off.
 */
export class WalkCache {
  readonly entries: number;
  readonly words: Int32Array;

  constructor(entries: number) {
    assert(entries === 0 || (entries & (entries - 1)) === 0, 'a walk cache has a power of two of entries, or none');
    this.entries = entries;
    this.words = sharedWords(entries * WALK_WORDS);
  }

  /** log2 of the bytes that one level 3 table maps. */
  static reach(granule: number): number {
    return granule + granule - 3;
  }

  /** Word index of the entry that (hi, lo) would have. */
  at(tag: number, granule: number, hi: number, lo: number): number {
    return this.#slot(tag, shiftRight(hi, lo, WalkCache.reach(granule)));
  }

  #slot(tag: number, prefix: number): number {
    return ((prefix ^ (prefix >>> 11) ^ Math.imul(tag, 0x9e37)) & (this.entries - 1)) * WALK_WORDS;
  }

  /** Word index of the entry that covers (hi, lo), or -1. */
  find(tag: number, granule: number, hi: number, lo: number): number {
    if (this.entries === 0) return -1;
    const reach = WalkCache.reach(granule);
    const prefix = shiftRight(hi, lo, reach);
    const at = this.#slot(tag, prefix);
    const { words } = this;
    return words[at] === (tag | (granule << 20)) && words[at + 1] === prefix && words[at + 2] === hi >>> reach ? at : -1;
  }

  /** Fills and returns the word index. */
  fill(
    context: number,
    tag: number,
    granule: number,
    hi: number,
    lo: number,
    tableHi: number,
    tableLo: number,
    attributes: number,
    origin: number,
  ): number {
    const reach = WalkCache.reach(granule);
    const prefix = shiftRight(hi, lo, reach);
    const at = this.#slot(tag, prefix);
    const { words } = this;
    words[at] = tag | (granule << 20);
    words[at + 1] = prefix;
    words[at + 2] = hi >>> reach;
    words[at + 3] = tableLo;
    words[at + 4] = tableHi;
    words[at + 5] = attributes;
    words[at + 6] = origin;
    words[at + 7] = context;
    return at;
  }

  granuleOf(at: number): number {
    return this.words[at]! >>> 20;
  }

  tagOf(at: number): number {
    return this.words[at]! & 0xfffff;
  }

  remove(at: number): void {
    this.words[at] = 0;
  }

  clear(): void {
    this.words.fill(0);
  }
}

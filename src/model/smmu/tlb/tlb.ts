import { sharedWords } from '../../memory/shared-words.ts';
import { assert } from '../../base/assert.ts';
import { exceeds, maskHi, maskLo } from '../walk/geometry.ts';
import type { Contexts } from './contexts.ts';

/** Words of an entry: the part that a lookup compares and answers with. */
export const ENTRY_WORDS = 4;
/**
 * Word 0: input address [43:12]. Word 1: tag << 12 | input address [55:44]. Word 2: output [31:12] | size class << 6 |
 * permissions. Word 3: output [51:32] | stage 2 permissions << 20.
 */
export const PERMISSIONS = 0x3f;
export const CLASS_SHIFT = 6;
export const S2_PERMISSIONS_SHIFT = 20;

/** Words behind an entry that only fills, faults, invalidations and views read. */
export const META_WORDS = 8;
export const META = {
  CONTEXT: 0,
  /** Transaction that filled it. */
  ORIGIN: 1,
  /** Stage 1 leaf: granule shift | level << 8 | log2 of its size << 16; 0: no stage 1. */
  STAGE1: 2,
  STAGE2: 3,
  IPA_LO: 4,
  IPA_HI: 5,
  /** Stage 1: MAIR byte, SH << 8. Stage 2: MemAttr << 16, SH << 20. */
  ATTRIBUTES: 6,
  /** Permissions of stage 1 alone, six bits, and CLEAN. */
  S1_PERMISSIONS: 7,
} as const;

/**
 * In META.S1_PERMISSIONS: a leaf of the entry is writable-clean. The stages' permissions count it as writable; word 2
 * does not, so that the first write walks and makes it dirty (3.13).
 */
export const CLEAN = 1 << 6;

export const leafInfo = (granule: number, level: number, shift: number): number => granule | (level << 8) | (shift << 16);

/** Size classes are log2(bytes) - 12. */
const CLASSES = 32;

/**
 * The TLB: 4-way, tagged as IHI 0070 3.17 says, entries of any size in one array. The home way is probed first. StreamIDs
 * are no tags: streams with the same VMID and ASID share entries.
 */
export class Tlb {
  readonly entries: number;
  readonly words: Int32Array;
  readonly meta: Int32Array;
  /** Size classes that were filled since the last clear, and how many: lookups try only these. */
  readonly classes = sharedWords(CLASSES);
  classCount = 0;
  /** Global entries were filled: lookups must try the global context too. */
  globals = false;
  /** Bits [63:56] of the address that filled each entry: TBI ignores them, but QEMU does not. */
  readonly tops: Uint8Array;
  /** Addresses that differ in their top byte have entries of their own (the deviation tlb-lookup). */
  private readonly byTop: boolean;
  private rotate = 0;

  /** `entries`: 0 (off) or a power of two, at least 4. */
  constructor(entries: number, byTop = false) {
    this.byTop = byTop;
    assert(entries === 0 || (entries >= 4 && (entries & (entries - 1)) === 0), 'a TLB has a power of two of entries, at least 4, or none');
    this.entries = entries;
    this.words = sharedWords(entries * ENTRY_WORDS);
    this.meta = new Int32Array(entries * META_WORDS);
    this.tops = new Uint8Array(entries);
  }

  /** The entry that translates (hi, lo) under `tag`, or -1. */
  find(tag: number, hi: number, lo: number): number {
    if (this.entries === 0) return -1;
    const word1 = (tag << 12) | ((hi >>> 12) & 0xfff);
    const vpn = (hi << 20) | (lo >>> 12);
    for (let i = 0; i < this.classCount; i++) {
      const sizeClass = this.classes[i]!;
      const entry = this.#probe(sizeClass < 32 ? vpn & (-1 << sizeClass) : 0, word1, sizeClass, tag);
      if (entry >= 0) return entry;
    }
    return -1;
  }

  /** The entries that translate (hi, lo) under `tag`, the largest first: of different sizes there can be several. */
  all(tag: number, hi: number, lo: number): number[] {
    const word1 = (tag << 12) | ((hi >>> 12) & 0xfff);
    const vpn = (hi << 20) | (lo >>> 12);
    const classes = [...this.classes.subarray(0, this.classCount)].sort((a, b) => b - a);
    return classes.flatMap((sizeClass) => this.#ways(vpn & (-1 << sizeClass), word1, sizeClass, tag));
  }

  /** The entries of one size: more than one only where they differ in their top byte. */
  #ways(word0: number, word1: number, sizeClass: number, tag: number): number[] {
    const { words } = this;
    const home = hashOf(word0, sizeClass, tag) & (this.entries - 1);
    return [home, home ^ 1, home ^ 2, home ^ 3].filter((entry) => {
      const at = entry << 2;
      return words[at] === word0 && words[at + 1] === word1 && ((words[at + 2]! >>> CLASS_SHIFT) & 31) === sizeClass;
    });
  }

  #probe(word0: number, word1: number, sizeClass: number, tag: number): number {
    const { words } = this;
    const home = hashOf(word0, sizeClass, tag) & (this.entries - 1);
    for (let way = 0; way < 4; way++) {
      const at = (home ^ way) << 2;
      if (words[at] === word0 && words[at + 1] === word1 && ((words[at + 2]! >>> CLASS_SHIFT) & 31) === sizeClass) return home ^ way;
    }
    return -1;
  }

  /** Chooses the entry to fill: the same key, home, a dead way, else in turn. Returns its index; the caller writes the rest of `meta`. */
  fill(
    contexts: Contexts,
    context: number,
    hi: number,
    lo: number,
    outHi: number,
    outLo: number,
    shift: number,
    permissions: number,
    s2Permissions: number,
  ): number {
    // Only QEMU has larger leaves: blocks above the levels that the granules allow.
    const sizeClass = Math.min(shift - 12, CLASSES - 1);
    const tag = contexts.tags[context]!;
    const word0 = ((hi << 20) | (lo >>> 12)) & (-1 << sizeClass);
    const word1 = (tag << 12) | ((hi >>> 12) & 0xfff);
    let entry = this.byTop ? (this.#ways(word0, word1, sizeClass, tag).find((one) => this.tops[one] === hi >>> 24) ?? -1) : this.#probe(word0, word1, sizeClass, tag);
    if (entry < 0) entry = this.#victim(contexts, hashOf(word0, sizeClass, tag) & (this.entries - 1));
    const at = entry << 2;
    this.words[at] = word0;
    this.words[at + 1] = word1;
    this.words[at + 2] = (outLo & maskLo(31, sizeClass + 12)) | (sizeClass << CLASS_SHIFT) | permissions;
    this.words[at + 3] = (outHi & maskHi(51, sizeClass + 12)) | (s2Permissions << S2_PERMISSIONS_SHIFT);
    this.meta.fill(0, entry * META_WORDS, (entry + 1) * META_WORDS);
    this.meta[entry * META_WORDS + META.CONTEXT] = context;
    this.tops[entry] = hi >>> 24;
    this.#know(sizeClass);
    return entry;
  }

  #victim(contexts: Contexts, home: number): number {
    for (let way = 0; way < 4; way++) if (!this.live(contexts, home ^ way)) return home ^ way;
    this.rotate = (this.rotate + 1) & 3;
    return home ^ this.rotate;
  }

  #know(sizeClass: number): void {
    for (let i = 0; i < this.classCount; i++) if (this.classes[i] === sizeClass) return;
    this.classes[this.classCount++] = sizeClass;
  }

  /** The entry holds a translation that a lookup could hit. */
  live(contexts: Contexts, entry: number): boolean {
    const tag = this.words[(entry << 2) + 1]! >>> 12;
    return tag !== 0 && contexts.tags[this.meta[entry * META_WORDS + META.CONTEXT]!] === tag;
  }

  /** log2 of the bytes that the entry translates. */
  shiftOf(entry: number): number {
    return ((this.words[(entry << 2) + 2]! >>> CLASS_SHIFT) & 31) + 12;
  }

  /** leafInfo of the leaf that decided its size: of a combined entry the smaller one, stage 2's when they are alike. */
  leafOf(entry: number): number {
    const stage1 = this.meta[entry * META_WORDS + META.STAGE1]!;
    const stage2 = this.meta[entry * META_WORDS + META.STAGE2]!;
    return stage1 === 0 || (stage2 !== 0 && stage1 >>> 16 >= stage2 >>> 16) ? stage2 : stage1;
  }

  remove(entry: number): void {
    this.words[(entry << 2) + 1] = 0;
  }

  clear(): void {
    this.words.fill(0);
    this.classCount = 0;
    this.globals = false;
  }
}

function hashOf(word0: number, sizeClass: number, tag: number): number {
  const page = word0 >>> sizeClass;
  return page ^ (page >>> 11) ^ Math.imul(tag, 0x9e37);
}

/** Do both addresses lie in one naturally aligned block of 2^shift bytes? */
export const sameBlock = (aHi: number, aLo: number, bHi: number, bLo: number, shift: number): boolean =>
  !exceeds(aHi ^ bHi, aLo ^ bLo, shift);

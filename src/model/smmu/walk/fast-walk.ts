import { sharedWords } from '../../memory/shared-words.ts';
import { FLAG, granuleOf, inputBitsOf, SLOT, startOf } from '../config/slot.ts';
import type { Core } from '../core.ts';
import { WALK, WALK_WORDS } from '../tlb/walk-cache.ts';
import { maskHi } from './geometry.ts';
import { PRIV_READ, PRIV_WRITE, stage1Permissions, stage2Bits, TABLE_AP0, TABLE_AP1, TABLE_HIERARCHY, WRITE } from './permissions.ts';

const AF = 0x400;
const NG = 0x800;
const PAGE = ~0xfff;
const INDEX = 0xff8;
const IS_PA = 1;
const READABLE = 0x40;
const WRITABLE = 0x80;
/** Key of a walk cache entry of 4 KiB tables: granule << 20 above the tag. */
const KEY_4K = 12 << 20;

/** Indexes of the variables of a walk: the slot's configuration first (STAMP says whose), then the walk's own. */
const STAMP = 0;
const S2_START = 1;
const S2_FIRST = 2;
const S2_IN = 3;
const S2_OUT = 4;
const S2_TTB_LO = 6;
const S2_CONTEXT = 7;
const S2_LEAF = 8;
const S2_PTW = 9;
const S1_START = 10;
const S1_FIRST = 11;
const S1_OUT = 12;
const S1_CONTEXT = 13;
const S1_KEPT = 14;
const S1_AF = 15;
const WXN = 16;
const PAN = 17;
const TAG2 = 18;
const NUMBER = 19;
const SLOT_AT = 20;
const READS = 21;
const LEAF_HI = 22;
const LEAF_LEVEL = 23;
const FIRST_HI = 24;
const FIRST_LO = 25;
const FIRST_LEVEL = 26;
const HIERARCHY = 27;
const IPA_LO = 28;
const LEAF_LO = 29;
const USABLE = 5;
const AT_LO = 30;
const VARIABLES = 32;

/**
 * 1 when the unrolled walk fits the slot at `s`: nested, 4 KiB tables at both stages, input sizes beyond 32 bits, TTB0.
 * S2PTW with S2FWB is left to the generic walk, and so is a permission model without privilege.
 */
export function fastKind(slots: Int32Array, s: number): number {
  const flags = slots[s + SLOT.FLAGS]!;
  const wanted = FLAG.S1 | FLAG.S2 | FLAG.LOWER;
  if ((flags & (wanted | FLAG.EL2)) !== wanted || (flags & (FLAG.S2PTW | FLAG.S2FWB)) === (FLAG.S2PTW | FLAG.S2FWB)) return 0;
  const g0 = slots[s + SLOT.GEOMETRY0]!;
  const g2 = slots[s + SLOT.GEOMETRY2]!;
  return granuleOf(g0) === 12 && granuleOf(g2) === 12 && inputBitsOf(g0) > 32 && inputBitsOf(g2) > 32 && startOf(g0) < 3 && startOf(g2) < 3 ? 1 : 0;
}

export interface FastWalk {
  /**
   * Walks for the slot at `s`, whose SLOT.FAST is 1, a data access to an address within the range of TTB0; `number` is
   * the transaction's. Gives log2 of the bytes that translate alike, with the output address in the first words of `answer` (low, high);
   * 0: nothing is decided, the generic walk must answer.
   */
  walk(s: number, hi: number, lo: number, need: number, number: number): number;
  /** The same, of a 4 KiB page whose last tables both walk caches know; nothing is left for `describe`. */
  twoReads(s: number, hi: number, lo: number, need: number): boolean;
  readonly answer: Int32Array;
  /** Descriptors that the last walk read. */
  reads(): number;
  /** Fills core.found from the last walk that answered. */
  describe(): void;
}

/**
 * The nested walk of 4 KiB tables, unrolled, for a transaction that nobody records while the TLB is off: every table in the
 * flat window, every descriptor valid, every check passed. Whatever is not so gives up before anything is decided;
 * fast-walk.test.ts holds it against the generic walk. It is a closure over constants, because V8 then reads the arrays
 * without indirection: one model for each thread.
 */
export function createFastWalk(core: Core): FastWalk {
  const { slots, found, contexts, features } = core;
  const answer = sharedWords(VARIABLES);
  const { words, windowHi, windowLo, windowBytes } = core.memory;
  const s1Words = core.s1Walk.words;
  const s1Mask = core.s1Walk.entries - 1;
  const s2Words = core.s2Walk.words;
  const s2Mask = core.s2Walk.entries - 1;

  // Constants of this closure: V8 folds them, unlike properties of an object. Slots and entries are aligned: `|` places a field.
  const { STAMP: STAMP_AT, TTB0_HI, TTB0_LO } = SLOT;
  const { PREFIX_LO, PREFIX_HI, TABLE_LO, TABLE_HI, ATTRIBUTES } = WALK;

  /** Everything that changes, as raw words: V8 would box and check variables of the closure. */
  const v = sharedWords(VARIABLES);

  function prepare(s: number): void {
    const flags = slots[s + SLOT.FLAGS]!;
    const g2 = slots[s + SLOT.GEOMETRY2]!;
    const g0 = slots[s + SLOT.GEOMETRY0]!;
    v[STAMP] = slots[s + SLOT.STAMP]!;
    v[S2_START] = startOf(g2);
    v[S2_FIRST] = ((1 << (inputBitsOf(g2) - 39 + 9 * v[S2_START]!)) - 1) << 3;
    v[S2_IN] = maskHi(63, inputBitsOf(g2));
    v[S2_OUT] = maskHi(47, slots[s + SLOT.S2_OUT]!);
    v[S2_TTB_LO] = slots[s + SLOT.S2TTB_LO]!;
    v[S2_CONTEXT] = slots[s + SLOT.CONTEXT_S2]!;
    v[S2_LEAF] = flags & FLAG.S2AFFD ? 3 : 3 | AF;
    v[S2_PTW] = flags & FLAG.S2PTW ? 0x30 : 0;
    v[S1_START] = startOf(g0);
    v[S1_FIRST] = (1 << (inputBitsOf(g0) - 39 + 9 * v[S1_START]!)) - 1;
    v[S1_OUT] = maskHi(47, slots[s + SLOT.S1_OUT]!);
    v[S1_CONTEXT] = slots[s + SLOT.CONTEXT]!;
    v[S1_KEPT] = flags & FLAG.HAD0 ? 0 : TABLE_HIERARCHY;
    v[S1_AF] = flags & FLAG.AFFD ? 0 : AF;
    // A table outside the window, or a window beyond an output size, is the generic walk's.
    v[USABLE] = slots[s + SLOT.S2TTB_HI] === windowHi && (windowHi & (v[S2_OUT]! | v[S1_OUT]!)) === 0 ? 1 : 0;
    v[WXN] = flags & FLAG.WXN;
    v[PAN] = flags & FLAG.PAN;
  }

  /**
   * The leaf for an IPA as low word, with the page's address in its bits [31:12] and the high word in v[LEAF_HI]; 0: give
   * up. Every table must lie in the window, whose addresses fit the output size (`prepare`): one comparison for both.
   */
  function stage2(inHi: number, inLo: number): number {
    const hi = inHi | 0;
    const lo = inLo | 0;
    if ((hi & v[S2_IN]!) !== 0) return 0;
    let start = v[S2_START]!;
    let table = v[S2_TTB_LO]! | 0;
    let offset = 0;
    let dLo = 0;
    if (s2Mask >= 0) {
      const prefix = (hi << 11) | (lo >>> 21);
      const at = ((prefix ^ (prefix >>> 11) ^ Math.imul(v[TAG2]!, 0x9e37)) & s2Mask) * WALK_WORDS;
      if (s2Words[at] === (v[TAG2]! | KEY_4K) && s2Words[at | PREFIX_LO] === prefix && s2Words[at | PREFIX_HI] === hi >>> 21) {
        if (s2Words[at | TABLE_HI] !== windowHi) return 0;
        table = s2Words[at | TABLE_LO]!;
        start = 3;
      }
    }
    if (start === 0) {
      offset = (table + ((hi >>> 4) & v[S2_FIRST]!) - windowLo) >>> 0;
      if (offset >= windowBytes) return 0;
      dLo = words[offset >>> 2]!;
      if ((dLo & 3) !== 3 || (words[(offset >>> 2) | 1]! & 0xffff) !== windowHi) return 0;
      table = dLo & PAGE;
    }
    if (start <= 1) {
      offset = (table + (((hi << 5) | (lo >>> 27)) & (start === 1 ? v[S2_FIRST]! : INDEX)) - windowLo) >>> 0;
      if (offset >= windowBytes) return 0;
      dLo = words[offset >>> 2]!;
      if ((dLo & 3) !== 3) return block(words[(offset >>> 2) | 1]!, dLo, lo, start, 1, 0x3fff_f000);
      if ((words[(offset >>> 2) | 1]! & 0xffff) !== windowHi) return 0;
      table = dLo & PAGE;
    }
    if (start <= 2) {
      offset = (table + (((hi << 14) | (lo >>> 18)) & (start === 2 ? v[S2_FIRST]! : INDEX)) - windowLo) >>> 0;
      if (offset >= windowBytes) return 0;
      dLo = words[offset >>> 2]!;
      if ((dLo & 3) !== 3) return block(words[(offset >>> 2) | 1]!, dLo, lo, start, 2, 0x1f_f000);
      if ((words[(offset >>> 2) | 1]! & 0xffff) !== windowHi) return 0;
      table = dLo & PAGE;
      if (s2Mask >= 0) core.s2Walk.fill(v[S2_CONTEXT]!, v[TAG2]!, 12, hi, lo, windowHi, table, 0, v[NUMBER]!);
    }
    offset = (table + ((lo >>> 9) & INDEX) - windowLo) >>> 0;
    if (offset >= windowBytes) return 0;
    dLo = words[offset >>> 2]!;
    const dHi = words[(offset >>> 2) | 1]!;
    if ((dLo & v[S2_LEAF]!) !== v[S2_LEAF]! || (dHi & v[S2_OUT]!) !== 0) return 0;
    v[LEAF_HI] = dHi;
    v[LEAF_LEVEL] = 3;
    v[READS] = v[READS]! + 4 - start;
    return dLo;
  }

  function block(dHi: number, dLo: number, lo: number, start: number, level: number, mask: number): number {
    if ((dLo & (v[S2_LEAF]! | 3)) !== (v[S2_LEAF]! & ~2) || (dHi & v[S2_OUT]!) !== 0) return 0;
    v[LEAF_HI] = dHi;
    v[LEAF_LEVEL] = level;
    v[READS] = v[READS]! + level - start + 1;
    return (dLo & ~mask) | (lo & mask);
  }

  /** Stage 1 permits this data access (walk/permissions.ts says it in full). */
  function permitted(leaf: number, hierarchy: number, need: number): boolean {
    const unprivileged = (leaf & 0x40) !== 0 && (hierarchy & TABLE_AP0) === 0;
    const readOnly = (leaf & 0x80) !== 0 || (hierarchy & TABLE_AP1) !== 0;
    if ((need & (PRIV_READ | PRIV_WRITE)) !== 0 ? v[PAN] !== 0 && unprivileged : !unprivileged) return false;
    return !readOnly || (need & WRITE) === 0;
  }

  /** The stage 1 descriptor at an IPA as low word, the high one in v[FIRST_HI], the low word of its PA in v[AT_LO]; 0: give up. */
  function descriptor(hi: number, lo: number): number {
    const leaf = stage2(hi, lo);
    if ((leaf & READABLE) === 0 || (v[S2_PTW] !== 0 && (leaf & v[S2_PTW]!) === 0)) return 0;
    return at((leaf & PAGE) | (lo & 0xfff), v[LEAF_HI]! & 0xffff);
  }

  /** The same at a PA. */
  function at(lo: number, hi: number): number {
    const offset = (lo - windowLo) >>> 0;
    if (hi !== windowHi || offset >= windowBytes) return 0;
    const dHi = words[(offset >>> 2) | 1]!;
    if ((dHi & v[S1_OUT]!) !== 0) return 0;
    v[FIRST_HI] = dHi;
    v[AT_LO] = lo;
    return words[offset >>> 2]!;
  }

  /** Stage 1, level by level; each table is an IPA that stage 2 makes a PA. False: give up. */
  function stage1(inHi: number, inLo: number, ttbHi: number, ttbLo: number): boolean {
    const hi = inHi | 0;
    const lo = inLo | 0;
    const start = v[S1_START]!;
    let tableHi = ttbHi | 0;
    let tableLo = ttbLo | 0;
    let hierarchy = 0;
    let dLo = 0;
    if (s1Mask >= 0) {
      dLo = fromWalkCache(hi, lo);
      if (dLo !== 0) return leaf(dLo, v[HIERARCHY]!, 3, 1);
    }
    if (start === 0) {
      dLo = descriptor(tableHi, tableLo + (((hi >>> 7) & v[S1_FIRST]!) << 3));
      if ((dLo & 3) !== 3) return false;
      hierarchy = v[FIRST_HI]!;
      tableHi = v[FIRST_HI]! & 0xffff;
      tableLo = dLo & PAGE;
    }
    if (start <= 1) {
      dLo = descriptor(tableHi, tableLo + ((((hi << 2) | (lo >>> 30)) & (start === 1 ? v[S1_FIRST]! : 0x1ff)) << 3));
      if ((dLo & 3) !== 3) return leaf(dLo, hierarchy, 1, 2 - start);
      hierarchy |= v[FIRST_HI]!;
      tableHi = v[FIRST_HI]! & 0xffff;
      tableLo = dLo & PAGE;
    }
    dLo = descriptor(tableHi, tableLo + ((((hi << 11) | (lo >>> 21)) & (start === 2 ? v[S1_FIRST]! : 0x1ff)) << 3));
    if ((dLo & 3) !== 3) return leaf(dLo, hierarchy, 2, 3 - start);
    hierarchy = (hierarchy | v[FIRST_HI]!) & v[S1_KEPT]!;
    dLo = descriptor(v[FIRST_HI]! & 0xffff, (dLo & PAGE) + ((lo >>> 9) & INDEX));
    if (dLo === 0) return false;
    if (s1Mask >= 0) {
      const context = v[S1_CONTEXT]!;
      core.s1Walk.fill(context, contexts.tags[context]!, 12, hi, lo, windowHi, v[AT_LO]! & PAGE, hierarchy | IS_PA, v[NUMBER]!);
    }
    return leaf(dLo, hierarchy, 3, 4 - start);
  }

  /** The last descriptor of stage 1 when its table is known. */
  function fromWalkCache(hi: number, lo: number): number {
    const tag = contexts.tags[v[S1_CONTEXT]!]!;
    const entry = core.s1Walk.find(tag, 12, hi, lo);
    if (entry < 0) return 0;
    const attributes = s1Words[entry | ATTRIBUTES]!;
    const tableLo = s1Words[entry | TABLE_LO]! + ((lo >>> 9) & INDEX);
    v[HIERARCHY] = attributes & TABLE_HIERARCHY;
    return (attributes & IS_PA) !== 0 ? at(tableLo, s1Words[entry | TABLE_HI]!) : descriptor(s1Words[entry | TABLE_HI]!, tableLo);
  }

  /** A leaf of stage 1 at `level`, the last of `count` descriptors: a page at level 3, a block above. */
  function leaf(dLo: number, hierarchy: number, level: number, count: number): boolean {
    if ((dLo & 3) !== (level === 3 ? 3 : 1) || (dLo & v[S1_AF]!) !== v[S1_AF]) return false;
    v[FIRST_LO] = dLo;
    v[FIRST_LEVEL] = level;
    v[HIERARCHY] = hierarchy & v[S1_KEPT]!;
    v[READS] = v[READS]! + count;
    return true;
  }

  /** Both last tables are known: two reads. */
  function twoReads(s: number, inHi: number, inLo: number, need: number): boolean {
    if (s1Mask < 0 || s2Mask < 0 || slots[s | STAMP_AT] !== v[STAMP] || v[USABLE] === 0) return false;
    const hi = inHi | 0;
    const lo = inLo | 0;
    const tag = contexts.tags[v[S1_CONTEXT]!]!;
    const prefix = (hi << 11) | (lo >>> 21);
    const at = ((prefix ^ (prefix >>> 11) ^ Math.imul(tag, 0x9e37)) & s1Mask) * WALK_WORDS;
    if (s1Words[at] !== (tag | KEY_4K) || s1Words[at | PREFIX_LO] !== prefix || s1Words[at | PREFIX_HI] !== hi >>> 21) return false;
    const attributes = s1Words[at | ATTRIBUTES]!;
    const offset = (s1Words[at | TABLE_LO]! + ((lo >>> 9) & INDEX) - windowLo) >>> 0;
    if ((attributes & IS_PA) === 0 || s1Words[at | TABLE_HI] !== windowHi || offset >= windowBytes) return false;
    const dLo = words[offset >>> 2]!;
    const dHi = words[(offset >>> 2) | 1]!;
    if ((dLo & 3) !== 3 || (dHi & v[S1_OUT]!) !== 0 || (dLo & v[S1_AF]!) !== v[S1_AF] || !permitted(dLo, attributes, need)) return false;
    return lastRead(dHi & 0xffff, (dLo & PAGE) | (lo & 0xfff), need);
  }

  function lastRead(hi: number, lo: number, need: number): boolean {
    const tag = contexts.tags[v[S2_CONTEXT]!]!;
    const prefix = (hi << 11) | (lo >>> 21);
    const at = ((prefix ^ (prefix >>> 11) ^ Math.imul(tag, 0x9e37)) & s2Mask) * WALK_WORDS;
    if (s2Words[at] !== (tag | KEY_4K) || s2Words[at | PREFIX_LO] !== prefix || s2Words[at | PREFIX_HI] !== hi >>> 21) return false;
    const offset = (s2Words[at | TABLE_LO]! + ((lo >>> 9) & INDEX) - windowLo) >>> 0;
    if ((hi & v[S2_IN]!) !== 0 || s2Words[at | TABLE_HI] !== windowHi || offset >= windowBytes) return false;
    const dLo = words[offset >>> 2]!;
    const dHi = words[(offset >>> 2) | 1]!;
    const wanted = v[S2_LEAF]! | ((need & WRITE) !== 0 ? WRITABLE : READABLE);
    if ((dLo & wanted) !== wanted || (dHi & v[S2_OUT]!) !== 0) return false;
    answer[0] = (dLo & PAGE) | (lo & 0xfff);
    answer[1] = dHi & 0xffff;
    return true;
  }

  function walk(s: number, hi: number, lo: number, need: number, number: number): number {
    if (slots[s | STAMP_AT] !== v[STAMP]!) prepare(s);
    if (v[USABLE] === 0) return 0;
    v[SLOT_AT] = s;
    v[NUMBER] = number;
    v[READS] = 0;
    if (s2Mask >= 0) v[TAG2] = contexts.tags[v[S2_CONTEXT]!]!;
    if (!stage1(hi, lo, slots[s | TTB0_HI]!, slots[s | TTB0_LO]!) || !permitted(v[FIRST_LO]!, v[HIERARCHY]!, need)) return 0;
    const shift1 = 39 - 9 * v[FIRST_LEVEL]!;
    const mask1 = (1 << shift1) - 1;
    v[IPA_LO] = (v[FIRST_LO]! & ~mask1) | (lo & mask1);
    v[LEAF_LO] = stage2(v[FIRST_HI]! & 0xffff, v[IPA_LO]!);
    if ((v[LEAF_LO]! & ((need & WRITE) !== 0 ? WRITABLE : READABLE)) === 0) return 0;
    answer[0] = (v[LEAF_LO]! & PAGE) | (v[IPA_LO]! & 0xfff);
    answer[1] = v[LEAF_HI]! & 0xffff;
    return 39 - 9 * (v[FIRST_LEVEL]! > v[LEAF_LEVEL]! ? v[FIRST_LEVEL]! : v[LEAF_LEVEL]!);
  }

  function describe(): void {
    const index = (v[FIRST_LO]! >>> 2) & 7;
    const mair = slots[v[SLOT_AT]! + (index < 4 ? SLOT.MAIR0 : SLOT.MAIR1)]! >>> ((index & 3) * 8);
    found.ipaHi = v[FIRST_HI]! & 0xffff;
    found.ipaLo = v[IPA_LO]!;
    found.outHi = answer[1]!;
    found.outLo = answer[0]!;
    found.granule = 12;
    found.s1Level = v[FIRST_LEVEL]!;
    found.s1Shift = 39 - 9 * v[FIRST_LEVEL]!;
    found.s1Permissions = stage1Permissions(v[FIRST_HI]!, v[FIRST_LO]!, v[HIERARCHY]!, v[WXN] !== 0, v[PAN] !== 0);
    found.nonGlobal = (v[FIRST_LO]! & NG) !== 0;
    found.s2Permissions = stage2Bits(v[LEAF_HI]!, v[LEAF_LO]!, features.xnx);
    found.s2Level = v[LEAF_LEVEL]!;
    found.s2Shift = 39 - 9 * v[LEAF_LEVEL]!;
    const first = (mair & 0xff) | (((v[FIRST_LO]! >>> 8) & 3) << 8);
    found.attributes = first | ((((v[LEAF_LO]! >>> 2) & 15) | (((v[LEAF_LO]! >>> 8) & 3) << 4)) << 16);
  }

  return { walk, twoReads, answer, describe, reads: () => v[READS]! };
}

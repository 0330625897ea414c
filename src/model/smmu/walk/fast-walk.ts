import { sharedWords } from '../../memory/shared-words.ts';
import { SLOT } from '../config/slot.ts';
import type { Core } from '../core.ts';
import { WALK, WALK_WORDS } from '../tlb/walk-cache.ts';
import {
  FIRST_HI,
  FIRST_LEVEL,
  FIRST_LO,
  HA,
  HD,
  HIERARCHY,
  IPA_LO,
  LEAF_HI,
  LEAF_LEVEL,
  LEAF_LO,
  NUMBER,
  PAN,
  READS,
  S1_AF,
  S1_CONTEXT,
  S1_FIRST,
  S1_KEPT,
  S1_OUT,
  S1_START,
  S1_TTB_HI,
  S1_TTB_LO,
  S2_CONTEXT,
  S2_FIRST,
  S2_HD,
  S2_IN,
  S2_LEAF,
  S2_OUT,
  S2_PTW,
  S2_START,
  S2_TTB_LO,
  SHAPE,
  SLOT_AT,
  STAMP,
  TAG2,
  USABLE,
  VARIABLES,
  WXN,
  prepare,
} from './fast-walk-slot.ts';
import { isClean, madeDirty } from './flag-update.ts';
import { createUndo } from './undo.ts';
import { PRIV_READ, PRIV_WRITE, stage1Permissions, stage2Bits, TABLE_AP0, TABLE_AP1, WRITE } from './permissions.ts';

const NG = 0x800;
const PAGE = ~0xfff;
const INDEX = 0xff8;
const IS_PA = 1;
const READABLE = 0x40;
const WRITABLE = 0x80;
/** Key of a walk cache entry of 4 KiB tables: granule << 20 above the tag. */
const KEY_4K = 12 << 20;

export interface FastWalk {
  /**
   * Walks for the slot at `s`, whose SLOT.FAST is 1, a data access to an address within the range of TTB0; `number` is
   * the transaction's. Gives log2 of the bytes that translate alike, with the output address in the first words of `answer` (low, high);
   * 0: nothing is decided, the generic walk must answer.
   */
  walk(s: number, hi: number, lo: number, need: number, number: number): number;
  /** The same, of a 4 KiB page whose last tables both walk caches know; nothing is left for `describe`. */
  twoReads(s: number, hi: number, lo: number, need: number): boolean;
  /**
   * Stage 2 alone, for the CD at the IPA (hi, lo) of a slot at `s` whose STE was found alike (config/template.ts), in four
   * reads of tables in the window: the PA is in `answer`. False: nothing is decided.
   */
  context(s: number, hi: number, lo: number): boolean;
  readonly answer: Int32Array;
  /** Descriptors that the last walk read. */
  reads(): number;
  /** Of the last walk that answered, as META.ATTRIBUTES of the TLB. */
  attributes(): number;
  /** Fills core.found from the last walk that answered. */
  describe(): void;
}

/**
 * The nested walk of 4 KiB tables, unrolled, for a transaction that nobody records while the TLB is off: every table in the
 * flat window, every descriptor valid, every check passed, no flag to update. Whatever is not so gives up before anything is decided;
 * fast-walk.test.ts holds it against the generic walk. It is a closure over constants, because V8 then reads the arrays
 * without indirection: one model for each thread.
 */
export function createFastWalk(core: Core): FastWalk {
  const { slots, found, contexts, features } = core;
  const answer = sharedWords(VARIABLES);
  const { words, windowHi, windowLo, windowBytes } = core.memory;
  // Low and high words of descriptors under one index and one length: V8 then checks the bounds of both once.
  const lows = new Int32Array(words.buffer, 0, words.length - 1);
  const highs = new Int32Array(words.buffer, 4, words.length - 1);
  const s1Words = core.s1Walk.words;
  const s1Mask = core.s1Walk.entries - 1;
  const s2Words = core.s2Walk.words;
  const s2Mask = core.s2Walk.entries - 1;
  const undo = createUndo(s1Words, s2Words);

  // Constants of this closure: V8 folds them, unlike properties of an object. Slots and entries are aligned: `|` places a field.
  const { STAMP: STAMP_AT, SHAPE: SHAPE_AT, FAST: FAST_AT, S2TTB_LO: S2TTB_AT } = SLOT;
  const { PREFIX_LO, PREFIX_HI, TABLE_LO, TABLE_HI, ATTRIBUTES } = WALK;

  /** Everything that changes, as raw words: V8 would box and check variables of the closure. */
  const v = sharedWords(VARIABLES);

  /** Bits [shift + 31 : shift] of the input address. */
  const indexAt = (hi: number, lo: number, shift: number): number =>
    shift > 31 ? hi >>> (shift - 32) : (lo >>> shift) | (hi << (32 - shift));

  /** Stage 1 permits this data access (walk/permissions.ts says it in full). */
  function permitted(leaf: number, hierarchy: number, need: number): boolean {
    const unprivileged = (leaf & 0x40) !== 0 && (hierarchy & TABLE_AP0) === 0;
    const readOnly = (leaf & 0x80) !== 0 || (hierarchy & TABLE_AP1) !== 0;
    if ((need & (PRIV_READ | PRIV_WRITE)) !== 0 ? v[PAN] !== 0 && unprivileged : !unprivileged) return false;
    return !readOnly || (need & WRITE) === 0;
  }

  /**
   * Both stages in one loop: each turn takes an IPA through stage 2, first those of the stage 1 descriptors, then the one
   * that they give. One chain of loads, each waiting for the last: what does not depend on it stands in brackets of its
   * own, and nothing is called. Every table must lie in the window, whose addresses fit the output sizes (`prepare`), so
   * that one comparison serves both. False: give up.
   */
  function nested(hi: number, lo: number, need: number): boolean {
    const s2Start = v[S2_START]!;
    const s2First = v[S2_FIRST]!;
    const s2Leaf = v[S2_LEAF]!;
    const tag2 = v[TAG2]!;
    let level = v[S1_START]!;
    let shift = 39 - 9 * level;
    let hierarchy = 0;
    let isPa = false;
    let last = false;
    let ipaHi = v[S1_TTB_HI]!;
    let ipaLo = v[S1_TTB_LO]! + ((indexAt(hi, lo, shift) & v[S1_FIRST]!) << 3);
    const cached = s1Mask >= 0 ? core.s1Walk.find(contexts.tags[v[S1_CONTEXT]!]!, 12, hi, lo) : -1;
    if (cached >= 0) {
      hierarchy = s1Words[cached | ATTRIBUTES]!;
      isPa = (hierarchy & IS_PA) !== 0;
      ipaHi = s1Words[cached | TABLE_HI]!;
      ipaLo = s1Words[cached | TABLE_LO]! + ((lo >>> 9) & INDEX);
      level = 3;
      shift = 12;
    }
    let reads = 0;
    for (;;) {
      let leaf = 0;
      let leafHi = 0;
      let leafLevel = 3;
      let offset = 0;
      if (isPa) {
        leaf = ipaLo | READABLE;
        leafHi = ipaHi;
      } else {
        if ((ipaHi & v[S2_IN]!) !== 0) return false;
        let start = s2Start;
        let table = v[S2_TTB_LO]!;
        if (s2Mask >= 0) {
          const at = core.s2Walk.find(tag2, 12, ipaHi, ipaLo);
          if (at >= 0) {
            if (s2Words[at | TABLE_HI] !== windowHi) return false;
            table = s2Words[at | TABLE_LO]!;
            start = 3;
          }
        }
        reads += 4 - start;
        stage2: {
          if (start === 0) {
            offset = (table + ((((ipaHi >>> 4) & s2First) - windowLo) | 0)) >>> 0;
            if (offset >= windowBytes) return false;
            leaf = lows[offset >>> 2]!;
            if ((leaf & 3) !== 3 || (highs[offset >>> 2]! & 0xffff) !== windowHi) return false;
            table = leaf & PAGE;
          }
          if (start <= 1) {
            offset = (table + (((((ipaHi << 5) | (ipaLo >>> 27)) & (start === 1 ? s2First : INDEX)) - windowLo) | 0)) >>> 0;
            if (offset >= windowBytes) return false;
            leaf = lows[offset >>> 2]!;
            leafHi = highs[offset >>> 2]!;
            if ((leaf & 3) !== 3) {
              leafLevel = 1;
              break stage2;
            }
            if ((leafHi & 0xffff) !== windowHi) return false;
            table = leaf & PAGE;
          }
          if (start <= 2) {
            offset = (table + (((((ipaHi << 14) | (ipaLo >>> 18)) & (start === 2 ? s2First : INDEX)) - windowLo) | 0)) >>> 0;
            if (offset >= windowBytes) return false;
            leaf = lows[offset >>> 2]!;
            leafHi = highs[offset >>> 2]!;
            if ((leaf & 3) !== 3) {
              leafLevel = 2;
              break stage2;
            }
            if ((leafHi & 0xffff) !== windowHi) return false;
            table = leaf & PAGE;
            if (s2Mask >= 0) {
              undo.note(2, core.s2Walk.at(tag2, 12, ipaHi, ipaLo));
              core.s2Walk.fill(v[S2_CONTEXT]!, tag2, 12, ipaHi, ipaLo, windowHi, table, 0, v[NUMBER]!);
            }
          }
          offset = (table + ((((ipaLo >>> 9) & INDEX) - windowLo) | 0)) >>> 0;
          if (offset >= windowBytes) return false;
          leaf = lows[offset >>> 2]!;
          leafHi = highs[offset >>> 2]!;
        }
        if ((leafHi & v[S2_OUT]!) !== 0) return false;
        if (leafLevel === 3) {
          if ((leaf & s2Leaf) !== s2Leaf) return false;
        } else {
          if ((leaf & (s2Leaf | 3)) !== (s2Leaf & ~2)) return false;
          const within = leafLevel === 1 ? 0x3fff_f000 : 0x1f_f000;
          leaf = (leaf & ~within) | (ipaLo & within);
          reads -= 3 - leafLevel;
        }
      }
      if (last) return answered(leafHi, leaf, leafLevel, ipaLo, need, reads);
      if ((leaf & READABLE) === 0 || (v[S2_PTW] !== 0 && !isPa && (leaf & v[S2_PTW]!) === 0)) return false;
      offset = ((leaf & PAGE) + (((ipaLo & 0xff8) - windowLo) | 0)) >>> 0;
      if ((leafHi & 0xffff) !== windowHi || offset >= windowBytes) return false;
      const dLo = lows[offset >>> 2]!;
      const dHi = highs[offset >>> 2]!;
      if ((dHi & v[S1_OUT]!) !== 0) return false;
      reads++;
      if (s1Mask >= 0 && level === 3 && cached < 0) {
        if (v[HA] === 0) remember(hi, lo, windowHi, leaf & PAGE, (hierarchy & v[S1_KEPT]!) | IS_PA);
        else remember(hi, lo, ipaHi, ipaLo & PAGE, hierarchy & v[S1_KEPT]!);
      }
      if ((dLo & 3) === 3 && level < 3) {
        hierarchy |= dHi;
        level++;
        shift -= 9;
        ipaHi = dHi & 0xffff;
        ipaLo = (dLo & PAGE) + ((indexAt(hi, lo, shift) & 0x1ff) << 3);
        continue;
      }
      hierarchy &= v[S1_KEPT]!;
      if ((dLo & 3) !== (level === 3 ? 3 : 1) || level === 0 || (dLo & v[S1_AF]!) !== v[S1_AF] || !permitted(dLo, hierarchy, need))
        return false;
      v[FIRST_HI] = dHi;
      v[FIRST_LO] = dLo;
      v[FIRST_LEVEL] = level;
      v[HIERARCHY] = hierarchy;
      const mask = (1 << shift) - 1;
      ipaHi = dHi & 0xffff;
      ipaLo = (dLo & ~mask) | (lo & mask);
      isPa = false;
      last = true;
    }
  }

  /** The final stage 2 leaf: permission of the access, then the answer. */
  function answered(leafHi: number, leafLo: number, leafLevel: number, ipaLo: number, need: number, reads: number): boolean {
    if ((leafLo & ((need & WRITE) !== 0 ? WRITABLE : READABLE)) === 0) return false;
    v[LEAF_HI] = leafHi;
    v[LEAF_LO] = leafLo;
    v[LEAF_LEVEL] = leafLevel;
    v[IPA_LO] = ipaLo;
    v[READS] = reads;
    answer[0] = (leafLo & PAGE) | (ipaLo & 0xfff);
    answer[1] = leafHi & 0xffff;
    return true;
  }

  /** By its PA, or by its IPA where stage 2 must permit hardware's updates (stage1.ts). */
  function remember(hi: number, lo: number, tableHi: number, tableLo: number, attributes: number): void {
    const context = v[S1_CONTEXT]!;
    undo.note(1, core.s1Walk.at(contexts.tags[context]!, 12, hi, lo));
    core.s1Walk.fill(context, contexts.tags[context]!, 12, hi, lo, tableHi, tableLo, attributes, v[NUMBER]!);
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
    const dLo = lows[offset >>> 2]!;
    const dHi = highs[offset >>> 2]!;
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
    const dLo = lows[offset >>> 2]!;
    const dHi = highs[offset >>> 2]!;
    const wanted = v[S2_LEAF]! | ((need & WRITE) !== 0 ? WRITABLE : READABLE);
    if ((dLo & wanted) !== wanted || (dHi & v[S2_OUT]!) !== 0) return false;
    answer[0] = (dLo & PAGE) | (lo & 0xfff);
    answer[1] = dHi & 0xffff;
    return true;
  }

  function context(s: number, hi: number, lo: number): boolean {
    if (slots[s | SHAPE_AT] === 0 || slots[s | SHAPE_AT] !== v[SHAPE] || slots[s | FAST_AT] === 0 || v[USABLE] === 0 || s2Mask >= 0)
      return false;
    if ((hi & v[S2_IN]!) !== 0) return false;
    const first = v[S2_FIRST]!;
    let table = slots[s | S2TTB_AT]!;
    let shift = 39 - 9 * v[S2_START]!;
    let mask = first;
    for (;;) {
      const index = shift === 39 ? hi >>> 4 : shift === 30 ? (hi << 5) | (lo >>> 27) : shift === 21 ? (hi << 14) | (lo >>> 18) : lo >>> 9;
      const offset = (table + (((index & mask) - windowLo) | 0)) >>> 0;
      if (offset >= windowBytes) return false;
      const leaf = lows[offset >>> 2]!;
      const leafHi = highs[offset >>> 2]!;
      if (shift === 12) {
        const wanted = v[S2_LEAF]! | READABLE;
        if ((leaf & wanted) !== wanted || (leafHi & v[S2_OUT]!) !== 0 || (v[S2_PTW] !== 0 && (leaf & v[S2_PTW]!) === 0)) return false;
        answer[0] = (leaf & PAGE) | (lo & 0xfff);
        answer[1] = leafHi & 0xffff;
        v[READS] = 4 - v[S2_START]!;
        return true;
      }
      if ((leaf & 3) !== 3 || (leafHi & 0xffff) !== windowHi) return false;
      table = leaf & PAGE;
      mask = INDEX;
      shift -= 9;
    }
  }

  function walk(s: number, hi: number, lo: number, need: number, number: number): number {
    if (slots[s | STAMP_AT] !== v[STAMP]) prepare(slots, s, v, windowHi);
    if (v[USABLE] === 0) return 0;
    v[SLOT_AT] = s;
    v[NUMBER] = number;
    if (s2Mask >= 0) v[TAG2] = contexts.tags[v[S2_CONTEXT]!]!;
    undo.begin();
    if (!nested(hi | 0, lo | 0, need)) {
      undo.putBack();
      return 0;
    }
    return 39 - 9 * (v[FIRST_LEVEL]! > v[LEAF_LEVEL]! ? v[FIRST_LEVEL]! : v[LEAF_LEVEL]!);
  }

  function attributes(): number {
    const index = (v[FIRST_LO]! >>> 2) & 7;
    const mair = slots[v[SLOT_AT]! + (index < 4 ? SLOT.MAIR0 : SLOT.MAIR1)]! >>> ((index & 3) * 8);
    const first = (mair & 0xff) | (((v[FIRST_LO]! >>> 8) & 3) << 8);
    return first | ((((v[LEAF_LO]! >>> 2) & 15) | (((v[LEAF_LO]! >>> 8) & 3) << 4)) << 16);
  }

  function describe(): void {
    found.ipaHi = v[FIRST_HI]! & 0xffff;
    found.ipaLo = v[IPA_LO]!;
    found.outHi = answer[1]!;
    found.outLo = answer[0]!;
    found.granule = 12;
    found.s1Level = v[FIRST_LEVEL]!;
    found.s1Shift = 39 - 9 * v[FIRST_LEVEL]!;
    const clean1 = v[HD] !== 0 && isClean(1, v[FIRST_HI]!, v[FIRST_LO]!) && (v[HIERARCHY]! & TABLE_AP1) === 0;
    const clean2 = v[S2_HD] !== 0 && isClean(2, v[LEAF_HI]!, v[LEAF_LO]!);
    const first = clean1 ? madeDirty(1, v[FIRST_LO]!) : v[FIRST_LO]!;
    found.s1Permissions = stage1Permissions(v[FIRST_HI]!, first, v[HIERARCHY]!, v[WXN] !== 0, v[PAN] !== 0);
    found.clean = clean1 || clean2;
    found.nonGlobal = (v[FIRST_LO]! & NG) !== 0;
    found.s2Permissions = stage2Bits(v[LEAF_HI]!, clean2 ? madeDirty(2, v[LEAF_LO]!) : v[LEAF_LO]!, features.xnx);
    found.s2Level = v[LEAF_LEVEL]!;
    found.s2Shift = 39 - 9 * v[LEAF_LEVEL]!;
    found.attributes = attributes();
  }

  return { walk, context, twoReads, answer, attributes, describe, reads: () => v[READS]! };
}

import { FLAG, granuleOf, inputBitsOf, SLOT, startOf } from '../config/slot.ts';
import type { Core } from '../core.ts';
import { WALK, WALK_WORDS } from '../tlb/walk-cache.ts';
import { maskHi } from './geometry.ts';
import { stage1Permissions, stage2Bits, TABLE_HIERARCHY } from './permissions.ts';

const AF = 0x400;
const NG = 0x800;
const PAGE = ~0xfff;
const INDEX = 0xff8;
const IS_PA = 1;
const READABLE = 0x40;
const WRITABLE = 0x80;
/** Key of a walk cache entry of 4 KiB tables: granule << 20 above the tag. */
const KEY_4K = 12 << 20;

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

/**
 * Walks for the slot at `s`, whose SLOT.FAST is 1, a data access to an address within the range of TTB0; `number` is the
 * transaction's. Fills core.found and core.txn.reads. False: nothing is decided, the generic walk must answer.
 */
export type FastWalk = (s: number, hi: number, lo: number, need: number, number: number) => boolean;

/**
 * The nested walk of 4 KiB tables, unrolled, for a transaction that nobody records while the TLB is off: every table in the
 * flat window, every descriptor valid, every check passed. Whatever is not so gives up before anything is decided;
 * fast-walk.test.ts holds it against the generic walk. It is a closure over constants, because V8 then reads the arrays
 * without indirection: one model for each thread.
 */
export function createFastWalk(core: Core): FastWalk {
  const { slots, found, txn, contexts, features } = core;
  const { words, windowHi, windowLo, windowBytes } = core.memory;
  const s1Words = core.s1Walk.words;
  const s1Mask = core.s1Walk.entries - 1;
  const s2Words = core.s2Walk.words;
  const s2Mask = core.s2Walk.entries - 1;

  /** The configuration that the variables below are of: SLOT.STAMP. */
  let stamp = 0;
  let s2Start = 0;
  let s2First = 0;
  let s2InMask = 0;
  let s2OutMask = 0;
  let s2TtbHi = 0;
  let s2TtbLo = 0;
  let s2Context = 0;
  /** Descriptor bits that a leaf must have: AF unless S2AFFD. */
  let s2Af = 0;
  /** MemAttr[3:2] when S2PTW refuses tables in Device memory. */
  let s2Ptw = 0;
  let s1Start = 0;
  let s1First = 0;
  let s1OutMask = 0;
  let s1Context = 0;
  let s1Kept = 0;
  let s1Af = 0;
  let wxn = false;
  let pan = false;

  let tag2 = 0;
  let current = 0;
  let reads = 0;
  let leafHi = 0;
  let leafLevel = 0;

  function prepare(s: number): void {
    const flags = slots[s + SLOT.FLAGS]!;
    const g2 = slots[s + SLOT.GEOMETRY2]!;
    const g0 = slots[s + SLOT.GEOMETRY0]!;
    stamp = slots[s + SLOT.STAMP]!;
    s2Start = startOf(g2);
    s2First = ((1 << (inputBitsOf(g2) - 39 + 9 * s2Start)) - 1) << 3;
    s2InMask = maskHi(63, inputBitsOf(g2));
    s2OutMask = maskHi(47, slots[s + SLOT.S2_OUT]!);
    s2TtbHi = slots[s + SLOT.S2TTB_HI]!;
    s2TtbLo = slots[s + SLOT.S2TTB_LO]!;
    s2Context = slots[s + SLOT.CONTEXT_S2]!;
    s2Af = flags & FLAG.S2AFFD ? 0 : AF;
    s2Ptw = flags & FLAG.S2PTW ? 0x30 : 0;
    s1Start = startOf(g0);
    s1First = (1 << (inputBitsOf(g0) - 39 + 9 * s1Start)) - 1;
    s1OutMask = maskHi(47, slots[s + SLOT.S1_OUT]!);
    s1Context = slots[s + SLOT.CONTEXT]!;
    s1Kept = flags & FLAG.HAD0 ? 0 : TABLE_HIERARCHY;
    s1Af = flags & FLAG.AFFD ? 0 : AF;
    wxn = (flags & FLAG.WXN) !== 0;
    pan = (flags & FLAG.PAN) !== 0;
  }

  /** The leaf for an IPA as low word, with the page's address in its bits [31:12] and the high word in `leafHi`; 0: give up. */
  function stage2(hi: number, lo: number): number {
    if ((hi & s2InMask) !== 0) return 0;
    let start = s2Start;
    let tableHi = s2TtbHi;
    let tableLo = s2TtbLo;
    let offset = 0;
    let dLo = 0;
    let dHi = 0;
    if (s2Mask >= 0) {
      const prefix = (hi << 11) | (lo >>> 21);
      const at = ((prefix ^ (prefix >>> 11) ^ Math.imul(tag2, 0x9e37)) & s2Mask) * WALK_WORDS;
      if (s2Words[at] === (tag2 | KEY_4K) && s2Words[at + WALK.PREFIX_LO] === prefix && s2Words[at + WALK.PREFIX_HI] === hi >>> 21) {
        tableLo = s2Words[at + WALK.TABLE_LO]!;
        tableHi = s2Words[at + WALK.TABLE_HI]!;
        start = 3;
      }
    }
    if (start === 0) {
      offset = (tableLo + ((hi >>> 4) & s2First) - windowLo) >>> 0;
      if (tableHi !== windowHi || offset >= windowBytes) return 0;
      dLo = words[offset >>> 2]!;
      dHi = words[(offset >>> 2) + 1]!;
      reads++;
      if ((dLo & 3) !== 3 || (dHi & s2OutMask) !== 0) return 0;
      tableHi = dHi & 0xffff;
      tableLo = dLo & PAGE;
    }
    if (start <= 1) {
      offset = (tableLo + (((hi << 5) | (lo >>> 27)) & (start === 1 ? s2First : INDEX)) - windowLo) >>> 0;
      if (tableHi !== windowHi || offset >= windowBytes) return 0;
      dLo = words[offset >>> 2]!;
      dHi = words[(offset >>> 2) + 1]!;
      reads++;
      if ((dHi & s2OutMask) !== 0) return 0;
      if ((dLo & 3) !== 3) return block(dHi, dLo, lo, 1, 0x3fff_f000);
      tableHi = dHi & 0xffff;
      tableLo = dLo & PAGE;
    }
    if (start <= 2) {
      offset = (tableLo + (((hi << 14) | (lo >>> 18)) & (start === 2 ? s2First : INDEX)) - windowLo) >>> 0;
      if (tableHi !== windowHi || offset >= windowBytes) return 0;
      dLo = words[offset >>> 2]!;
      dHi = words[(offset >>> 2) + 1]!;
      reads++;
      if ((dHi & s2OutMask) !== 0) return 0;
      if ((dLo & 3) !== 3) return block(dHi, dLo, lo, 2, 0x1f_f000);
      tableHi = dHi & 0xffff;
      tableLo = dLo & PAGE;
      if (s2Mask >= 0) core.s2Walk.fill(s2Context, tag2, 12, hi, lo, tableHi, tableLo, 0, current);
    }
    offset = (tableLo + ((lo >>> 9) & INDEX) - windowLo) >>> 0;
    if (tableHi !== windowHi || offset >= windowBytes) return 0;
    dLo = words[offset >>> 2]!;
    dHi = words[(offset >>> 2) + 1]!;
    reads++;
    if ((dLo & 3) !== 3 || (dLo & s2Af) !== s2Af || (dHi & s2OutMask) !== 0) return 0;
    leafHi = dHi;
    leafLevel = 3;
    return dLo;
  }

  function block(dHi: number, dLo: number, lo: number, level: number, mask: number): number {
    if ((dLo & 3) !== 1 || (dLo & s2Af) !== s2Af) return 0;
    leafHi = dHi;
    leafLevel = level;
    return (dLo & ~mask) | (lo & mask);
  }

  /** The leaf of stage 1 is decoded into core.found. */
  function leaf1(hierarchy: number, dHi: number, dLo: number, lo: number, level: number): void {
    const shift = 39 - 9 * level;
    const mask = (1 << shift) - 1;
    const index = (dLo >>> 2) & 7;
    const mair = slots[txn.slot + (index < 4 ? SLOT.MAIR0 : SLOT.MAIR1)]! >>> ((index & 3) * 8);
    found.ipaHi = dHi & 0xffff;
    found.ipaLo = (dLo & ~mask) | (lo & mask);
    found.s1Level = level;
    found.s1Shift = shift;
    found.s1Permissions = stage1Permissions(dHi, dLo, hierarchy, wxn, pan);
    found.nonGlobal = (dLo & NG) !== 0;
    found.attributes = (mair & 0xff) | (((dLo >>> 8) & 3) << 8);
  }

  /** Level by level; each table is an IPA that stage 2 makes a PA. */
  function stage1(hi: number, lo: number, tableHi: number, tableLo: number): boolean {
    let level = s1Start;
    let mask = s1First;
    let hierarchy = 0;
    let isPa = false;
    let cached = false;
    const tag = s1Mask >= 0 ? contexts.tags[s1Context]! : 0;
    if (s1Mask >= 0) {
      const prefix = (hi << 11) | (lo >>> 21);
      const at = ((prefix ^ (prefix >>> 11) ^ Math.imul(tag, 0x9e37)) & s1Mask) * WALK_WORDS;
      if (s1Words[at] === (tag | KEY_4K) && s1Words[at + WALK.PREFIX_LO] === prefix && s1Words[at + WALK.PREFIX_HI] === hi >>> 21) {
        const attributes = s1Words[at + WALK.ATTRIBUTES]!;
        hierarchy = attributes & TABLE_HIERARCHY;
        isPa = (attributes & IS_PA) !== 0;
        tableLo = s1Words[at + WALK.TABLE_LO]!;
        tableHi = s1Words[at + WALK.TABLE_HI]!;
        level = 3;
        mask = 0x1ff;
        cached = true;
      }
    }
    for (;;) {
      const index = level === 0 ? hi >>> 7 : (lo >>> (39 - 9 * level)) | (hi << (9 * level - 7));
      let atLo = tableLo + ((index & mask) << 3);
      let atHi = tableHi;
      if (!isPa) {
        const leaf = stage2(tableHi, atLo);
        if ((leaf & READABLE) === 0 || (s2Ptw !== 0 && (leaf & s2Ptw) === 0)) return false;
        atHi = leafHi & 0xffff;
        atLo = (leaf & PAGE) | (atLo & 0xfff);
      }
      const offset = (atLo - windowLo) >>> 0;
      if (atHi !== windowHi || offset >= windowBytes) return false;
      const dLo = words[offset >>> 2]!;
      const dHi = words[(offset >>> 2) + 1]!;
      reads++;
      if (s1Mask >= 0 && level === 3 && !cached) core.s1Walk.fill(s1Context, tag, 12, hi, lo, atHi, atLo & PAGE, hierarchy | IS_PA, current);
      if ((dHi & s1OutMask) !== 0) return false;
      if ((dLo & 3) !== 3 || level === 3) {
        if ((dLo & 3) !== (level === 3 ? 3 : 1) || level === 0 || (dLo & s1Af) !== s1Af) return false;
        leaf1(hierarchy, dHi, dLo, lo, level);
        return true;
      }
      hierarchy |= dHi & s1Kept;
      tableHi = dHi & 0xffff;
      tableLo = dLo & PAGE;
      mask = 0x1ff;
      level++;
    }
  }

  return (s, hi, lo, need, number) => {
    if (slots[s + SLOT.STAMP] !== stamp) prepare(s);
    txn.slot = s;
    current = number;
    reads = 0;
    if (s2Mask >= 0) tag2 = contexts.tags[s2Context]!;
    if (!stage1(hi, lo, slots[s + SLOT.TTB0_HI]!, slots[s + SLOT.TTB0_LO]!)) return false;
    if ((found.s1Permissions & need) === 0) return false;
    const leaf = stage2(found.ipaHi, found.ipaLo);
    // A data access: bits 1 and 4 of `need` write (walk/permissions.ts).
    if ((leaf & ((need & 18) !== 0 ? WRITABLE : READABLE)) === 0) return false;
    found.granule = 12;
    found.s2Permissions = stage2Bits(leafHi, leaf, features.xnx);
    found.s2Level = leafLevel;
    found.s2Shift = 39 - 9 * leafLevel;
    found.attributes |= (((leaf >>> 2) & 15) | (((leaf >>> 8) & 3) << 4)) << 16;
    found.outHi = leafHi & 0xffff;
    found.outLo = (leaf & PAGE) | (found.ipaLo & 0xfff);
    txn.reads += reads;
    return true;
  };
}

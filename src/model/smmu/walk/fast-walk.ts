import { FLAG, granuleOf, inputBitsOf, SLOT, startOf } from '../config/slot.ts';
import type { Core } from '../core.ts';
import { WALK } from '../tlb/walk-cache.ts';
import { maskHi } from './geometry.ts';
import { S2_READ, S2_WRITE, stage1Permissions, stage2Bits, TABLE_HIERARCHY } from './permissions.ts';

const AF = 0x400;
const PAGE = ~0xfff;
const INDEX = 0xff8;
const IS_PA = 1;
const READABLE = 0x40;
const NG = 0x800;

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
 * The nested walk of 4 KiB tables, stage 2 unrolled, for a transaction that nobody records and no TLB: every table in the
 * flat window, every descriptor valid, every check passed. Whatever is not so gives up before anything is decided, and
 * the generic walk says what it is; fast-walk.test.ts holds both against each other.
 */
export class FastWalk {
  readonly #core: Core;
  readonly #words: Int32Array;
  readonly #windowHi: number;
  readonly #windowLo: number;
  readonly #windowBytes: number;
  /** Stage 2 of the current slot: start level, mask of its first index in bytes, input and output bits that must be 0, S2TTB. */
  #start = 0;
  #first = 0;
  #inMask = 0;
  #outMask = 0;
  #ttbHi = 0;
  #ttbLo = 0;
  /** Descriptor bits that a leaf must have: AF unless S2AFFD. */
  #af = 0;
  /** MemAttr[3:2] when S2PTW refuses tables in Device memory. */
  #ptw = 0;
  #context = 0;
  #tag = 0;
  #reads = 0;
  /** Result of the last stage 2 walk: page address and leaf. */
  #pageHi = 0;
  #pageLo = 0;
  #leafHi = 0;
  #leafLo = 0;
  #leafLevel = 0;

  constructor(core: Core) {
    this.#core = core;
    this.#words = core.memory.words;
    this.#windowHi = core.memory.windowHi;
    this.#windowLo = core.memory.windowLo;
    this.#windowBytes = core.memory.windowBytes;
  }

  /** Translates the current transaction into core.found; false: not this walk's to answer. */
  translate(need: number): boolean {
    const { slots, txn, tlb, found } = this.#core;
    const s = txn.slot;
    // IPA-keyed TLB entries serve table walks too (3.17), and only the generic walk looks there.
    if (slots[s + SLOT.FAST] === 0 || tlb.entries !== 0 || txn.ind === 1 || (txn.inHi & slots[s + SLOT.IN0_HI]!) !== 0) return false;
    this.#prepare(s);
    if (!this.#stage1(s, txn.inHi, txn.inLo)) return false;
    if ((found.s1Permissions & need) === 0 || !this.#stage2(found.ipaHi, found.ipaLo)) return false;
    const bits = stage2Bits(this.#leafHi, this.#leafLo, this.#core.features.xnx);
    if ((bits & (txn.rnw === 1 ? S2_READ : S2_WRITE)) === 0) return false;
    found.s2Permissions = bits;
    found.s2Level = this.#leafLevel;
    found.s2Shift = 39 - 9 * this.#leafLevel;
    found.attributes |= (((this.#leafLo >>> 2) & 15) | (((this.#leafLo >>> 8) & 3) << 4)) << 16;
    found.outHi = this.#pageHi;
    found.outLo = this.#pageLo | (found.ipaLo & 0xfff);
    txn.reads += this.#reads;
    return true;
  }

  #prepare(s: number): void {
    const { slots, contexts } = this.#core;
    const geometry = slots[s + SLOT.GEOMETRY2]!;
    const flags = slots[s + SLOT.FLAGS]!;
    const bits = geometry >>> 7;
    this.#start = (geometry >>> 5) & 3;
    this.#first = ((1 << (bits - 39 + 9 * this.#start)) - 1) << 3;
    this.#inMask = maskHi(63, bits);
    this.#outMask = maskHi(47, slots[s + SLOT.S2_OUT]!);
    this.#ttbHi = slots[s + SLOT.S2TTB_HI]!;
    this.#ttbLo = slots[s + SLOT.S2TTB_LO]!;
    this.#af = flags & FLAG.S2AFFD ? 0 : AF;
    this.#ptw = flags & FLAG.S2PTW ? 0x30 : 0;
    this.#context = slots[s + SLOT.CONTEXT_S2]!;
    this.#tag = contexts.tags[this.#context]!;
    this.#reads = 0;
  }

  /** Level by level; each table is an IPA that stage 2 makes a PA. */
  #stage1(s: number, hi: number, lo: number): boolean {
    const { slots, s1Walk, contexts, txn } = this.#core;
    const words = this.#words;
    const geometry = slots[s + SLOT.GEOMETRY0]!;
    const flags = slots[s + SLOT.FLAGS]!;
    const outMask = maskHi(47, slots[s + SLOT.S1_OUT]!);
    const kept = flags & FLAG.HAD0 ? 0 : TABLE_HIERARCHY;
    let level = (geometry >>> 5) & 3;
    let shift = 39 - 9 * level;
    let mask = (1 << ((geometry >>> 7) - shift)) - 1;
    let tableHi = slots[s + SLOT.TTB0_HI]!;
    let tableLo = slots[s + SLOT.TTB0_LO]!;
    let hierarchy = 0;
    let isPa = false;
    const context = slots[s + SLOT.CONTEXT]!;
    const cached = s1Walk.entries === 0 ? -1 : s1Walk.find(contexts.tags[context]!, 12, hi, lo);
    if (cached >= 0) {
      const attributes = s1Walk.words[cached + WALK.ATTRIBUTES]!;
      hierarchy = attributes & TABLE_HIERARCHY;
      isPa = (attributes & IS_PA) !== 0;
      tableHi = s1Walk.words[cached + WALK.TABLE_HI]!;
      tableLo = s1Walk.words[cached + WALK.TABLE_LO]!;
      level = 3;
      shift = 12;
      mask = 0x1ff;
    }
    for (;;) {
      const index = shift >= 32 ? hi >>> (shift - 32) : (lo >>> shift) | (hi << (32 - shift));
      let atLo = tableLo + ((index & mask) << 3);
      let atHi = tableHi;
      if (!isPa) {
        if (!this.#stage2(tableHi, atLo)) return false;
        if ((this.#leafLo & READABLE) === 0 || (this.#ptw !== 0 && (this.#leafLo & this.#ptw) === 0)) return false;
        atHi = this.#pageHi;
        atLo = this.#pageLo | (atLo & 0xfff);
      }
      const offset = (atLo - this.#windowLo) >>> 0;
      if (atHi !== this.#windowHi || offset >= this.#windowBytes) return false;
      const dLo = words[offset >>> 2]!;
      const dHi = words[(offset >>> 2) + 1]!;
      this.#reads++;
      if (level === 3 && cached < 0 && s1Walk.entries !== 0) {
        s1Walk.fill(context, contexts.tags[context]!, 12, hi, lo, atHi, atLo & PAGE, hierarchy | IS_PA, txn.number);
      }
      if ((dHi & outMask) !== 0) return false;
      if ((dLo & 3) === 3 && level < 3) {
        hierarchy |= dHi & kept;
        tableHi = dHi & 0xffff;
        tableLo = dLo & PAGE;
        level++;
        shift -= 9;
        mask = 0x1ff;
        continue;
      }
      if ((dLo & 3) !== (level === 3 ? 3 : 1) || level === 0 || ((dLo & AF) === 0 && (flags & FLAG.AFFD) === 0)) return false;
      return this.#stage1Leaf(flags, hi, lo, dHi, dLo, hierarchy, level, shift);
    }
  }

  #stage1Leaf(flags: number, hi: number, lo: number, dHi: number, dLo: number, hierarchy: number, level: number, shift: number): boolean {
    const { slots, txn, found } = this.#core;
    const mask = (1 << shift) - 1;
    const index = (dLo >>> 2) & 7;
    const mair = slots[txn.slot + (index < 4 ? SLOT.MAIR0 : SLOT.MAIR1)]! >>> ((index & 3) * 8);
    found.ipaHi = dHi & 0xffff;
    found.ipaLo = (dLo & ~mask) | (lo & mask);
    found.granule = 12;
    found.s1Level = level;
    found.s1Shift = shift;
    found.s1Permissions = stage1Permissions(dHi, dLo, hierarchy, (flags & FLAG.WXN) !== 0, (flags & FLAG.PAN) !== 0);
    found.nonGlobal = (dLo & NG) !== 0;
    found.attributes = (mair & 0xff) | (((dLo >>> 8) & 3) << 8);
    return true;
  }

  /** Four levels at most, one after the other; each falls into the next. */
  #stage2(hi: number, lo: number): boolean {
    if ((hi & this.#inMask) !== 0) return false;
    const words = this.#words;
    const windowHi = this.#windowHi;
    const windowLo = this.#windowLo;
    const windowBytes = this.#windowBytes;
    const outMask = this.#outMask;
    const { s2Walk } = this.#core;
    let start = this.#start;
    let tableHi = this.#ttbHi;
    let tableLo = this.#ttbLo;
    let offset = 0;
    let dLo = 0;
    let dHi = 0;
    if (s2Walk.entries !== 0) {
      const at = s2Walk.find(this.#tag, 12, hi, lo);
      if (at >= 0) {
        tableHi = s2Walk.words[at + WALK.TABLE_HI]!;
        tableLo = s2Walk.words[at + WALK.TABLE_LO]!;
        start = 3;
      }
    }
    if (start === 0) {
      offset = (tableLo + ((hi >>> 4) & this.#first) - windowLo) >>> 0;
      if (tableHi !== windowHi || offset >= windowBytes) return false;
      dLo = words[offset >>> 2]!;
      dHi = words[(offset >>> 2) + 1]!;
      if ((dLo & 3) !== 3 || (dHi & outMask) !== 0) return false;
      tableHi = dHi & 0xffff;
      tableLo = dLo & PAGE;
      this.#reads++;
    }
    if (start <= 1) {
      offset = (tableLo + (((hi << 5) | (lo >>> 27)) & (start === 1 ? this.#first : INDEX)) - windowLo) >>> 0;
      if (tableHi !== windowHi || offset >= windowBytes) return false;
      dLo = words[offset >>> 2]!;
      dHi = words[(offset >>> 2) + 1]!;
      this.#reads++;
      if ((dHi & outMask) !== 0) return false;
      if ((dLo & 3) !== 3) return this.#stage2Leaf(dHi, dLo, lo, 1, 0x3fff_ffff);
      tableHi = dHi & 0xffff;
      tableLo = dLo & PAGE;
    }
    if (start <= 2) {
      offset = (tableLo + (((hi << 14) | (lo >>> 18)) & (start === 2 ? this.#first : INDEX)) - windowLo) >>> 0;
      if (tableHi !== windowHi || offset >= windowBytes) return false;
      dLo = words[offset >>> 2]!;
      dHi = words[(offset >>> 2) + 1]!;
      this.#reads++;
      if ((dHi & outMask) !== 0) return false;
      if ((dLo & 3) !== 3) return this.#stage2Leaf(dHi, dLo, lo, 2, 0x1f_ffff);
      tableHi = dHi & 0xffff;
      tableLo = dLo & PAGE;
      if (s2Walk.entries !== 0) s2Walk.fill(this.#context, this.#tag, 12, hi, lo, tableHi, tableLo, 0, this.#core.txn.number);
    }
    offset = (tableLo + ((lo >>> 9) & INDEX) - windowLo) >>> 0;
    if (tableHi !== windowHi || offset >= windowBytes) return false;
    dLo = words[offset >>> 2]!;
    dHi = words[(offset >>> 2) + 1]!;
    this.#reads++;
    if ((dLo & 3) !== 3 || (dLo & this.#af) !== this.#af || (dHi & outMask) !== 0) return false;
    this.#pageHi = dHi & 0xffff;
    this.#pageLo = dLo & PAGE;
    this.#leafHi = dHi;
    this.#leafLo = dLo;
    this.#leafLevel = 3;
    return true;
  }

  #stage2Leaf(dHi: number, dLo: number, lo: number, level: number, mask: number): boolean {
    if ((dLo & 3) !== 1 || (dLo & this.#af) !== this.#af) return false;
    this.#pageHi = dHi & 0xffff;
    this.#pageLo = ((dLo & ~mask) | (lo & mask)) & PAGE;
    this.#leafHi = dHi;
    this.#leafLo = dLo;
    this.#leafLevel = level;
    return true;
  }
}

import { ruleNumber } from '../../spec/rules/registry.ts';
import { CACHE, NO_LEVEL, PURPOSE, SPACE, VERDICT } from '../../trace/record.ts';
import type { Core } from '../core.ts';
import { FLAG, SLOT } from '../config/slot.ts';
import { EVENT } from '../fault.ts';
import type { Faults } from '../fault.ts';
import { findAsQemu } from '../tlb/lookup-as-qemu.ts';
import { CLEAN, leafInfo, META, META_WORDS, S2_PERMISSIONS_SHIFT } from '../tlb/tlb.ts';
import { WALK } from '../tlb/walk-cache.ts';
import { AF, isClean, madeDirty } from './flag-update.ts';
import type { FlagUpdate } from './flag-update.ts';
import { blockAllowed, entryShift, exceeds, levelShift, maskHi, maskLo, shiftRight } from './geometry.ts';
import { ALL, expandStage2, S2_READ, S2_WRITE, stage2Bits, WRITE } from './permissions.ts';

const RULE = {
  input: ruleNumber('s2.input-range'),
  abort: ruleNumber('s2.walk-abort'),
  invalid: ruleNumber('s2.invalid'),
  reserved: ruleNumber('s2.reserved'),
  tableSize: ruleNumber('s2.table-size'),
  outputSize: ruleNumber('s2.output-size'),
  access: ruleNumber('s2.access-flag'),
  read: ruleNumber('s2.permission-read'),
  write: ruleNumber('s2.permission-write'),
  execute: ruleNumber('s2.permission-execute'),
  device: ruleNumber('s2.ptw-device'),
  update: ruleNumber('s2.permission-update'),
};

const VALID = 1;
const TABLE = 2;

/** The stage 2 translation of one IPA: the walk of VMSAv8-64 with the checks of IHI 0070 3.4, 5.2 and 7.3 in their order. */
export class Stage2Walk {
  /** Result: the output address of the IPA, and what the leaf says. */
  outHi = 0;
  outLo = 0;
  /** log2 of the bytes that the leaf maps, and its level. */
  shift = 0;
  level = 0;
  /** Packed as stage2Bits; a writable-clean leaf counts as writable. */
  permissions = 0;
  /** The leaf is writable-clean: hardware makes it dirty before a write. */
  clean = false;
  /** MemAttr [3:0], SH [5:4]. */
  attributes = 0;
  private readonly core: Core;
  private readonly faults: Faults;
  private tableHi = 0;
  private tableLo = 0;
  private need = 0;
  /** Where the leaf of the last walk is, and whether its access flag is due. */
  private leafHi = 0;
  private leafLo = 0;
  private accessDue = false;
  private cached = false;
  private readonly flags: FlagUpdate;
  private readonly contiguous: boolean;

  constructor(core: Core, faults: Faults, flags: FlagUpdate) {
    this.core = core;
    this.faults = faults;
    this.flags = flags;
    this.contiguous = core.choices['tlb.contiguous'] === 'one-entry';
  }

  /**
   * Translates the IPA (hi, lo) for the current transaction. `purpose` says what it is: a CD (CD), a stage 1 descriptor
   * (TT) or the address of the access itself (IN). For CD and TT the access is a data read (13.8); otherwise `need` is
   * the permission bit of the access. Flags of the leaf that hardware keeps are updated. False: the fault is recorded.
   */
  translate(hi: number, lo: number, purpose: number, need: number): boolean {
    const { slots, txn, tlb, contexts, steps, deviates, features } = this.core;
    if (purpose !== PURPOSE.TT) steps?.walk(2, NO_LEVEL, purpose, SPACE.IPA, hi, lo);
    const geometry = slots[txn.slot + SLOT.GEOMETRY2]!;
    const inputBits = geometry >>> 7;
    if (deviates['ipa-size-silent'] && purpose !== PURPOSE.IN && exceeds(hi, lo, purpose === PURPOSE.TT ? slots[txn.slot + SLOT.S1_OUT]! : features.ias)) return this.faults.ipaSize(purpose, RULE.input);
    // 3.4: an IPA beyond the range of S2T0SZ; QEMU asks its TLB first.
    const inside = !exceeds(hi, lo, inputBits);
    if (!inside && !deviates['tlb-lookup']) return this.faults.stage2(EVENT.F_TRANSLATION, NO_LEVEL, purpose, RULE.input, hi, lo);
    const tag = contexts.tags[slots[txn.slot + SLOT.CONTEXT_S2]!]!;
    this.need = need;
    const write = purpose === PURPOSE.IN && (need & WRITE) !== 0;
    let entry = deviates['tlb-lookup'] ? findAsQemu(tlb, tag, hi, lo, geometry & 31, inputBits) : tlb.find(tag, hi, lo);
    // The final IPA of a nested translation is cached with its input address instead, as one combined entry.
    const combined = purpose === PURPOSE.IN && (slots[txn.slot + SLOT.FLAGS]! & FLAG.S1) !== 0;
    if (combined && deviates['final-ipa-walked']) entry = -1;
    if (entry < 0 && !inside) return this.faults.stage2(EVENT.F_TRANSLATION, NO_LEVEL, purpose, RULE.input, hi, lo);
    if (entry >= 0) this.#fromTlb(entry, hi, lo);
    // 3.13: no entry can make its leaf dirty.
    if (entry >= 0 && write && this.clean) entry = -1;
    if (entry < 0 && !this.#walk(hi, lo, purpose)) return false;
    if (entry >= 0)
      steps?.lookup(
        CACHE.S2_TLB,
        2,
        purpose,
        VERDICT.HIT,
        SPACE.IPA,
        hi,
        lo,
        entry,
        this.outHi,
        this.outLo,
        tlb.meta[entry * META_WORDS + META.ORIGIN]!,
        this.shift,
      );
    if (this.accessDue && purpose === PURPOSE.IN && (expandStage2(this.permissions) & need) === 0 && this.core.choices['httu.access-flag-refused'] === 'set') this.#update(purpose, false);
    if (!this.#permitted(hi, lo, purpose, need, entry >= 0) || !this.#update(purpose, write)) return false;
    if (entry < 0 && tlb.entries > 0 && !combined) this.#fill(hi, lo);
    return true;
  }

  /**
   * Hardware is about to write the stage 1 descriptor at the IPA that `translate` has just translated: stage 2 must
   * permit it, and the leaf becomes dirty (3.13). False: the fault is recorded, with TTRnW 0.
   */
  writeTable(hi: number, lo: number): boolean {
    if (this.clean && this.cached && !this.#walk(hi, lo, PURPOSE.TT)) return false;
    if ((this.permissions & S2_WRITE) === 0)
      return this.faults.stage2(EVENT.F_PERMISSION, this.level, PURPOSE.TT, RULE.update, hi, lo, true, 0);
    if (!this.clean) return true;
    if (!this.#update(PURPOSE.TT, true)) return false;
    if (this.core.tlb.entries > 0) this.#fill(hi, lo);
    return true;
  }

  /** The flags of the leaf just used. A CD is only read: its leaf never becomes dirty. */
  #update(purpose: number, write: boolean): boolean {
    const dirty = write && this.clean;
    if (!this.accessDue && !dirty) return true;
    if (!this.flags.write(2, this.level, purpose, this.leafHi, this.leafLo, dirty)) return false;
    this.accessDue = false;
    if (dirty) this.clean = false;
    return true;
  }

  /** Fills an IPA-keyed TLB entry from the result. */
  #fill(hi: number, lo: number): void {
    const { slots, txn, tlb, contexts, steps } = this.core;
    const context = slots[txn.slot + SLOT.CONTEXT_S2]!;
    const granule = slots[txn.slot + SLOT.GEOMETRY2]! & 31;
    const permissions = expandStage2(this.clean ? this.permissions & ~S2_WRITE : this.permissions);
    const entry = tlb.fill(contexts, context, hi, lo, this.outHi, this.outLo, this.shift, permissions, this.permissions);
    const meta = entry * META_WORDS;
    tlb.meta[meta + META.ORIGIN] = txn.number;
    tlb.meta[meta + META.STAGE2] = leafInfo(granule, this.level, this.shift);
    tlb.meta[meta + META.IPA_LO] = lo;
    tlb.meta[meta + META.IPA_HI] = hi;
    tlb.meta[meta + META.ATTRIBUTES] = this.attributes << 16;
    tlb.meta[meta + META.S1_PERMISSIONS] = this.clean ? ALL | CLEAN : ALL;
    steps?.fill(CACHE.S2_TLB, 2, PURPOSE.NONE, SPACE.IPA, hi, lo, entry, this.outHi, this.outLo, txn.number, this.shift);
  }

  #fromTlb(entry: number, hi: number, lo: number): void {
    const { tlb } = this.core;
    const at = entry << 2;
    const shift = tlb.shiftOf(entry);
    this.shift = shift;
    this.#output(tlb.words[at + 3]! & 0xf_ffff, tlb.words[at + 2]! & ~0xfff, hi, lo, shift);
    this.permissions = (tlb.words[at + 3]! >>> S2_PERMISSIONS_SHIFT) & 15;
    this.attributes = (tlb.meta[entry * META_WORDS + META.ATTRIBUTES]! >>> 16) & 63;
    this.level = (tlb.meta[entry * META_WORDS + META.STAGE2]! >>> 8) & 7;
    this.clean = (tlb.meta[entry * META_WORDS + META.S1_PERMISSIONS]! & CLEAN) !== 0;
    this.accessDue = false;
    this.cached = true;
  }

  /** Output address: the leaf's base above `shift`, the input below. */
  #output(baseHi: number, baseLo: number, hi: number, lo: number, shift: number): void {
    if (shift >= 32) {
      const mask = (1 << (shift - 32)) - 1;
      this.outHi = (baseHi & ~mask) | (hi & mask);
      this.outLo = lo;
    } else {
      const mask = (1 << shift) - 1;
      this.outHi = baseHi;
      this.outLo = (baseLo & ~mask) | (lo & mask);
    }
  }

  #walk(hi: number, lo: number, purpose: number): boolean {
    const { slots, txn, memory, steps, features, deviates } = this.core;
    const s = txn.slot;
    const geometry = slots[s + SLOT.GEOMETRY2]!;
    const granule = geometry & 31;
    const inputBits = geometry >>> 7;
    const outputBits = slots[s + SLOT.S2_OUT]!;
    const flags = slots[s + SLOT.FLAGS]!;
    this.tableHi = slots[s + SLOT.S2TTB_HI]!;
    this.tableLo = slots[s + SLOT.S2TTB_LO]!;
    let level = (geometry >>> 5) & 3;
    let indexBits = inputBits - levelShift(granule, level);
    if (deviates['ste-start-level']) indexBits = Math.max(indexBits, 0);
    if (deviates['stage2-concatenation']) indexBits = Math.min(indexBits, granule - 3);
    // A walk that starts at level 3 has nothing to shorten, and other index bits there.
    if (level < 3 && this.#shortcut(hi, lo, granule)) {
      level = 3;
      indexBits = granule - 3;
    }
    for (; ; level++) {
      const shift = levelShift(granule, level);
      // Concatenated start tables are one longer table: the index is not cut to one table's bits (DDI 0487 D8.2).
      const index = shiftRight(hi, lo, shift) & ((1 << indexBits) - 1);
      indexBits = granule - 3;
      // A table never wraps its low word: it is aligned to its size.
      const at = (this.tableLo + (index << 3)) | 0;
      if (!memory.load(this.tableHi, at)) return this.faults.walkAbort(2, level, purpose, RULE.abort, this.tableHi, at);
      const dLo = memory.lo;
      const dHi = memory.hi;
      txn.reads++;
      steps?.read(2, level, purpose, VERDICT.OK, this.tableHi, at, dHi, dLo, hi, lo, index);
      if ((dLo & VALID) === 0) return this.faults.stage2(EVENT.F_TRANSLATION, level, purpose, RULE.invalid, hi, lo);
      const isTable = (dLo & TABLE) !== 0 && level < 3;
      if (level === 3 ? (dLo & TABLE) === 0 : !isTable && !blockAllowed(granule, level, features.oas, deviates['block-levels'])) {
        return this.faults.stage2(EVENT.F_TRANSLATION, level, purpose, RULE.reserved, hi, lo);
      }
      const outHi = addressHi(dHi, dLo, granule, features.oas);
      const outLo = addressLo(dLo, granule);
      if (isTable) {
        if (!deviates['table-size'] && exceeds(outHi, outLo, outputBits))
          return this.faults.stage2(EVENT.F_ADDR_SIZE, level, purpose, RULE.tableSize, hi, lo);
        this.tableHi = outHi;
        this.tableLo = outLo;
        if (level === 2) this.#cacheTable(hi, lo, granule);
        continue;
      }
      this.shift = entryShift(shift, granule, level, dHi, this.contiguous);
      this.level = level;
      this.#output(outHi, outLo, hi, lo, shift);
      const tooLarge = deviates['block-levels'] ? exceeds(outHi & maskHi(51, shift), outLo & maskLo(31, shift), outputBits) : exceeds(this.outHi, this.outLo, outputBits);
      if (tooLarge && !deviates['check-order']) return this.faults.stage2(EVENT.F_ADDR_SIZE, level, purpose, RULE.outputSize, hi, lo);
      this.accessDue = (dLo & AF) === 0 && (flags & FLAG.S2HA) !== 0;
      if ((dLo & AF) === 0 && (flags & (FLAG.S2HA | FLAG.S2AFFD)) === 0)
        return this.faults.stage2(EVENT.F_ACCESS, level, purpose, RULE.access, hi, lo);
      this.clean = (flags & FLAG.S2HD) !== 0 && isClean(2, dHi, dLo);
      this.cached = false;
      this.leafHi = this.tableHi;
      this.leafLo = at;
      this.permissions = stage2Bits(dHi, this.clean ? madeDirty(2, dLo) : dLo, features.xnx);
      this.attributes = ((dLo >>> 2) & 15) | (((dLo >>> 8) & 3) << 4);
      if (!tooLarge) return true;
      return (
        this.#permitted(hi, lo, purpose, this.need, false) &&
        this.faults.stage2(EVENT.F_ADDR_SIZE, level, purpose, RULE.outputSize, hi, lo)
      );
    }
  }

  /** Starts at level 3 when the walk cache knows the table. */
  #shortcut(hi: number, lo: number, granule: number): boolean {
    const { s2Walk, contexts, slots, txn, steps } = this.core;
    const at = s2Walk.find(contexts.tags[slots[txn.slot + SLOT.CONTEXT_S2]!]!, granule, hi, lo);
    if (at < 0) return false;
    this.tableHi = s2Walk.words[at + WALK.TABLE_HI]!;
    this.tableLo = s2Walk.words[at + WALK.TABLE_LO]!;
    steps?.lookup(
      CACHE.S2_WALK,
      2,
      PURPOSE.NONE,
      VERDICT.HIT,
      SPACE.IPA,
      hi,
      lo,
      at >>> 3,
      this.tableHi,
      this.tableLo,
      s2Walk.words[at + WALK.ORIGIN]!,
      granule + granule - 3,
    );
    return true;
  }

  #cacheTable(hi: number, lo: number, granule: number): void {
    const { s2Walk, contexts, slots, txn, steps } = this.core;
    if (s2Walk.entries === 0) return;
    const context = slots[txn.slot + SLOT.CONTEXT_S2]!;
    const at = s2Walk.fill(context, contexts.tags[context]!, granule, hi, lo, this.tableHi, this.tableLo, 0, txn.number);
    steps?.fill(
      CACHE.S2_WALK,
      2,
      PURPOSE.NONE,
      SPACE.IPA,
      hi,
      lo,
      at >>> 3,
      this.tableHi,
      this.tableLo,
      txn.number,
      granule + granule - 3,
    );
  }

  #permitted(hi: number, lo: number, purpose: number, need: number, held: boolean): boolean {
    const { slots, txn, deviates } = this.core;
    if (purpose !== PURPOSE.IN) {
      if ((this.permissions & S2_READ) === 0 && !(held && deviates['tlb-read-permission']))
        return this.faults.stage2(EVENT.F_PERMISSION, this.level, purpose, RULE.read, hi, lo);
      // 5.2 S2PTW: a table or CD in memory that stage 2 maps as Device.
      const flags = slots[txn.slot + SLOT.FLAGS]!;
      if ((flags & FLAG.S2PTW) !== 0 && !deviates['ste-s2ptw'] && isDevice(this.attributes, (flags & FLAG.S2FWB) !== 0)) {
        return this.faults.stage2(EVENT.F_PERMISSION, this.level, purpose, RULE.device, hi, lo);
      }
      return true;
    }
    if (held && txn.rnw === 1 && deviates['tlb-read-permission']) return true;
    return (expandStage2(this.permissions) & need) !== 0 || this.forbid(hi, lo, this.level, !(held && deviates['stage2-hit-silent']));
  }

  /** F_PERMISSION at stage 2 for the access itself, at the IPA (hi, lo). */
  forbid(hi: number, lo: number, level: number, recorded = true): false {
    const { txn } = this.core;
    const rule = txn.rnw === 0 ? RULE.write : txn.ind === 1 ? RULE.execute : RULE.read;
    return this.faults.stage2(EVENT.F_PERMISSION, level, PURPOSE.IN, rule, hi, lo, recorded);
  }
}

/** Stage 2 MemAttr names Device memory (13.1.2; with FWB, DDI 0487: bit 4 of the descriptor clear). */
const isDevice = (attributes: number, fwb: boolean): boolean => (fwb ? (attributes & 4) === 0 : (attributes & 12) === 0);

/** Address bits of a descriptor [47:granule], plus [51:48] from [15:12] with 64 KiB tables and 52-bit addresses. */
export const addressHi = (dHi: number, dLo: number, granule: number, oas: number): number =>
  granule === 16 && oas === 52 ? (dHi & 0xffff) | (((dLo >>> 12) & 15) << 16) : dHi & 0xffff;

export const addressLo = (dLo: number, granule: number): number => dLo & (-1 << granule);

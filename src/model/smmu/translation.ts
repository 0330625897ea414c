import { ruleNumber } from '../spec/rules/registry.ts';
import { CACHE, PURPOSE, RESPONSE, SPACE, STATUS, TRANSACTION, VERDICT } from '../trace/record.ts';
import { wantedBits } from './ats/request-permissions.ts';
import type { ConfigCache } from './config/config-cache.ts';
import { override } from './config/overrides.ts';
import { FLAG, SLOT } from './config/slot.ts';
import type { Core } from './core.ts';
import type { Faults } from './fault.ts';
import type { RegisterFile } from './registers/register-file.ts';
import { findAsQemu } from './tlb/lookup-as-qemu.ts';
import { CLEAN, leafInfo, META, META_WORDS, S2_PERMISSIONS_SHIFT } from './tlb/tlb.ts';
import type { FlagUpdate } from './walk/flag-update.ts';
import type { FastWalk } from './walk/fast-walk.ts';
import { exceeds } from './walk/geometry.ts';
import { EXECUTE, expandStage2, READ, required, S2_ALL, WRITE } from './walk/permissions.ts';
import { Stage1Walk } from './walk/stage1.ts';
import type { Stage2Walk } from './walk/stage2.ts';

const RULE = {
  abort: ruleNumber('gbpa.abort'),
  gbpaOas: ruleNumber('gbpa.oas'),
  disabled: ruleNumber('smmu.disabled'),
  steAbort: ruleNumber('ste.abort'),
  bypassOas: ruleNumber('bypass.oas'),
  bypassIas: ruleNumber('s1bypass.ias'),
  translated: ruleNumber('ok.translated'),
  bypass: ruleNumber('ok.bypass'),
  hit: ruleNumber('tlb.hit'),
  conflict: ruleNumber('tlb.overlap'),
};

/**
 * The path of an ordinary transaction through the SMMU, in the order of IHI 0070 3.3.2, 3.4 and 7.3.22: global bypass,
 * configuration, bypass, TLB, stage 1, stage 2. The result is left in `core.txn`.
 */
export class Translation {
  readonly config: ConfigCache;
  readonly fast: FastWalk;
  /** Nobody asks for permissions, attributes or the trace of what the unrolled walk answers. */
  brief = false;
  private readonly core: Core;
  private readonly faults: Faults;
  private readonly registers: RegisterFile;
  private readonly stage1: Stage1Walk;
  /** Several TLB entries for one address are a fault (the choice tlb.conflict). */
  private readonly conflicts: boolean;
  /** As QEMU looks into its TLB. */
  private readonly asQemu: boolean;
  private readonly stage2: Stage2Walk;

  constructor(core: Core, config: ConfigCache, faults: Faults, registers: RegisterFile, stage2: Stage2Walk, flags: FlagUpdate, fast: FastWalk) {
    this.core = core;
    this.config = config;
    this.faults = faults;
    this.registers = registers;
    this.stage2 = stage2;
    this.conflicts = core.features.bbml < 2 && core.choices['tlb.conflict'] === 'F_TLB_CONFLICT';
    this.asQemu = core.deviates['tlb-lookup'];
    this.stage1 = new Stage1Walk(core, faults, stage2, flags);
    this.fast = fast;
  }

  run(): void {
    const { txn, slots } = this.core;
    if (!this.registers.smmuEnabled) return this.#globalBypass();
    if (!this.config.lookup()) return;
    const flags = slots[txn.slot + SLOT.FLAGS]!;
    // 5.2 Config = 0b0xx: a silent abort.
    if ((flags & FLAG.ABORT) !== 0) return this.#finish(STATUS.ABORT, RESPONSE.ABORT, RULE.steAbort);
    override(txn, flags);
    if ((flags & FLAG.BYPASS) !== 0) return this.#pass(this.core.features.oas, RULE.bypassOas);
    const need = txn.type === TRANSACTION.UNTRANSLATED ? required(txn.rnw, txn.ind, this.core.deviates.privileged ? 1 : txn.pnu) : this.#wanted(flags);
    if ((flags & FLAG.S1) === 0) return this.#withoutStage1(flags, need);
    if (!this.stage1.select()) return;
    const entry = this.#find();
    if (this.conflicts && entry >= 0 && this.#matches() > 1) return void this.faults.conflict(RULE.conflict);
    if (entry >= 0 && !this.#mustWalk(entry, need)) return this.#hit(entry, need);
    const shift = this.#quick() ? this.fast.walk(txn.slot, txn.inHi, txn.inLo, need, txn.number) : 0;
    if (shift !== 0) return this.#walked(shift);
    this.#walk(flags, need);
  }

  /** What a transaction without an access of its own must be permitted one of: a prefetch is no reason to write (3.14, 4.2.2). */
  #wanted(flags: number): number {
    const { txn } = this.core;
    return txn.type === TRANSACTION.ATS_REQUEST ? wantedBits(txn, flags) : READ | EXECUTE;
  }

  /** CMD_PREFETCH_CONFIG (4.2.1): STE and CD are read as for any transaction, and nothing else. */
  configure(): void {
    if (this.config.lookup()) this.#finish(STATUS.SUCCESS, RESPONSE.OK, 0);
  }

  /** The unrolled walk answered. */
  #walked(shift: number): void {
    const { fast } = this;
    this.core.txn.reads += fast.reads();
    if (this.brief) return this.#translated(fast.answer[1]!, fast.answer[0]!, shift, RULE.translated);
    fast.describe();
    this.#fill();
  }

  /** The unrolled walk may answer. IPA-keyed TLB entries serve table walks too (3.17), and only the generic walk looks there. */
  #quick(): boolean {
    const { steps, slots, tlb, txn } = this.core;
    const s = txn.slot;
    return (
      steps === null &&
      txn.type === TRANSACTION.UNTRANSLATED &&
      tlb.entries === 0 &&
      slots[s + SLOT.FAST] === 1 &&
      txn.ind === 0 &&
      (txn.inHi & slots[s + SLOT.IN0_HI]!) === 0
    );
  }

  /** 6.3.9.6: SMMUEN = 0. */
  #globalBypass(): void {
    const { txn, features } = this.core;
    txn.slot = -1;
    if (this.registers.gbpaAbort) return this.#finish(STATUS.ABORT, RESPONSE.ABORT, RULE.abort);
    // 3.4: an address beyond OAS aborts, without an event.
    if (exceeds(txn.inHi, txn.inLo, features.oas)) return this.#finish(STATUS.ABORT, RESPONSE.ABORT, RULE.gbpaOas);
    this.#through(RULE.disabled);
  }

  #withoutStage1(flags: number, need: number): void {
    const { txn, features } = this.core;
    if ((flags & FLAG.S2) === 0) return this.#pass(features.ias, RULE.bypassIas);
    // 3.4: without stage 1, an input beyond IAS is a stage 1 address size fault.
    if (exceeds(txn.inHi, txn.inLo, features.ias))
      return void this.faults.bypassSize(RULE.bypassIas, !this.core.deviates['ipa-size-silent']);
    if (!this.stage2.translate(txn.inHi, txn.inLo, PURPOSE.IN, need)) return;
    txn.permissions = expandStage2(this.stage2.permissions);
    txn.attributes = this.stage2.attributes << 16;
    this.#translated(this.stage2.outHi, this.stage2.outLo, this.stage2.shift, RULE.translated);
    // Only under tlb-read-permission: QEMU translates, and its memory refuses the read.
    if ((txn.permissions & need) === 0) txn.response = RESPONSE.ABORT;
  }

  /** All stages bypassed: the address passes when it fits `bits`. */
  #pass(bits: number, rule: number): void {
    const { txn } = this.core;
    if (exceeds(txn.inHi, txn.inLo, bits) && !this.core.deviates['bypass-size']) return void this.faults.bypassSize(rule);
    this.#through(RULE.bypass);
  }

  #through(rule: number): void {
    const { txn } = this.core;
    txn.outHi = txn.inHi;
    txn.outLo = txn.inLo;
    this.#finish(STATUS.BYPASS, RESPONSE.OK, rule);
  }

  #walk(flags: number, need: number): void {
    const stage1 = this.stage1;
    const stage2 = this.stage2;
    if (!stage1.translate(need)) return;
    const { txn, found } = this.core;
    found.ipaHi = stage1.outHi;
    found.ipaLo = stage1.outLo;
    found.granule = stage1.granule;
    found.s1Level = stage1.level;
    found.s1Shift = stage1.shift;
    found.s1Permissions = stage1.permissions;
    found.nonGlobal = stage1.nonGlobal;
    found.clean = stage1.clean;
    found.attributes = stage1.attributes;
    found.s2Shift = 0;
    found.s2Permissions = S2_ALL;
    found.outHi = stage1.outHi;
    found.outLo = stage1.outLo;
    if ((flags & FLAG.S2) !== 0) {
      // 3.9.1.2: what stage 1 does not grant makes nothing dirty at stage 2. An access has one bit, which stage 1 has granted.
      const wanted = txn.type === TRANSACTION.ATS_REQUEST ? need & stage1.permissions : need;
      if (!stage2.translate(stage1.outHi, stage1.outLo, PURPOSE.IN, wanted)) return;
      found.outHi = stage2.outHi;
      found.outLo = stage2.outLo;
      found.s2Shift = stage2.shift;
      found.s2Level = stage2.level;
      found.s2Permissions = stage2.permissions;
      found.clean ||= stage2.clean;
      found.attributes |= stage2.attributes << 16;
    }
    this.#fill();
  }

  /** A TLB entry for the input address, under its ASID or among the global ones; -1: none. */
  #find(): number {
    const { slots, txn, tlb, contexts, steps } = this.core;
    if (tlb.entries === 0) return -1;
    let entry = this.asQemu ? this.#findAsQemu() : tlb.find(contexts.tags[slots[txn.slot + SLOT.CONTEXT]!]!, txn.inHi, txn.inLo);
    if (entry < 0 && tlb.globals) entry = tlb.find(contexts.tags[slots[txn.slot + SLOT.CONTEXT_GLOBAL]!]!, txn.inHi, txn.inLo);
    if (entry < 0) {
      steps?.lookup(CACHE.TLB, 1, PURPOSE.NONE, VERDICT.MISS, SPACE.IOVA, txn.inHi, txn.inLo, 0, 0, 0, 0, 0);
      return -1;
    }
    const at = entry << 2;
    const origin = tlb.meta[entry * META_WORDS + META.ORIGIN]!;
    steps?.lookup(
      CACHE.TLB,
      1,
      PURPOSE.NONE,
      VERDICT.HIT,
      SPACE.IOVA,
      txn.inHi,
      txn.inLo,
      entry,
      tlb.words[at + 3]! & 0xf_ffff,
      tlb.words[at + 2]! & ~0xfff,
      origin,
      tlb.shiftOf(entry),
    );
    return entry;
  }

  /** By the granule of the selected half, then by that of stage 2. */
  #findAsQemu(): number {
    const { slots, txn, tlb, contexts } = this.core;
    const tag = contexts.tags[slots[txn.slot + SLOT.CONTEXT]!]!;
    const { selectedGeometry: geometry } = this.stage1;
    // A half without walks has no granule, and all 64 bits.
    const bits = geometry === 0 ? 64 : geometry >>> 7;
    const entry = findAsQemu(tlb, tag, txn.inHi, txn.inLo, geometry & 31, bits);
    if (entry >= 0 || (slots[txn.slot + SLOT.FLAGS]! & FLAG.S2) === 0) return entry;
    return findAsQemu(tlb, tag, txn.inHi, txn.inLo, slots[txn.slot + SLOT.GEOMETRY2]! & 31, bits);
  }

  /** Entries for the input address, of every size, of its ASID and global. */
  #matches(): number {
    const { slots, txn, tlb, contexts } = this.core;
    return [SLOT.CONTEXT, SLOT.CONTEXT_GLOBAL].reduce((sum, at) => sum + tlb.all(contexts.tags[slots[txn.slot + at]!]!, txn.inHi, txn.inLo).length, 0);
  }

  /** 3.13: the first write to a writable-clean page is not the entry's: the walk makes the leaf dirty, or says who refuses. */
  #mustWalk(entry: number, need: number): boolean {
    const { tlb } = this.core;
    return (need & WRITE) !== 0 && (tlb.meta[entry * META_WORDS + META.S1_PERMISSIONS]! & CLEAN) !== 0;
  }

  /** The entry answers: its permissions too, stage 1 before stage 2. */
  #hit(entry: number, need: number): void {
    const { txn, tlb, found, deviates } = this.core;
    const at = entry << 2;
    const meta = entry * META_WORDS;
    const shift = tlb.shiftOf(entry);
    const within = shift < 32 ? (1 << shift) - 1 : -1;
    const withinHi = shift <= 32 ? 0 : (1 << (shift - 32)) - 1;
    txn.attributes = tlb.meta[meta + META.ATTRIBUTES]!;
    txn.permissions = tlb.meta[meta + META.S1_PERMISSIONS]! & expandStage2(tlb.words[at + 3]! >>> S2_PERMISSIONS_SHIFT);
    if ((txn.permissions & need) === 0 && !(txn.rnw === 1 && deviates['tlb-read-permission'])) {
      const level = (tlb.meta[meta + META.STAGE1]! >>> 8) & 7;
      if (!this.stage1.permitted(tlb.meta[meta + META.S1_PERMISSIONS]!, level, need)) return;
      const ipaHi = (tlb.meta[meta + META.IPA_HI]! & ~withinHi) | (txn.inHi & withinHi);
      const ipaLo = (tlb.meta[meta + META.IPA_LO]! & ~within) | (txn.inLo & within);
      const s2Level = (tlb.meta[meta + META.STAGE2]! >>> 8) & 7;
      if (deviates['event-ipa']) return void this.stage2.forbid(0, 0, s2Level);
      return void this.stage2.forbid(ipaHi, ipaLo, s2Level);
    }
    if (txn.type === TRANSACTION.ATS_REQUEST) {
      found.clean = (tlb.meta[meta + META.S1_PERMISSIONS]! & CLEAN) !== 0;
      found.ipaHi = (tlb.meta[meta + META.IPA_HI]! & ~withinHi) | (txn.inHi & withinHi);
      found.ipaLo = (tlb.meta[meta + META.IPA_LO]! & ~within) | (txn.inLo & within);
    }
    const hi = (tlb.words[at + 3]! & 0xf_ffff & ~withinHi) | (txn.inHi & withinHi);
    const lo = (tlb.words[at + 2]! & ~0xfff & ~within) | (txn.inLo & within);
    this.#translated(hi, lo, shift, RULE.hit);
  }

  /** Both stages succeeded: one entry for the input address holds the result of both (4.4.3.1). */
  #fill(): void {
    const { slots, txn, tlb, contexts, found, steps, deviates } = this.core;
    const { shift } = found;
    txn.permissions = found.s1Permissions & expandStage2(found.s2Permissions);
    txn.attributes = found.attributes;
    this.#translated(found.outHi, found.outLo, shift, RULE.translated);
    if (tlb.entries === 0) return;
    const nonGlobal = found.nonGlobal || deviates['global-entries'];
    const context = slots[txn.slot + (nonGlobal ? SLOT.CONTEXT : SLOT.CONTEXT_GLOBAL)]!;
    if (!nonGlobal) tlb.globals = true;
    const permissions = found.clean ? txn.permissions & ~WRITE : txn.permissions;
    const entry = tlb.fill(contexts, context, txn.inHi, txn.inLo, found.outHi, found.outLo, shift, permissions, found.s2Permissions);
    const meta = entry * META_WORDS;
    tlb.meta[meta + META.ORIGIN] = txn.number;
    tlb.meta[meta + META.STAGE1] = leafInfo(found.granule, found.s1Level, found.s1Shift);
    tlb.meta[meta + META.STAGE2] = found.s2Shift === 0 ? 0 : leafInfo(slots[txn.slot + SLOT.GEOMETRY2]! & 31, found.s2Level, found.s2Shift);
    tlb.meta[meta + META.IPA_LO] = found.ipaLo;
    tlb.meta[meta + META.IPA_HI] = found.ipaHi;
    tlb.meta[meta + META.ATTRIBUTES] = found.attributes;
    tlb.meta[meta + META.S1_PERMISSIONS] = found.s1Permissions | (found.clean ? CLEAN : 0);
    steps?.fill(CACHE.TLB, 1, PURPOSE.NONE, SPACE.IOVA, txn.inHi, txn.inLo, entry, found.outHi, found.outLo, txn.number, shift);
  }

  #translated(hi: number, lo: number, shift: number, rule: number): void {
    const { txn } = this.core;
    txn.outHi = hi;
    txn.outLo = lo;
    txn.shift = shift;
    this.#finish(STATUS.SUCCESS, RESPONSE.OK, rule);
  }

  #finish(status: number, response: number, rule: number): void {
    const { txn } = this.core;
    txn.status = status;
    txn.response = response;
    txn.rule = rule;
  }
}

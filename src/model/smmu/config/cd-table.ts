import { accessor, addressHi, addressLo, L1CD, STE } from '../../spec/index.ts';
import { ruleNumber } from '../../spec/rules/registry.ts';
import { PURPOSE, VERDICT } from '../../trace/record.ts';
import type { Core } from '../core.ts';
import { EVENT } from '../fault.ts';
import type { Faults } from '../fault.ts';
import { exceeds } from '../walk/geometry.ts';
import type { FastWalk } from '../walk/fast-walk.ts';
import type { Stage2Walk } from '../walk/stage2.ts';
import { hasBits, reservedBits } from './reserved-bits.ts';
import { FLAG, SLOT } from './slot.ts';
import { readStructure } from './stream-table.ts';

const RULE = {
  bypass: ruleNumber('ssid.bypass'),
  single: ruleNumber('ssid.single'),
  range: ruleNumber('ssid.range'),
  terminate: ruleNumber('ssid.dss-terminate'),
  zero: ruleNumber('ssid.dss-zero'),
  l1Invalid: ruleNumber('l1cd.invalid'),
  l1Range: ruleNumber('l1cd.range'),
  fetch: ruleNumber('cd.fetch'),
};

const s1Fmt = accessor(STE, 'S1Fmt');
const s1CDMax = accessor(STE, 'S1CDMax');
const s1DSS = accessor(STE, 'S1DSS');
const contextLo = addressLo(STE, 'S1ContextPtr');
const contextHi = addressHi(STE, 'S1ContextPtr');
const l1Valid = accessor(L1CD, 'V');
const l2Lo = addressLo(L1CD, 'L2Ptr');
const l2Hi = addressHi(L1CD, 'L2Ptr');

/** STE.S1DSS (5.2); 3 behaves as 0. */
const DSS_BYPASS = 1;
const DSS_CD0 = 2;

/** What `resolve` found. */
export const FAULTED = -1;
export const NO_CD = -2;

/** Finds and reads the CD of a (StreamID, SubstreamID): IHI 0070 3.3.2, 5.2, 5.3. */
export class CdTable {
  private readonly core: Core;
  private readonly faults: Faults;
  private readonly stage2: Stage2Walk;
  private readonly fast: FastWalk | null;
  private readonly l1cd = new Int32Array(2);
  /** Bits that make an L1CD invalid (the choice structure.reserved-bits); null: none do. */
  private readonly reserved: Int32Array | null;

  constructor(core: Core, faults: Faults, stage2: Stage2Walk, fast: FastWalk | null) {
    this.fast = fast;
    this.core = core;
    this.reserved = core.choices['structure.reserved-bits'] === 'invalid' ? reservedBits(L1CD, core.features) : null;
    this.faults = faults;
    this.stage2 = stage2;
  }

  /** The index of the CD for the transaction: NO_CD when stage 1 is bypassed, FAULTED when a fault is recorded. */
  resolve(): number {
    const { slots, txn, features } = this.core;
    const at = txn.slot + SLOT.STE;
    const ssv = txn.ssidKey > 0;
    const ssid = txn.ssidKey - 1;
    if ((slots[txn.slot + SLOT.FLAGS]! & FLAG.S1) === 0) return ssv ? this.#refuse(RULE.bypass) : NO_CD;
    const max = features.ssidSize === 0 ? 0 : s1CDMax(slots, at);
    if (max === 0) return ssv ? this.#refuse(RULE.single) : 0;
    if (ssv && ssid >>> max !== 0) return this.#refuse(RULE.range);
    const dss = s1DSS(slots, at);
    if (ssv) return dss === DSS_CD0 && ssid === 0 ? this.#disabled(RULE.zero) : ssid;
    if (dss === DSS_BYPASS) return NO_CD;
    return dss === DSS_CD0 ? 0 : this.#disabled(RULE.terminate);
  }

  /** The STE at word `ste` has a table of CDs in two levels: S1Fmt counts only with substreams, 3 behaves as 0 (5.2). */
  twoLevel(ste: number): boolean {
    const { slots, features } = this.core;
    const format = s1Fmt(slots, ste);
    return features.ssidSize > 0 && s1CDMax(slots, ste) > 0 && (format === 1 || format === 2);
  }

  /** Reads CD `index` into `to[at]`. False: a fault is recorded. */
  fetch(index: number, to: Int32Array, at: number): boolean {
    const { slots, txn, features } = this.core;
    const ste = txn.slot + SLOT.STE;
    const max = features.ssidSize === 0 ? 0 : s1CDMax(slots, ste);
    const hi = contextHi(slots, ste) | 0;
    const lo = contextLo(slots, ste) | 0;
    if (!this.twoLevel(ste)) return this.#readCd(hi, lo & tableMask(max), index, to, at);
    const format = s1Fmt(slots, ste);
    // 5.2 S1Fmt: leaves of 64 CDs (4 KiB) or 1024 (64 KiB).
    const leafBits = format === 1 ? 6 : 10;
    const l1Index = max <= leafBits ? 0 : index >>> leafBits;
    if (!this.#readL1(hi, lo, l1Index)) return false;
    if (l1Valid(this.l1cd, 0) === 0 || (this.reserved !== null && hasBits(this.l1cd, 0, this.reserved))) return this.#badSubstream(RULE.l1Invalid);
    const l2hi = l2Hi(this.l1cd, 0) | 0;
    const l2lo = (l2Lo(this.l1cd, 0) | 0) & (format === 1 ? ~0xfff : ~0xffff);
    const nested = (slots[txn.slot + SLOT.FLAGS]! & FLAG.S2) !== 0;
    if (exceeds(l2hi, l2lo, nested ? features.ias : features.oas)) {
      if (nested) this.core.misuse?.({ id: 'pointer-beyond-ias', place: 'stream', address: BigInt(txn.sid >>> 0), write: false });
      // 3.4.3: through stage 2, which maps nothing there.
      if (!nested || this.core.choices['L1CD.beyond-ias'] === 'C_BAD_SUBSTREAMID') return this.#badSubstream(RULE.l1Range);
    }
    return this.#readCd(l2hi, l2lo, index & ((1 << leafBits) - 1), to, at);
  }

  /** An L1CD or CD address is an IPA when nested: through stage 2, CLASS = CD. Leaves the PA in stage2.out. */
  #toPa(hi: number, lo: number): boolean {
    const { slots, txn } = this.core;
    if ((slots[txn.slot + SLOT.FLAGS]! & FLAG.S2) !== 0) return this.#quick(hi, lo) || this.stage2.translate(hi, lo, PURPOSE.CD, 0);
    this.stage2.outHi = hi;
    this.stage2.outLo = lo;
    return true;
  }

  /** The unrolled walk, where nobody records and no IPA-keyed entry can answer. */
  #quick(hi: number, lo: number): boolean {
    const { txn, tlb, steps } = this.core;
    const fast = this.fast;
    if (fast === null || steps !== null || tlb.entries > 0 || !fast.context(txn.slot, hi, lo)) return false;
    txn.reads += fast.reads();
    this.stage2.outLo = fast.answer[0]!;
    this.stage2.outHi = fast.answer[1]!;
    return true;
  }

  #readL1(hi: number, lo: number, index: number): boolean {
    const { memory, txn, steps } = this.core;
    const at = (lo + (index << 3)) | 0;
    if (!this.#toPa(hi, at)) return false;
    const { outHi, outLo } = this.stage2;
    if (!memory.load(outHi, outLo)) return this.faults.fetch(EVENT.F_CD_FETCH, RULE.fetch, outHi, outLo);
    this.l1cd[0] = memory.lo;
    this.l1cd[1] = memory.hi;
    txn.reads++;
    steps?.read(0, 0, PURPOSE.CD, VERDICT.OK, outHi, outLo, memory.hi, memory.lo, hi, at, index);
    return true;
  }

  #readCd(hi: number, lo: number, index: number, to: Int32Array, at: number): boolean {
    const { memory, txn, steps } = this.core;
    if (!this.#toPa(hi, (lo + index * 64) | 0)) return false;
    const { outHi, outLo } = this.stage2;
    if (!readStructure(memory, outHi, outLo, to, at)) return this.faults.fetch(EVENT.F_CD_FETCH, RULE.fetch, outHi, outLo);
    txn.reads++;
    steps?.struct(PURPOSE.CD, outHi, outLo, to, at);
    return true;
  }

  #badSubstream(rule: number): false {
    return this.faults.configuration(EVENT.C_BAD_SUBSTREAMID, rule);
  }

  #refuse(rule: number): number {
    this.#badSubstream(rule);
    return FAULTED;
  }

  #disabled(rule: number): number {
    this.faults.configuration(EVENT.F_STREAM_DISABLED, rule);
    return FAULTED;
  }
}

/** A linear table is aligned to its size (5.3). */
const tableMask = (max: number): number => -1 << Math.min(max + 6, 31);

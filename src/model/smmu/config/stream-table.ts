import { fromWords } from '../../base/address.ts';
import { accessor, addressHi, addressLo, L1STD } from '../../spec/index.ts';
import { ruleNumber } from '../../spec/rules/registry.ts';
import { PURPOSE, VERDICT } from '../../trace/record.ts';
import type { Core } from '../core.ts';
import { EVENT } from '../fault.ts';
import type { Faults } from '../fault.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { hasBits, reservedBits } from './reserved-bits.ts';
import { exceeds, maskHi, maskLo } from '../walk/geometry.ts';

const RULE = { range: ruleNumber('sid.range'), l1std: ruleNumber('sid.l1std'), fetch: ruleNumber('ste.fetch') };
/** 5.1 L1STD.Span: larger values are reserved. */
export const STREAM_TABLE = { SPAN_MAX: 11 } as const;
const span = accessor(L1STD, 'Span');
const l2PtrLo = addressLo(L1STD, 'L2Ptr');
const l2PtrHi = addressHi(L1STD, 'L2Ptr');

/** Finds and reads the STE of a StreamID, in a linear or two-level stream table (IHI 0070 3.3.1, 5.1, 6.3.24, 7.3.3). */
export class StreamTable {
  private readonly core: Core;
  private readonly faults: Faults;
  private readonly registers: RegisterFile;
  private readonly l1std = new Int32Array(2);
  /** Bits that make an L1STD invalid (the choice structure.reserved-bits); null: none do. */
  private readonly reserved: Int32Array | null;

  constructor(core: Core, faults: Faults, registers: RegisterFile) {
    this.core = core;
    this.reserved = core.choices['structure.reserved-bits'] === 'invalid' ? reservedBits(L1STD, core.features) : null;
    this.faults = faults;
    this.registers = registers;
  }

  /** Reads the STE of the current transaction into `to[at]`. False: C_BAD_STREAMID or F_STE_FETCH is recorded. */
  fetch(to: Int32Array, at: number): boolean {
    const registers = this.registers;
    // Txn holds a signed word; a StreamID of 32 bits is none.
    const sid = this.core.txn.sid >>> 0;
    const bits = registers.strtabEffective;
    if (bits < 32 && sid >>> bits !== 0) return this.#badStream(RULE.range);
    if (!registers.strtabTwoLevel) return this.#read(registers.strtabBaseHi, registers.strtabBaseLo, sid, to, at);
    return this.#twoLevel(sid, to, at);
  }

  #twoLevel(sid: number, to: Int32Array, at: number): boolean {
    const { memory, txn, steps, deviates } = this.core;
    const registers = this.registers;
    const split = registers.strtabSplit;
    const index = sid >>> split;
    const lo = (registers.strtabBaseLo + (index << 3)) | 0;
    const hi = this.#within(registers.strtabBaseHi, lo);
    if (hi < 0 || !memory.load(hi, lo)) return this.faults.fetch(EVENT.F_STE_FETCH, RULE.fetch, hi < 0 ? registers.strtabBaseHi : hi, lo);
    const l1std = this.l1std;
    l1std[0] = memory.lo;
    l1std[1] = memory.hi;
    txn.reads++;
    steps?.read(0, 0, PURPOSE.STE, VERDICT.OK, hi, lo, memory.hi, memory.lo, 0, 0, index);
    if (this.reserved !== null && hasBits(l1std, 0, this.reserved)) return this.#badStream(RULE.l1std);
    const spanValue = span(l1std, 0);
    const within = sid & ((1 << split) - 1);
    // 5.1: Span 0 is an invalid pointer; a span beyond SPLIT + 1 or the table's own 2^(Span-1) STEs is out of range.
    if (spanValue === 0 || spanValue > STREAM_TABLE.SPAN_MAX || spanValue > split + 1 || within >>> (spanValue - (deviates.span ? 0 : 1)) !== 0)
      return this.#badStream(RULE.l1std);
    const mask = maskLo(31, 5 + spanValue);
    return this.#read(l2PtrHi(l1std, 0) | 0, l2PtrLo(l1std, 0) & mask, within, to, at);
  }

  #read(baseHi: number, baseLo: number, index: number, to: Int32Array, at: number): boolean {
    const { memory, txn, steps } = this.core;
    // An index of 32 bits times 64 bytes reaches beyond the low word.
    const sum = (baseLo >>> 0) + index * 64;
    const asked = (baseHi + Math.floor(sum / 2 ** 32)) | 0;
    const lo = (sum % 2 ** 32) | 0;
    const hi = this.#within(asked, lo);
    if (hi < 0) return this.faults.fetch(EVENT.F_STE_FETCH, RULE.fetch, asked, lo);
    if (!readStructure(memory, hi, lo, to, at)) return this.faults.fetch(EVENT.F_STE_FETCH, RULE.fetch, hi, lo);
    txn.reads++;
    steps?.struct(PURPOSE.STE, hi, lo, to, at);
    return true;
  }

  /** The high word of an address within OAS; -1 where one beyond it is a fault (3.4.3). OAS is at least 32 bits. */
  #within(hi: number, lo: number): number {
    const { features, choices, misuse } = this.core;
    if (!exceeds(hi, lo, features.oas)) return hi;
    misuse?.({ id: 'address-beyond-oas', place: 'pa', address: fromWords(hi, lo), write: false });
    return choices['STE.beyond-oas'] === 'truncate' ? hi & ~maskHi(63, features.oas) : -1;
  }

  /** 7.3.3: recorded only with CR2.RECINVSID. */
  #badStream(rule: number): false {
    return this.faults.configuration(EVENT.C_BAD_STREAMID, rule, this.registers.recinvsid || this.core.deviates['bad-streamid-recorded']);
  }
}

/** Copies the 64-byte structure at PA (hi, lo) to `to[at]`; false is an external abort. */
export function readStructure(memory: Core['memory'], hi: number, lo: number, to: Int32Array, at: number): boolean {
  const offset = (lo - memory.windowLo) >>> 0;
  if (hi === memory.windowHi && offset < memory.windowBytes) {
    const from = offset >>> 2;
    const { words } = memory;
    for (let i = 0; i < 16; i++) to[at + i] = words[from + i]!;
    return true;
  }
  for (let i = 0; i < 16; i += 2) {
    if (!memory.load(hi, lo + i * 4)) return false;
    to[at + i] = memory.lo;
    to[at + i + 1] = memory.hi;
  }
  return true;
}

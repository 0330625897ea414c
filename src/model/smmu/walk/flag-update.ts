import { SMMU } from '../../memory/author.ts';
import { ruleNumber } from '../../spec/rules/registry.ts';
import type { Core } from '../core.ts';
import type { Faults } from '../fault.ts';

/** Access flag of a leaf, at both stages. */
export const AF = 1 << 10;
/** AP[2] at stage 1: the leaf is read-only; S2AP[1] at stage 2: it is writable. */
const DIRTY = 1 << 7;
/** Dirty bit modifier, in the high word: hardware may make a read-only leaf writable. */
const DBM = 1 << 19;

const RULE = {
  access: ruleNumber('httu.access-flag'),
  dirty: ruleNumber('httu.dirty'),
  abort: [0, ruleNumber('s1.update-abort'), ruleNumber('s2.update-abort')],
} as const;

/** A leaf of stage 1 or 2 that hardware may make dirty and that is clean: a write is permitted, and must be recorded in it first (3.13). */
export const isClean = (stage: number, hi: number, lo: number): boolean => (hi & DBM) !== 0 && ((lo & DIRTY) !== 0) === (stage === 1);

/** The low word of a clean leaf made dirty: what its permissions are with hardware update (3.13.8: for WXN and PXN too). */
export const madeDirty = (stage: number, lo: number): number => (stage === 1 ? lo & ~DIRTY : lo | DIRTY);

/**
 * Hardware update of the access flag and the dirty state (IHI 0070 3.13): the one place where a translation writes into
 * tables. It never clears AF, never makes a leaf clean and never touches DBM.
 */
export class FlagUpdate {
  private readonly core: Core;
  private readonly faults: Faults;

  constructor(core: Core, faults: Faults) {
    this.core = core;
    this.faults = faults;
  }

  /**
   * Sets the access flag of the leaf at PA (hi, lo), and makes it dirty when `dirty` says so. It changes the word that is
   * in memory now, as an atomic update does, and the whole of it before anything else happens. `purpose` as PURPOSE.
   * False: an external abort, and F_WALK_EABT is recorded.
   */
  write(stage: number, level: number, purpose: number, hi: number, lo: number, dirty: boolean): boolean {
    const { memory, steps, txn } = this.core;
    memory.load(hi, lo);
    const before = memory.lo;
    const high = memory.hi;
    const after = (dirty ? madeDirty(stage, before) : before) | AF;
    const { author } = memory;
    memory.author = SMMU;
    const stored = memory.store32(hi, lo, after);
    memory.author = author;
    if (!stored) return this.faults.walkAbort(stage, level, purpose, RULE.abort[stage]!, hi, lo);
    txn.updates++;
    steps?.update(stage, level, purpose, dirty ? RULE.dirty : RULE.access, hi, lo, high, before, after);
    return true;
  }
}

import { ruleNumber } from '../../spec/rules/registry.ts';
import { CACHE, NO_LEVEL, PURPOSE, SPACE, VERDICT } from '../../trace/record.ts';
import type { Core } from '../core.ts';
import { FLAG, SLOT } from '../config/slot.ts';
import { EVENT } from '../fault.ts';
import type { Faults } from '../fault.ts';
import { WALK } from '../tlb/walk-cache.ts';
import { AF, isClean, madeDirty } from './flag-update.ts';
import type { FlagUpdate } from './flag-update.ts';
import { blockAllowed, entryShift, exceeds, levelShift, maskHi, maskLo, shiftRight } from './geometry.ts';
import { PRIV_READ, S2_WRITE, stage1Permissions, stage1PermissionsEl2, TABLE_AP1, TABLE_HIERARCHY, UNPRIV_READ, WRITE } from './permissions.ts';
import { addressHi, addressLo } from './stage2.ts';
import type { Stage2Walk } from './stage2.ts';

const RULE = {
  input: ruleNumber('s1.input-range'),
  epd: ruleNumber('s1.epd'),
  abort: ruleNumber('s1.walk-abort'),
  invalid: ruleNumber('s1.invalid'),
  reserved: ruleNumber('s1.reserved'),
  tableSize: ruleNumber('s1.table-size'),
  outputSize: ruleNumber('s1.output-size'),
  access: ruleNumber('s1.access-flag'),
  read: ruleNumber('s1.permission-read'),
  write: ruleNumber('s1.permission-write'),
  execute: ruleNumber('s1.permission-execute'),
  pan: ruleNumber('s1.pan'),
};

const VALID = 1;
const TABLE = 2;
const NG = 1 << 11;
/** WALK.ATTRIBUTES: the table address is a PA, stage 2 already applied. */
const IS_PA = 1;

/** The stage 1 translation of an input address (IHI 0070 3.4.1, 5.4, 13.4.1), nested or not. */
export class Stage1Walk {
  /** Result: IPA (nested) or PA. */
  outHi = 0;
  outLo = 0;
  shift = 0;
  level = 0;
  granule = 0;
  /** A writable-clean leaf counts as writable. */
  permissions = 0;
  /** The leaf is writable-clean: hardware makes it dirty before a write. */
  clean = false;
  /** Leaf is not global. */
  nonGlobal = true;
  /** MAIR byte, SH << 8. */
  attributes = 0;
  private readonly core: Core;
  private readonly faults: Faults;
  private readonly stage2: Stage2Walk;
  private upper = false;
  private hierarchy = 0;
  /** The table being read: an IPA when nested and not yet translated, and whether it is a PA. */
  private tableHi = 0;
  private tableLo = 0;
  private isPa = false;
  private fromCache = false;
  private cacheable = false;
  private start = 0;
  private need = 0;
  /** Where the descriptor last read is: its PA, and its IPA when nested. */
  private atHi = 0;
  private atLo = 0;
  private ipaHi = 0;
  private ipaLo = 0;
  private accessDue = false;
  private readonly flags: FlagUpdate;
  private readonly contiguous: boolean;

  constructor(core: Core, faults: Faults, stage2: Stage2Walk, flags: FlagUpdate) {
    this.flags = flags;
    this.contiguous = core.choices['tlb.contiguous'] === 'one-entry';
    this.core = core;
    this.faults = faults;
    this.stage2 = stage2;
  }

  /** Selects the half of the address space and checks its range; a fault is recorded when neither table translates it. */
  select(): boolean {
    const { slots, txn } = this.core;
    const s = txn.slot;
    const flags = slots[s + SLOT.FLAGS]!;
    // 3.4.1: VA[55] selects the table; EL2 has only TTB0 and needs zeros.
    this.upper = (txn.inHi & (1 << 23)) !== 0 && (flags & FLAG.EL2) === 0;
    const disabled = (flags & (this.upper ? FLAG.EPD1 : FLAG.EPD0)) !== 0;
    // QEMU asks its TLB first, by the granule of stage 2.
    if (disabled && this.core.deviates['tlb-lookup'] && (flags & FLAG.S2) !== 0) return true;
    if (disabled) return this.faults.stage1(EVENT.F_TRANSLATION, NO_LEVEL, RULE.epd);
    const maskHi = slots[s + (this.upper ? SLOT.IN1_HI : SLOT.IN0_HI)]!;
    const maskLo = slots[s + (this.upper ? SLOT.IN1_LO : SLOT.IN0_LO)]!;
    const inside = (txn.inHi & maskHi) === (this.upper ? maskHi : 0) && (txn.inLo & maskLo) === (this.upper ? maskLo : 0);
    return inside || this.faults.stage1(EVENT.F_TRANSLATION, NO_LEVEL, RULE.input);
  }

  /** Granule, start level and input bits of the selected half; 0: no walks. */
  get selectedGeometry(): number {
    const { slots, txn } = this.core;
    if ((slots[txn.slot + SLOT.FLAGS]! & (this.upper ? FLAG.EPD1 : FLAG.EPD0)) !== 0) return 0;
    return slots[txn.slot + (this.upper ? SLOT.GEOMETRY1 : SLOT.GEOMETRY0)]!;
  }

  /**
   * Translates the selected input address; `need` is the permission bit of the access. Flags of the leaf that hardware
   * keeps are updated, whatever stage 2 says of the output afterwards. False: the fault is recorded.
   */
  translate(need: number): boolean {
    const { slots, txn } = this.core;
    const flags = slots[txn.slot + SLOT.FLAGS]!;
    this.need = need;
    if ((flags & (this.upper ? FLAG.EPD1 : FLAG.EPD0)) !== 0) return this.faults.stage1(EVENT.F_TRANSLATION, NO_LEVEL, RULE.epd);
    if (!this.#walk(flags, txn.inHi, txn.inLo)) return false;
    if (this.accessDue && (this.permissions & need) === 0) this.#setAccessFlag(flags);
    if (!this.permitted(this.permissions, this.level, need)) return false;
    return this.#update(flags, (need & WRITE) !== 0);
  }

  /** 3.13.2: of a leaf that refuses the access, which is left open, where the descriptor may be written. */
  #setAccessFlag(flags: number): void {
    if (this.core.choices['httu.access-flag-refused'] === 'kept') return;
    if ((flags & FLAG.S2) !== 0 && (this.stage2.permissions & S2_WRITE) === 0) return;
    this.flags.write(1, this.level, PURPOSE.TT, this.atHi, this.atLo, false);
  }

  /** 3.13: AF, and the dirty state before a write. The descriptor is written where stage 2 lets it be written. */
  #update(flags: number, write: boolean): boolean {
    const dirty = write && this.clean;
    if (!this.accessDue && !dirty) return true;
    if ((flags & FLAG.S2) !== 0 && !this.stage2.writeTable(this.ipaHi, this.ipaLo)) return false;
    if (!this.flags.write(1, this.level, PURPOSE.TT, this.atHi, this.atLo, dirty)) return false;
    if (dirty) this.clean = false;
    return true;
  }

  #walk(flags: number, hi: number, lo: number): boolean {
    const { slots, txn, features, deviates } = this.core;
    const s = txn.slot;
    const geometry = slots[s + (this.upper ? SLOT.GEOMETRY1 : SLOT.GEOMETRY0)]!;
    const granule = geometry & 31;
    const nested = (flags & FLAG.S2) !== 0;
    const had = (flags & (this.upper ? FLAG.HAD1 : FLAG.HAD0)) !== 0;
    const outputBits = slots[s + SLOT.S1_OUT]!;
    this.granule = granule;
    this.hierarchy = 0;
    this.isPa = !nested || (flags & FLAG.TTB_PA) !== 0;
    this.tableHi = slots[s + (this.upper ? SLOT.TTB1_HI : SLOT.TTB0_HI)]!;
    this.tableLo = slots[s + (this.upper ? SLOT.TTB1_LO : SLOT.TTB0_LO)]!;
    let level = (geometry >>> 5) & 3;
    this.start = level;
    let indexBits = (geometry >>> 7) - levelShift(granule, level);
    // A walk that starts at level 3 has no table to remember, and another number of index bits there.
    this.cacheable = level < 3;
    this.fromCache = this.cacheable && this.#shortcut(hi, lo, granule);
    if (this.fromCache) {
      level = 3;
      indexBits = granule - 3;
    }
    for (; ; level++) {
      const shift = levelShift(granule, level);
      const index = shiftRight(hi, lo, shift) & ((1 << indexBits) - 1);
      indexBits = granule - 3;
      if (!this.#read(level, index)) return false;
      const dLo = this.core.memory.lo;
      const dHi = this.core.memory.hi;
      if ((dLo & VALID) === 0) return this.faults.stage1(EVENT.F_TRANSLATION, level, RULE.invalid);
      const isTable = (dLo & TABLE) !== 0 && level < 3;
      if (level === 3 ? (dLo & TABLE) === 0 : !isTable && !blockAllowed(granule, level, features.oas, deviates['block-levels'])) {
        return this.faults.stage1(EVENT.F_TRANSLATION, level, RULE.reserved);
      }
      const outHi = addressHi(dHi, dLo, granule, features.oas);
      const outLo = addressLo(dLo, granule);
      if (isTable) {
        if (!deviates['table-size'] && exceeds(outHi, outLo, outputBits))
          return this.faults.stage1(EVENT.F_ADDR_SIZE, level, RULE.tableSize);
        if (deviates['aptable-at-table'] && !had && (dHi & TABLE_AP1) !== 0 && txn.rnw === 0) {
          return this.faults.stage1(EVENT.F_PERMISSION, level, RULE.write);
        }
        if (!had) this.hierarchy |= dHi & (deviates['aptable-at-table'] ? TABLE_HIERARCHY & ~TABLE_AP1 : TABLE_HIERARCHY);
        this.tableHi = outHi;
        this.tableLo = outLo;
        this.isPa = !nested;
        continue;
      }
      return this.#leaf(flags, hi, lo, dHi, dLo, outHi, outLo, shift, level);
    }
  }

  /** Reads descriptor `index` of the current table: through stage 2 when the table is an IPA. */
  #read(level: number, index: number): boolean {
    const { memory, txn, steps, deviates } = this.core;
    const offset = index << 3;
    let hi = this.tableHi;
    let lo = (this.tableLo + offset) | 0;
    const ipaHi = this.isPa ? 0 : hi;
    const ipaLo = this.isPa ? 0 : lo;
    steps?.walk(1, level, PURPOSE.TT, this.isPa ? SPACE.PA : SPACE.IPA, hi, lo);
    if (!this.isPa) {
      const base = deviates['stage1-table-base'];
      this.faults.belowRoot = level > this.start;
      this.faults.tableLo = this.tableLo;
      this.faults.tableHi = this.tableHi;
      if (!this.stage2.translate(hi, base ? this.tableLo : lo, PURPOSE.TT, 0)) return false;
      // 3.13.4: left open where nothing is written to the table.
      if (this.stage2.clean && this.core.choices['httu.stage-2-of-tables'] === 'speculative' && !this.stage2.writeTable(hi, lo)) return false;
      hi = this.stage2.outHi;
      lo = (this.stage2.outLo + (base ? offset : 0)) | 0;
    }
    this.ipaHi = ipaHi;
    this.ipaLo = ipaLo;
    this.atHi = hi;
    this.atLo = lo;
    if (!memory.load(hi, lo)) return this.faults.walkAbort(1, level, PURPOSE.TT, RULE.abort, hi, lo);
    txn.reads++;
    if (level === 3 && this.cacheable && !this.fromCache) this.#cacheTable((lo - offset) | 0, hi);
    steps?.read(1, level, PURPOSE.TT, VERDICT.OK, hi, lo, memory.hi, memory.lo, ipaHi, ipaLo, index);
    return true;
  }

  #leaf(
    flags: number,
    hi: number,
    lo: number,
    dHi: number,
    dLo: number,
    outHi: number,
    outLo: number,
    shift: number,
    level: number,
  ): boolean {
    const { slots, txn, deviates } = this.core;
    const s = txn.slot;
    if (shift >= 32) {
      const mask = (1 << (shift - 32)) - 1;
      this.outHi = (outHi & ~mask) | (hi & mask);
      this.outLo = lo;
    } else {
      const mask = (1 << shift) - 1;
      this.outHi = outHi;
      this.outLo = (outLo & ~mask) | (lo & mask);
    }
    this.shift = entryShift(shift, this.granule, level, dHi, this.contiguous);
    this.level = level;
    const tooLarge = deviates['block-levels'] ? exceeds(outHi & maskHi(51, shift), outLo & maskLo(31, shift), slots[s + SLOT.S1_OUT]!) : exceeds(this.outHi, this.outLo, slots[s + SLOT.S1_OUT]!);
    if (tooLarge && !deviates['check-order']) return this.faults.stage1(EVENT.F_ADDR_SIZE, level, RULE.outputSize);
    // 3.13, 5.4 AFFD: without HTTU an access flag of 0 faults unless AFFD says to take it as 1.
    this.accessDue = (dLo & AF) === 0 && (flags & FLAG.HA) !== 0;
    if ((dLo & AF) === 0 && (flags & (FLAG.HA | FLAG.AFFD)) === 0) return this.faults.stage1(EVENT.F_ACCESS, level, RULE.access);
    const wxn = (flags & FLAG.WXN) !== 0;
    // 3.13.8: a writable-clean leaf is writable, for WXN and PXN too; one that APTable makes read-only is not.
    this.clean = (flags & FLAG.HD) !== 0 && isClean(1, dHi, dLo) && (this.hierarchy & TABLE_AP1) === 0;
    const word = this.clean ? madeDirty(1, dLo) : dLo;
    this.permissions =
      (flags & FLAG.EL2) !== 0
        ? stage1PermissionsEl2(dHi, word, this.hierarchy, wxn)
        : stage1Permissions(dHi, word, this.hierarchy, wxn, (flags & FLAG.PAN) !== 0);
    this.nonGlobal = (dLo & NG) !== 0;
    const index = (dLo >>> 2) & 7;
    const mair = slots[s + (index < 4 ? SLOT.MAIR0 : SLOT.MAIR1)]! >>> ((index & 3) * 8);
    this.attributes = (mair & 0xff) | (((dLo >>> 8) & 3) << 8);
    if (tooLarge)
      return this.permitted(this.permissions, level, this.need) && this.faults.stage1(EVENT.F_ADDR_SIZE, level, RULE.outputSize);
    return true;
  }

  /** Checks stage 1 permissions, of a leaf just read or held by the TLB. False: F_PERMISSION is recorded. */
  permitted(permissions: number, level: number, need: number): boolean {
    if ((permissions & need) !== 0) return true;
    const { slots, txn } = this.core;
    const pan = (slots[txn.slot + SLOT.FLAGS]! & FLAG.PAN) !== 0;
    const panned = pan && txn.pnu === 1 && txn.ind === 0 && (permissions & UNPRIV_READ) !== 0 && (permissions & PRIV_READ) === 0;
    const rule = panned ? RULE.pan : txn.rnw === 0 ? RULE.write : txn.ind === 1 ? RULE.execute : RULE.read;
    return this.faults.stage1(EVENT.F_PERMISSION, level, rule);
  }

  #shortcut(hi: number, lo: number, granule: number): boolean {
    const { s1Walk, contexts, slots, txn, steps } = this.core;
    const at = s1Walk.find(contexts.tags[slots[txn.slot + SLOT.CONTEXT]!]!, granule, hi, lo);
    if (at < 0) return false;
    const attributes = s1Walk.words[at + WALK.ATTRIBUTES]!;
    // Kept by a CD without hardware update, whose ASID this one has: its IPA is needed.
    const wanted = FLAG.S2 | FLAG.HA;
    if ((attributes & IS_PA) !== 0 && (slots[txn.slot + SLOT.FLAGS]! & wanted) === wanted) return false;
    this.hierarchy = attributes & TABLE_HIERARCHY;
    this.isPa = (attributes & IS_PA) !== 0;
    this.tableHi = s1Walk.words[at + WALK.TABLE_HI]!;
    this.tableLo = s1Walk.words[at + WALK.TABLE_LO]!;
    steps?.lookup(
      CACHE.S1_WALK,
      1,
      PURPOSE.NONE,
      VERDICT.HIT,
      SPACE.IOVA,
      hi,
      lo,
      at >>> 3,
      this.tableHi,
      this.tableLo,
      s1Walk.words[at + WALK.ORIGIN]!,
      granule + granule - 3,
    );
    return true;
  }

  /** The level 3 table was read: kept by its PA, or by its IPA when stage 2 maps it in pieces or must permit updates of it. */
  #cacheTable(paLo: number, paHi: number): void {
    const { s1Walk, contexts, slots, txn, steps } = this.core;
    if (s1Walk.entries === 0) return;
    const { granule } = this;
    // With hardware update stage 2 is asked each time whether the descriptor may be written.
    const whole = this.isPa || (this.stage2.shift >= granule && (slots[txn.slot + SLOT.FLAGS]! & FLAG.HA) === 0);
    const tableHi = whole ? paHi : this.tableHi;
    const tableLo = whole ? paLo : this.tableLo;
    const context = slots[txn.slot + SLOT.CONTEXT]!;
    const attributes = this.hierarchy | (whole ? IS_PA : 0);
    const at = s1Walk.fill(context, contexts.tags[context]!, granule, txn.inHi, txn.inLo, tableHi, tableLo, attributes, txn.number);
    steps?.fill(
      CACHE.S1_WALK,
      1,
      PURPOSE.NONE,
      SPACE.IOVA,
      txn.inHi,
      txn.inLo,
      at >>> 3,
      tableHi,
      tableLo,
      txn.number,
      granule + granule - 3,
    );
  }
}

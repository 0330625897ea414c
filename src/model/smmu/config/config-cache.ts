import { accessor, CD, NS_EL1, NS_EL2, STE, streamWorld } from '../../spec/index.ts';
import { deviatesAnywhere } from '../../spec/deviations.ts';
import { ruleNumber } from '../../spec/rules/registry.ts';
import { CACHE, PURPOSE, SPACE, TRANSACTION, VERDICT } from '../../trace/record.ts';
import { EATS, effectiveEats } from '../ats/eats.ts';
import type { Core } from '../core.ts';
import { EVENT } from '../fault.ts';
import type { Faults } from '../fault.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { SCOPE, WORLD } from '../tlb/contexts.ts';
import type { FastWalk } from '../walk/fast-walk.ts';
import type { Stage2Walk } from '../walk/stage2.ts';
import { createAlikeStream } from './alike-stream.ts';
import type { AlikeStream } from './alike-stream.ts';
import { CdTable, FAULTED, NO_CD } from './cd-table.ts';
import { decodeCd, decodeSte, rawBaseHi, rawBaseLo, replaceBase } from './decode.ts';
import { fastKind } from '../walk/fast-walk-slot.ts';
import { Legality } from './legality.ts';
import { override } from './overrides.ts';
import { FLAG, SLOT, SLOT_SHIFT, slotOf, startOf } from './slot.ts';
import { SteCache } from './ste-cache.ts';
import { StreamTable } from './stream-table.ts';
import { Template } from './template.ts';

const NOT_ENABLED = ruleNumber('ats.not-enabled');

const vmid = accessor(STE, 'S2VMID');
const asid = accessor(CD, 'ASID');
const aset = accessor(CD, 'ASET');

/** Each half: what disables it, and where its base is. */
const DISABLED = [FLAG.EPD0, FLAG.EPD1] as const;
/** What QEMU asks of a CD only when TTB0 has been translated. */
const UPPER_RULES = ['cd.t1sz', 'cd.tg1', 'cd.ttb1'];

/** Start levels of TTB0, TTB1 and stage 2, two bits each, for the trace; then whether CDs and STEs have two levels of tables. */
const shapeOf = (slots: Int32Array, s: number, twoLevelCds: boolean, twoLevelStes: boolean): number =>
  startOf(slots[s + SLOT.GEOMETRY0]!) |
  (startOf(slots[s + SLOT.GEOMETRY1]!) << 2) |
  (startOf(slots[s + SLOT.GEOMETRY2]!) << 4) |
  (twoLevelCds ? 1 << 6 : 0) |
  (twoLevelStes ? 1 << 7 : 0);

/**
 * The configuration of a stream: STE and CD, fetched, checked, decoded and cached by (StreamID, SubstreamID)
 * (IHI 0070 3.3, 3.21.3). Steps 2 to 7 of the order of checks.
 */
export class ConfigCache {
  /** Slots of the cache; one more behind them is scratch. */
  readonly entries: number;
  readonly stes: SteCache;
  private readonly core: Core;
  private readonly faults: Faults;
  private readonly registers: RegisterFile;
  private readonly streamTable: StreamTable;
  private readonly cdTable: CdTable;
  private readonly stage2: Stage2Walk;
  private readonly tagged: boolean;
  /** The unrolled walk knows no deviation. */
  private readonly deviates: boolean;
  private stamp = 0;
  private readonly legality: Legality;
  private readonly template = new Template();
  /** The unrolled walk knows neither deviations, nor entries of several leaves, nor updates that nothing asks for. */
  private readonly unrolled: boolean;
  /** Slots are decoded from the template where one fits: not with deviations, nor for a caller that changes what was decoded. */
  private readonly patterned: boolean;
  /** What is not legal is cached too. */
  private readonly keepsInvalid: boolean;
  /** The STE in hand was. */
  private alike = false;

  /** `core.slots` holds entries + 1 slots. `fast` serves whoever takes the decoded slots as they are. */
  constructor(core: Core, entries: number, faults: Faults, registers: RegisterFile, stage2: Stage2Walk, fast: FastWalk | null) {
    this.core = core;
    this.deviates = deviatesAnywhere(core.deviates);
    this.entries = entries;
    this.stes = new SteCache(core.deviates['configuration-whole'] ? 0 : entries);
    this.unrolled = !this.deviates && core.choices['tlb.contiguous'] === 'ignored' && core.choices['httu.stage-2-of-tables'] === 'written';
    this.patterned = fast !== null && !this.deviates;
    this.legality = new Legality(core.features, core.deviates, core.choices);
    this.keepsInvalid = core.choices['config.invalid-cached'] === 'cached';
    this.faults = faults;
    this.registers = registers;
    this.streamTable = new StreamTable(core, faults, registers);
    this.stage2 = stage2;
    this.cdTable = new CdTable(core, faults, stage2, fast);
    this.tagged = core.tlb.entries + core.s1Walk.entries + core.s2Walk.entries > 0;
  }

  /** The short way for streams like the last, where nothing is cached; null: there is none. */
  alikeStream(fast: FastWalk): AlikeStream | null {
    const isOff = this.entries === 0 && !this.tagged;
    return isOff && this.patterned ? createAlikeStream(this.core, this.registers, this.legality, this.template, fast) : null;
  }

  /** Points txn.slot at the decoded configuration of the transaction. False: a fault is recorded. */
  lookup(): boolean {
    const { slots, txn, steps } = this.core;
    const key = txn.ssidKey + 1;
    const s = this.entries === 0 ? 0 : slotOf(txn.sid, key, this.entries);
    txn.slot = s;
    if (this.entries > 0 && slots[s + SLOT.KEY] === key && slots[s + SLOT.SID] === txn.sid) {
      steps?.lookup(
        CACHE.CONFIG,
        0,
        PURPOSE.NONE,
        VERDICT.HIT,
        SPACE.NONE,
        0,
        txn.sid,
        s >>> SLOT_SHIFT,
        this.#shape(s),
        slots[s + SLOT.FLAGS]!,
        slots[s + SLOT.ORIGIN]!,
        0,
      );
      if (txn.type === TRANSACTION.ATS_REQUEST && !this.#admits(s)) return false;
      return (slots[s + SLOT.FLAGS]! & FLAG.BAD_CD) === 0 || this.#badCd(s);
    }
    slots[s + SLOT.KEY] = 0;
    if (this.keepsInvalid) slots[s + SLOT.FLAGS] = 0;
    const good = this.#fill(s);
    if (!good && !(this.keepsInvalid && (slots[s + SLOT.FLAGS]! & FLAG.BAD_CD) !== 0)) return false;
    this.#keep(s, key);
    return good;
  }

  #keep(s: number, key: number): void {
    const { slots, txn, steps } = this.core;
    slots[s + SLOT.SID] = txn.sid;
    slots[s + SLOT.KEY] = this.entries === 0 ? 0 : key;
    slots[s + SLOT.ORIGIN] = txn.number;
    slots[s + SLOT.STAMP] = ++this.stamp;
    const entry = this.entries > 0 ? s >>> SLOT_SHIFT : -1;
    steps?.fill(CACHE.CONFIG, 0, PURPOSE.NONE, SPACE.NONE, 0, txn.sid, entry, this.#shape(s), slots[s + SLOT.FLAGS]!, txn.number, 0);
  }

  /** A CD that is not legal was cached: the fault is that of its fetch. */
  #badCd(s: number): boolean {
    const { slots } = this.core;
    const bad = this.legality.brokenCd(slots, s, this.registers.e2h);
    if (bad !== null) return this.faults.configuration(EVENT.C_BAD_CD, ruleNumber(bad.id));
    // CR2.E2H changed, and with it what is legal: the slot was never decoded.
    slots[s + SLOT.KEY] = 0;
    return this.lookup();
  }

  #shape(s: number): number {
    return shapeOf(this.core.slots, s, this.cdTable.twoLevel(s + SLOT.STE), this.registers.strtabTwoLevel);
  }

  #fill(s: number): boolean {
    const { slots, txn } = this.core;
    if (!this.fetchSte(s)) return false;
    if ((slots[s + SLOT.FLAGS]! & FLAG.ABORT) !== 0) return true;
    if (txn.type === TRANSACTION.ATS_REQUEST && !this.#admits(s)) return false;
    return this.fetchCd(s);
  }

  /** The STE of the transaction into the slot at `s`, checked and decoded. False: a fault is recorded. */
  fetchSte(s: number): boolean {
    if (!this.#ste(s)) return false;
    const { slots, features } = this.core;
    this.alike = this.patterned && this.legality.alikeSte;
    if (this.alike) this.template.putSte(slots, s, slots, s + SLOT.STE);
    else decodeSte(slots, s, features);
    this.#tagStage2(s);
    return true;
  }

  /** The CD through the STE in the slot at `s`, which does not abort; without one, stage 1 is bypassed. False: a fault is recorded. */
  fetchCd(s: number): boolean {
    const { slots, txn, features, deviates } = this.core;
    override(txn, slots[s + SLOT.FLAGS]!);
    const index = this.cdTable.resolve();
    if (index === FAULTED) return false;
    if (index === NO_CD) {
      // What is alike had a CD.
      if (this.alike) decodeSte(slots, s, features);
      slots[s + SLOT.FLAGS] = slots[s + SLOT.FLAGS]! & ~FLAG.S1;
      return true;
    }
    if (!this.cdTable.fetch(index, slots, s + SLOT.CD)) return false;
    // 7.1: a kept STE includes the CR2.E2H of its time.
    const { e2h } = this.registers;
    const bad = this.legality.cd(slots, s, e2h);
    const translates = deviates['ttb-at-configuration'] && (slots[s + SLOT.FLAGS]! & FLAG.S2) !== 0;
    if (bad !== null) {
      if (translates && UPPER_RULES.includes(bad.id)) {
        decodeCd(slots, s, features, deviates, false);
        if (!this.#translateBase(s, 0)) return false;
      }
      if (this.keepsInvalid) slots[s + SLOT.FLAGS] = slots[s + SLOT.FLAGS]! | FLAG.BAD_CD;
      return this.faults.configuration(EVENT.C_BAD_CD, ruleNumber(bad.id));
    }
    if (this.alike && this.legality.alikeCd) {
      this.template.putCd(slots, s, slots, s + SLOT.CD);
      this.#tagStage1(s, e2h);
      return true;
    }
    if (this.alike) decodeSte(slots, s, features);
    const steFlags = slots[s + SLOT.FLAGS]!;
    decodeCd(slots, s, features, deviates, streamWorld(slots, s + SLOT.STE, features, e2h) === NS_EL2);
    this.#tagStage1(s, e2h);
    if (translates && !(this.#translateBase(s, 0) && this.#translateBase(s, 1))) return false;
    slots[s + SLOT.FAST] = this.unrolled ? fastKind(slots, s) : 0;
    if (this.patterned && this.legality.keptCd) this.template.keep(slots, s, steFlags);
    return true;
  }

  /** As QEMU does: the base of a half becomes a PA, and stays. */
  #translateBase(s: number, half: 0 | 1): boolean {
    const { slots } = this.core;
    if ((slots[s + SLOT.FLAGS]! & DISABLED[half]) !== 0) return true;
    const lo = rawBaseLo(slots, s, half);
    const hi = rawBaseHi(slots, s, half);
    this.faults.belowRoot = false;
    this.faults.tableLo = lo;
    this.faults.tableHi = hi;
    if (!this.stage2.translate(hi, lo, PURPOSE.TT, 0)) return false;
    replaceBase(slots, s, half, this.stage2.outLo, this.stage2.outHi);
    slots[s + SLOT.FLAGS] = slots[s + SLOT.FLAGS]! | FLAG.TTB_PA;
    return true;
  }

  /** Points txn.slot at the decoded STE of the stream, stage 2 of it, in the slot that is nobody's. False: a fault is recorded. */
  lookupSte(): boolean {
    const { slots, txn, features } = this.core;
    const s = this.entries << SLOT_SHIFT;
    txn.slot = s;
    slots[s + SLOT.KEY] = 0;
    if (!this.#ste(s)) return false;
    decodeSte(slots, s, features);
    this.#tagStage2(s);
    slots[s + SLOT.FLAGS] = slots[s + SLOT.FLAGS]! & ~FLAG.S1;
    return true;
  }

  /** 3.9.1.2: a stream that may not use ATS is told so before anything of its substreams. */
  #admits(s: number): boolean {
    const { slots, features } = this.core;
    if ((slots[s + SLOT.FLAGS]! & FLAG.ABORT) !== 0) return true;
    const eats = effectiveEats(slots, s + SLOT.STE, features, this.registers.atschk);
    return eats !== EATS.OFF || this.faults.badRequest(NOT_ENABLED);
  }

  /** The STE into the slot, from its cache or from memory; unless config.invalid-cached says otherwise only a legal one is cached. */
  #ste(s: number): boolean {
    const { slots, txn, steps } = this.core;
    const sid = this.stes.spans && this.core.choices['STE.CONT-span'] === 'span' ? this.stes.holderOf(txn.sid) : txn.sid;
    const origin = this.stes.read(sid, slots, s + SLOT.STE);
    if (origin >= 0) {
      this.legality.skipSte();
      steps?.lookup(CACHE.STE, 0, PURPOSE.STE, VERDICT.HIT, SPACE.NONE, 0, txn.sid, sid === txn.sid ? 0 : (sid >>> 0) + 1, 0, 0, origin, 0);
      return !this.keepsInvalid || this.#legalSte(s);
    }
    if (!this.streamTable.fetch(slots, s + SLOT.STE)) return false;
    if (!this.keepsInvalid && !this.#legalSte(s)) return false;
    this.stes.fill(txn.sid, slots, s + SLOT.STE, txn.number);
    return !this.keepsInvalid || this.#legalSte(s);
  }

  #legalSte(s: number): boolean {
    const { slots, txn } = this.core;
    const bad = this.legality.ste(slots, s);
    if (bad?.id === 'ste.s1contextptr.ias') this.core.misuse?.({ id: 'pointer-beyond-ias', place: 'stream', address: BigInt(txn.sid >>> 0), write: false });
    return bad === null || this.faults.configuration(EVENT.C_BAD_STE, ruleNumber(bad.id));
  }

  #tagStage2(s: number): void {
    const { slots, contexts } = this.core;
    slots[s + SLOT.CONTEXT] = 0;
    slots[s + SLOT.CONTEXT_GLOBAL] = 0;
    slots[s + SLOT.CONTEXT_S2] = 0;
    if (!this.tagged || (slots[s + SLOT.FLAGS]! & FLAG.S2) === 0) return;
    const context = contexts.of(WORLD.NS_EL1, SCOPE.STAGE2, vmid(slots, s + SLOT.STE), 0);
    slots[s + SLOT.CONTEXT_S2] = context;
    // A stream without stage 1 looks its input address, an IPA, up under the VMID alone.
    slots[s + SLOT.CONTEXT] = context;
  }

  /** 3.17: NS-EL1 entries carry the VMID even when stage 2 is off; EL2 has no VMID, and without E2H no ASID. */
  #tagStage1(s: number, e2h: boolean): void {
    const { slots, contexts, features } = this.core;
    if (!this.tagged) return;
    const world = streamWorld(slots, s + SLOT.STE, features, e2h);
    const vm = world !== NS_EL1 || !features.s2p ? 0 : vmid(slots, s + SLOT.STE);
    slots[s + SLOT.CONTEXT] = contexts.of(world, SCOPE.ASID, vm, world === NS_EL2 ? 0 : asid(slots, s + SLOT.CD));
    slots[s + SLOT.CONTEXT_GLOBAL] = contexts.of(world, SCOPE.GLOBAL, vm, aset(slots, s + SLOT.CD));
  }

  /** Empties the slots that `matches` by (StreamID, key); gives how many. */
  remove(matches: (sid: number, key: number) => boolean): number {
    const { slots } = this.core;
    let removed = 0;
    for (let s = 0; s < this.entries << SLOT_SHIFT; s += 1 << SLOT_SHIFT) {
      const key = slots[s + SLOT.KEY]!;
      if (key === 0 || !matches(slots[s + SLOT.SID]!, key)) continue;
      slots[s + SLOT.KEY] = 0;
      removed++;
    }
    return removed;
  }

  clear(): void {
    this.core.slots.fill(0);
    this.stes.clear();
  }
}

import { accessor, STE } from '../../spec/index.ts';
import { ruleNumber } from '../../spec/rules/registry.ts';
import { PURPOSE } from '../../trace/record.ts';
import { ConfigCache } from '../config/config-cache.ts';
import { FLAG, SLOT, SLOT_WORDS } from '../config/slot.ts';
import type { Core } from '../core.ts';
import type { AtosRequest } from './atos-request.ts';
import { EVENT, Faults } from '../fault.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { Contexts } from '../tlb/contexts.ts';
import { Tlb } from '../tlb/tlb.ts';
import { WalkCache } from '../tlb/walk-cache.ts';
import { Txn } from '../txn.ts';
import { finalAttributes, INCOMING, mairOf } from '../walk/attributes.ts';
import { FlagUpdate } from '../walk/flag-update.ts';
import { Found } from '../walk/found.ts';
import { exceeds } from '../walk/geometry.ts';
import { required } from '../walk/permissions.ts';
import { Stage1Walk } from '../walk/stage1.ts';
import { Stage2Walk } from '../walk/stage2.ts';

/** GATOS_ADDR.TYPE. */
export const TYPE = { STAGE_1: 1, STAGE_2: 2, BOTH: 3 } as const;

/** FAULTCODE beside event numbers, and REASON (IHI 0070 6.3.40). */
const INV_STAGE = 0xfe;
const INV_REQ = 0xff;
const REASON_NONE = 0;
const REASON_IN = 3;

const IAS_RULE = ruleNumber('s1bypass.ias');
const s2vmid = accessor(STE, 'S2VMID');
const strw = accessor(STE, 'STRW');

/** Nothing that an operation finds is written into tables: it answers as if the flags had been updated. */
class NoUpdate extends FlagUpdate {
  override write(): boolean {
    return true;
  }
}

/**
 * Address translation operations (IHI 0070 chapter 9). They go the way of a transaction, with caches of their own that are
 * empty and a queue that is none: no event, no stall, no cache fill, no flag update. Overrides of the STE do not count.
 */
export class Atos {
  /** PAR of the last operation. */
  parHi = 0;
  parLo = 0;
  private readonly core: Core;
  private readonly faults: Faults;
  private readonly config: ConfigCache;
  private readonly stage1: Stage1Walk;
  private readonly stage2: Stage2Walk;

  constructor(smmu: Core, registers: RegisterFile) {
    const core: Core = {
      ...smmu,
      misuse: null,
      // 9.1: PnU, InD and RnW are the operation's own.
      features: { ...smmu.features, attrPermsOvr: false },
      contexts: new Contexts(() => undefined),
      tlb: new Tlb(0),
      s1Walk: new WalkCache(0),
      s2Walk: new WalkCache(0),
      slots: new Int32Array(SLOT_WORDS),
      txn: new Txn(),
      found: new Found(),
      steps: null,
    };
    this.core = core;
    this.faults = new Faults(core, null, registers, null);
    const flags = new NoUpdate(core, this.faults);
    this.stage2 = new Stage2Walk(core, this.faults, flags);
    this.config = new ConfigCache(core, 0, this.faults, registers, this.stage2, null);
    this.stage1 = new Stage1Walk(core, this.faults, this.stage2, flags);
  }

  /** Does the operation; the result is in parHi and parLo. The order is that of section 4, INV_REQ first. */
  run(request: AtosRequest): void {
    const { type, ssidKey, vmid } = request;
    const { txn } = this.core;
    const arrived = request.rnw | (request.rnw & request.ind) << 1 | request.pnu << 2;
    txn.start(0, request.sid, ssidKey, arrived, request.hi, request.lo, 0);
    if (type === 0 || (type === TYPE.STAGE_2 && ssidKey > 0) || (vmid !== null && type !== TYPE.STAGE_1)) return this.#fault(INV_REQ, REASON_NONE);
    if (this.#translate(request)) return;
    this.#report(type);
  }

  /** True: the PAR is complete; false: a fault is in txn and the record. */
  #translate({ type, vmid, httui }: AtosRequest): boolean {
    const { slots } = this.core;
    if (!this.config.fetchSte(0)) return false;
    // 11.12: the STE belongs to another VM.
    if (vmid !== null && !this.#isOf(vmid)) return this.#done(EVENT.C_BAD_STE, REASON_NONE);
    if (!this.#has(type)) return this.#done(INV_STAGE, REASON_NONE);
    const allowed = httui ? ~(FLAG.HA | FLAG.HD | FLAG.S2HA | FLAG.S2HD) : -1;
    slots[SLOT.FLAGS]! &= allowed;
    if (type !== TYPE.STAGE_2) {
      if (!this.config.fetchCd(0)) return false;
      slots[SLOT.FLAGS]! &= allowed;
      // 5.2 S1DSS: stage 1 may be bypassed for this operation.
      if (!this.#has(type)) return this.#done(INV_STAGE, REASON_NONE);
    }
    return type === TYPE.STAGE_2 ? this.#stage2Only() : this.#withStage1(type);
  }

  #stage2Only(): boolean {
    const { txn, features } = this.core;
    if (exceeds(txn.inHi, txn.inLo, features.ias)) return this.faults.bypassSize(IAS_RULE);
    if (!this.stage2.translate(txn.inHi, txn.inLo, PURPOSE.IN, this.#need())) return false;
    this.#succeed(this.stage2.outHi, this.stage2.outLo, this.stage2.shift, this.stage2.attributes << 16, false, true);
    return true;
  }

  #withStage1(type: number): boolean {
    const stage1 = this.stage1;
    const need = this.#need();
    if (!stage1.select() || !stage1.translate(need)) return false;
    const { outHi, outLo, shift, attributes } = stage1;
    if (type === TYPE.STAGE_1) {
      this.#succeed(outHi, outLo, shift, attributes, true, false);
      return true;
    }
    if (!this.stage2.translate(outHi, outLo, PURPOSE.IN, need)) return false;
    const smaller = Math.min(shift, this.stage2.shift);
    this.#succeed(this.stage2.outHi, this.stage2.outLo, smaller, attributes | (this.stage2.attributes << 16), true, true);
    return true;
  }

  #need(): number {
    const { txn } = this.core;
    return required(txn.rnw, txn.ind, txn.pnu);
  }

  /** The stream has the stages that TYPE asks for. */
  #has(type: number): boolean {
    const flags = this.core.slots[SLOT.FLAGS]!;
    const stages = ((flags & FLAG.S1) !== 0 ? TYPE.STAGE_1 : 0) | ((flags & FLAG.S2) !== 0 ? TYPE.STAGE_2 : 0);
    return (stages & type) === type;
  }

  /** EL2 streams have no VMID, those without a stage neither. */
  #isOf(vmid: number): boolean {
    const { slots } = this.core;
    const flags = slots[SLOT.FLAGS]!;
    if ((flags & (FLAG.ABORT | FLAG.BYPASS)) !== 0) return true;
    const el1 = (flags & FLAG.S2) !== 0 || strw(slots, SLOT.STE) === 0;
    return el1 && s2vmid(slots, SLOT.STE) === vmid;
  }

  #succeed(hi: number, lo: number, shift: number, packed: number, s1: boolean, s2: boolean): void {
    const fwb = (this.core.slots[SLOT.FLAGS]! & FLAG.S2FWB) !== 0;
    const attributes = finalAttributes(packed, s1, s2, fwb, INCOMING);
    // 6.3.40 Size: the lowest set bit of ADDR, N, says 2^(N + 1) bytes.
    const sized = shift > 12;
    let high = hi & 0xf_ffff;
    let low = lo & ~0xfff;
    if (sized && shift <= 32) low = (shift === 32 ? 0 : low & (-1 << shift)) | (1 << (shift - 1));
    if (sized && shift > 32) {
      low = 0;
      high = (high & (-1 << (shift - 32))) | (1 << (shift - 33));
    }
    this.parLo = low | (sized ? 1 << 11 : 0) | (attributes.shareability << 8);
    this.parHi = high | (mairOf(attributes) << 24);
  }

  /** A fault of the walk as FAULTCODE, REASON and FADDR (9.1.4). */
  #report(type: number): void {
    const { txn } = this.core;
    const { record } = this.faults;
    const isStage2 = txn.faultStage === 2;
    if (!isStage2) return this.#fault(txn.event, REASON_NONE);
    const cause = (record[3]! >>> 8) & 3;
    // What stage 2 says of CD and tables is the business of who owns stage 2: stage 1 alone sees a fetch that failed.
    if (type === TYPE.STAGE_1) return this.#fault(cause === 0 ? EVENT.F_CD_FETCH : EVENT.F_WALK_EABT, REASON_NONE);
    if (type === TYPE.STAGE_2) return this.#fault(txn.event, REASON_IN);
    const hasIpa = txn.event !== EVENT.F_WALK_EABT;
    this.#fault(txn.event, cause + 1, hasIpa ? record[7]! : 0, hasIpa ? record[6]! : 0);
  }

  #done(code: number, reason: number): true {
    this.#fault(code, reason);
    return true;
  }

  #fault(code: number, reason: number, ipaHi = 0, ipaLo = 0): void {
    this.parLo = 1 | (reason << 1) | (code << 4) | (ipaLo & ~0xfff);
    this.parHi = ipaHi & 0xf_ffff;
  }
}

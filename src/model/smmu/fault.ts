import { EVENTS } from '../spec/events.ts';
import { accessor, CD, STE } from '../spec/index.ts';
import { NO_LEVEL, PURPOSE, REQUEST, RESPONSE, SPACE, STATUS, TRANSACTION } from '../trace/record.ts';
import { isTranslationRelated, recordsFault } from './ats/recording.ts';
import { FLAG, SLOT } from './config/slot.ts';
import type { Core } from './core.ts';
import type { RegisterFile } from './registers/register-file.ts';

const number = (name: string): number => EVENTS.byName.get(name)!.number;

/** Event numbers (IHI 0070 7.3). */
export const EVENT = {
  C_BAD_STREAMID: number('C_BAD_STREAMID'),
  F_STE_FETCH: number('F_STE_FETCH'),
  C_BAD_STE: number('C_BAD_STE'),
  F_BAD_ATS_TREQ: number('F_BAD_ATS_TREQ'),
  F_STREAM_DISABLED: number('F_STREAM_DISABLED'),
  F_TRANSL_FORBIDDEN: number('F_TRANSL_FORBIDDEN'),
  C_BAD_SUBSTREAMID: number('C_BAD_SUBSTREAMID'),
  F_CD_FETCH: number('F_CD_FETCH'),
  C_BAD_CD: number('C_BAD_CD'),
  F_WALK_EABT: number('F_WALK_EABT'),
  F_TRANSLATION: number('F_TRANSLATION'),
  F_ADDR_SIZE: number('F_ADDR_SIZE'),
  F_ACCESS: number('F_ACCESS'),
  F_PERMISSION: number('F_PERMISSION'),
  F_TLB_CONFLICT: number('F_TLB_CONFLICT'),
} as const;

/** Faults are rare: what stalls is read from the structures as they were fetched. */
const stallsAt1 = accessor(CD, 'S');
const stallsAt2 = accessor(STE, 'S2S');

const mergesEvents = accessor(STE, 'MEV');
const MERGED_ALWAYS: readonly number[] = [EVENT.C_BAD_STREAMID, EVENT.F_STE_FETCH, EVENT.C_BAD_STE];

/** CLASS of an event record, at bits [41:40]. */
const CLASS_SHIFT = 8;
const S2_BIT = 1 << 7;
const SSV_BIT = 1 << 11;

/** Where event records go. */
export interface EventSink {
  record(words: Int32Array, mergeable: boolean): unknown;
}

/** Where transactions wait. */
export interface StallSink {
  hold(record: Int32Array, made: ((record: Int32Array) => void) | null): boolean;
}

/**
 * Ends a transaction with a fault, or stalls it: decides from CD.{A,R,S} and STE.{S2R,S2S} whether an event is recorded
 * and what the device sees (IHI 0070 5.5, 3.12), and builds the record (7.3) word by word.
 */
export class Faults {
  /** The record last built. */
  readonly record = new Int32Array(8);
  /** Called with `record` for each record that was made, before it goes to the queue. */
  onRecord: ((record: Int32Array) => void) | null = null;
  /** The stage 1 table whose descriptor is being read is below the root, and its address: what QEMU's records depend on. */
  belowRoot = false;
  tableLo = 0;
  tableHi = 0;
  private readonly core: Core;
  private readonly queue: EventSink | null;
  private readonly registers: RegisterFile;
  private readonly stalls: StallSink | null;

  /** Without queue and stalls nothing is recorded and nothing waits: an address translation operation (9.1). */
  constructor(core: Core, queue: EventSink | null, registers: RegisterFile, stalls: StallSink | null) {
    this.core = core;
    this.queue = queue;
    this.registers = registers;
    this.stalls = stalls;
  }

  /** C_BAD_STREAMID, C_BAD_STE, C_BAD_CD, C_BAD_SUBSTREAMID, F_STREAM_DISABLED: no address. Always an abort. */
  configuration(event: number, rule: number, recorded = true): false {
    const { txn } = this.core;
    this.#open(event, rule, 0);
    // 7.3.7, 7.3.9: no SSV in these two; C_BAD_SUBSTREAMID always holds the SubstreamID.
    if (event === EVENT.F_STREAM_DISABLED) this.record[0] = event;
    if (event === EVENT.C_BAD_SUBSTREAMID) this.record[0] = event | (txn.ssidKey > 0 ? (txn.ssidKey - 1) << 12 : 0);
    return this.#close(recorded, RESPONSE.ABORT, 0, 0, 0, 0);
  }

  /** F_STE_FETCH, F_CD_FETCH: an external abort on a structure at PA (hi, lo). */
  fetch(event: number, rule: number, hi: number, lo: number): false {
    this.#open(event, rule, 0);
    if (event === EVENT.F_CD_FETCH && this.core.deviates['cd-fetch-address']) {
      this.record[4] = lo;
      this.record[5] = hi;
    } else this.#putFetchAddress(hi, lo);
    return this.#close(true, RESPONSE.ABORT, 0, 0, hi, lo);
  }

  /** F_WALK_EABT: an external abort on the descriptor at PA (hi, lo). `purpose` as PURPOSE (CD, TT, IN). */
  walkAbort(stage: number, level: number, purpose: number, rule: number, hi: number, lo: number): false {
    const asStage1 = stage === 2 && this.#asStage1(purpose);
    this.#open(EVENT.F_WALK_EABT, rule, stage);
    // 7.3.12: at stage 1 the class is TT, although S2 is 0.
    this.#putClient(stage === 2 ? (asStage1 ? 0 : S2_BIT) | ((purpose - 2) << CLASS_SHIFT) : 1 << CLASS_SHIFT, stage === 2 ? purpose : PURPOSE.IN);
    if (asStage1) this.#putFetchAddress(this.tableHi, this.tableLo);
    else this.#putFetchAddress(hi, lo);
    return this.#close(true, RESPONSE.ABORT, level, purpose, hi, lo);
  }

  /** F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION at stage 1: CD.S, or else CD.A and CD.R decide. */
  stage1(event: number, level: number, rule: number): false {
    const { slots, txn } = this.core;
    const flags = slots[txn.slot + SLOT.FLAGS]!;
    this.#open(event, rule, 1);
    this.#putClient(2 << CLASS_SHIFT);
    if (this.stalls !== null && txn.type === TRANSACTION.UNTRANSLATED && stallsAt1(slots, txn.slot + SLOT.CD) === 1) return this.#stall(this.stalls, level, PURPOSE.IN, 0, 0);
    // 5.5: TERM_MODEL = 1 has no RAZ/WI, and such an SMMU refuses CD.A = 0.
    const response = (flags & FLAG.CD_A) === 0 && !this.core.features.termModel ? RESPONSE.RAZ_WI : RESPONSE.ABORT;
    return this.#close((flags & FLAG.CD_R) !== 0, response, level, PURPOSE.IN, 0, 0);
  }

  /** F_ADDR_SIZE of an input that no stage translates at stage 1 (3.4): always recorded, always an abort. */
  bypassSize(rule: number, recorded = true): false {
    this.#open(EVENT.F_ADDR_SIZE, rule, 1);
    this.#putClient(2 << CLASS_SHIFT);
    return this.#close(recorded, RESPONSE.ABORT, NO_LEVEL, PURPOSE.IN, 0, 0);
  }

  /**
   * The same four at stage 2, for the IPA (hi, lo); `purpose` is CD, TT or IN. STE.S2S, or else STE.S2R decides. Never
   * RAZ/WI. `tableRnw`: 0 where hardware would write a stage 1 descriptor there (3.13).
   */
  stage2(event: number, level: number, purpose: number, rule: number, hi: number, lo: number, mayRecord = true, tableRnw = 1): false {
    const { deviates, slots, txn } = this.core;
    const flags = slots[txn.slot + SLOT.FLAGS]!;
    const asStage1 = this.#asStage1(purpose);
    this.#open(event, rule, 2);
    this.#putClient((asStage1 ? 0 : S2_BIT) | ((purpose - 2) << CLASS_SHIFT), purpose);
    // 7.3.16: TTRnW is valid for class TT, and says what was done to the table; RnW stays the client's.
    if (event === EVENT.F_PERMISSION && purpose === PURPOSE.TT && !deviates['event-access'])
      this.record[3] = this.record[3]! | (tableRnw << 12);
    const ipaLo = asStage1 ? this.tableLo : lo;
    this.record[6] = deviates['event-ipa'] ? ipaLo : ipaLo & 0xffff_f000;
    this.record[7] = hi & 0xf_ffff;
    // 3.9.1, 4.2: ATS and prefetches never stall.
    if (this.stalls !== null && txn.type === TRANSACTION.UNTRANSLATED && stallsAt2(slots, txn.slot + SLOT.STE) === 1) return this.#stall(this.stalls, level, purpose, hi, lo);
    return this.#close(mayRecord && (flags & (asStage1 ? FLAG.CD_R : FLAG.S2R)) !== 0, RESPONSE.ABORT, level, purpose, hi, lo);
  }

  /** QEMU records a stage 2 fault on a stage 1 table below the root as one of stage 1. */
  #asStage1(purpose: number): boolean {
    return this.core.deviates['stage1-table-event'] && purpose === PURPOSE.TT && this.belowRoot;
  }

  /** As QEMU does with an IPA beyond IAS: F_ADDR_SIZE of stage 1, which only CD.R lets it record. */
  ipaSize(purpose: number, rule: number): false {
    const { slots, txn, deviates } = this.core;
    this.#open(EVENT.F_ADDR_SIZE, rule, 1);
    this.#putClient((purpose - 2) << CLASS_SHIFT, purpose);
    this.record[6] = deviates['event-ipa'] ? this.tableLo : this.tableLo & 0xffff_f000;
    this.record[7] = this.tableHi & 0xf_ffff;
    const recorded = purpose === PURPOSE.TT && (slots[txn.slot + SLOT.FLAGS]! & FLAG.CD_R) !== 0;
    return this.#close(recorded, RESPONSE.ABORT, NO_LEVEL, purpose, this.tableHi, this.tableLo);
  }

  /** F_BAD_ATS_TREQ (7.3.6): the translation request of a stream that may make none; its fields before STE overrides. */
  badRequest(rule: number): false {
    const { txn } = this.core;
    this.#open(EVENT.F_BAD_ATS_TREQ, rule, 0);
    const { NW, EXE, PRIV } = REQUEST;
    const P = (txn.request & PRIV) !== 0 ? 1 << 28 : 0;
    const X = (txn.request & EXE) !== 0 ? 1 << 29 : 0;
    const W = (txn.request & NW) !== 0 ? 0 : 1 << 30;
    this.record[2] = (txn.span & 15) | P | X | W | (1 << 31);
    this.record[4] = txn.inLo & ~0xfff;
    this.record[5] = txn.inHi;
    return this.#close(true, RESPONSE.ABORT, NO_LEVEL, PURPOSE.NONE, 0, 0);
  }

  /** F_TRANSL_FORBIDDEN (7.3.8): the Translated transaction of a stream that may make none. */
  forbidden(rule: number): false {
    const { txn } = this.core;
    this.#open(EVENT.F_TRANSL_FORBIDDEN, rule, 0);
    this.record[0] = EVENT.F_TRANSL_FORBIDDEN;
    this.record[3] = txn.rnw << 3;
    this.record[4] = txn.inLo;
    this.record[5] = txn.inHi;
    return this.#close(true, RESPONSE.ABORT, NO_LEVEL, PURPOSE.NONE, 0, 0);
  }

  /** F_TLB_CONFLICT (7.3.17): two entries translate the address. */
  conflict(rule: number): false {
    this.#open(EVENT.F_TLB_CONFLICT, rule, 1);
    this.#putClient(0);
    return this.#close(true, RESPONSE.ABORT, NO_LEVEL, PURPOSE.IN, 0, 0);
  }

  /** 3.5.5: always before there is an STE to ask, then as STE.MEV says. */
  #isMergeable(): boolean {
    const { choices, slots, txn } = this.core;
    if (choices['event.merging'] === 'never') return false;
    return MERGED_ALWAYS.includes(txn.event) || (txn.slot >= 0 && mergesEvents(slots, txn.slot + SLOT.STE) === 1);
  }

  #open(event: number, rule: number, stage: number): void {
    const { txn } = this.core;
    this.record.fill(0);
    this.record[0] = event | (txn.ssidKey > 0 ? SSV_BIT | ((txn.ssidKey - 1) << 12) : 0);
    this.record[1] = txn.sid;
    txn.event = event;
    txn.rule = rule;
    txn.faultStage = stage;
    txn.status = STATUS.FAULT;
  }

  #putClient(where: number, purpose: number = PURPOSE.IN): void {
    const { txn, deviates } = this.core;
    // D1 [33] PnU, [34] InD, [35] RnW.
    this.record[3] = (txn.pnu << 1) | (txn.ind << 2) | (txn.rnw << 3) | where;
    if (deviates['event-access'])
      this.record[3] = ((purpose === PURPOSE.CD || (purpose === PURPOSE.TT && !this.belowRoot) ? 1 : txn.rnw) << 3) | where;
    this.record[4] = txn.inLo;
    this.record[5] = txn.inHi;
  }

  #putFetchAddress(hi: number, lo: number): void {
    this.record[6] = lo & ~7;
    this.record[7] = hi & 0xf_ffff;
  }

  /** 7.3.13: the IPA of a fault of stage 1. */
  #fillUnknown(): void {
    if (!isTranslationRelated(this.core.txn.event) || (this.record[3]! & S2_BIT) !== 0 || this.core.choices['event.unknown-fields'] === 'zeroes') return;
    this.record[6] = ~0xfff;
    this.record[7] = 0xf_ffff;
  }

  /** 3.12.2: no response until software decides. The event tells of it, R or S2R or not. */
  #stall(stalls: StallSink, level: number, purpose: number, hi: number, lo: number): false {
    const { txn, steps } = this.core;
    this.#fillUnknown();
    txn.status = STATUS.STALLED;
    txn.response = RESPONSE.NONE;
    steps?.fault(txn.faultStage, level, purpose, txn.rule, SPACE.IOVA, txn.inHi, txn.inLo, txn.event, 1, hi, lo);
    txn.recorded = stalls.hold(this.record, this.onRecord) ? 1 : 0;
    return false;
  }

  #close(wanted: boolean, response: number, level: number, purpose: number, hi: number, lo: number): false {
    const { txn, steps } = this.core;
    const recorded = txn.type === TRANSACTION.UNTRANSLATED ? wanted : recordsFault(txn.type, txn.event, wanted, this.registers);
    txn.response = response;
    txn.recorded = recorded ? 1 : 0;
    this.#fillUnknown();
    steps?.fault(txn.faultStage, level, purpose, txn.rule, SPACE.IOVA, txn.inHi, txn.inLo, txn.event, txn.recorded, hi, lo);
    if (recorded && this.queue !== null) {
      this.onRecord?.(this.record);
      this.queue.record(this.record, this.#isMergeable());
    }
    return false;
  }
}

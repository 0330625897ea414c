import { ruleNumber } from '../../spec/rules/registry.ts';
import { COMPLETION, PURPOSE, RESPONSE, SPACE, STATUS } from '../../trace/record.ts';
import type { ConfigCache } from '../config/config-cache.ts';
import { override } from '../config/overrides.ts';
import { FLAG, SLOT } from '../config/slot.ts';
import type { Core } from '../core.ts';
import { EVENT } from '../fault.ts';
import type { Faults } from '../fault.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import type { Translation } from '../translation.ts';
import { exceeds, maskHi } from '../walk/geometry.ts';
import { ALL, expandStage2, required, WRITE } from '../walk/permissions.ts';
import type { Stage2Walk } from '../walk/stage2.ts';
import { EATS, effectiveEats } from './eats.ts';
import { isTranslationRelated } from './recording.ts';
import { grantOf } from './request-permissions.ts';

const RULE = {
  unsupported: ruleNumber('ats.unsupported'),
  disabled: ruleNumber('ats.disabled'),
  forbidden: ruleNumber('translated.forbidden'),
  forbiddenDisabled: ruleNumber('translated.disabled'),
  unchecked: ruleNumber('translated.unchecked'),
  oas: ruleNumber('translated.oas'),
  abort: ruleNumber('ste.abort'),
  full: ruleNumber('translated.full'),
  ias: ruleNumber('s1bypass.ias'),
  ok: ruleNumber('ok.translated'),
};

/** ATS (IHI 0070 3.9.1): translation requests and Translated transactions. Results are left in `core.txn` and here. */
export class AtsUnit {
  /** As COMPLETION; what it grants (GRANT bits), and of which address: as SPACE, a PA or with split-stage ATS an IPA. */
  completion = 0;
  grant = 0;
  space = 0;
  addressHi = 0;
  addressLo = 0;
  /** log2 of the bytes that the completion is about. */
  shift = 0;
  private readonly core: Core;
  private readonly translation: Translation;
  private readonly config: ConfigCache;
  private readonly faults: Faults;
  private readonly registers: RegisterFile;
  private readonly stage2: Stage2Walk;
  /** log2 of the smallest translation unit: the smallest granule (3.9.1.2). */
  private readonly unit: number;

  constructor(core: Core, translation: Translation, faults: Faults, registers: RegisterFile, stage2: Stage2Walk) {
    this.core = core;
    this.translation = translation;
    this.config = translation.config;
    this.faults = faults;
    this.registers = registers;
    this.stage2 = stage2;
    this.unit = core.features.gran4k ? 12 : core.features.gran16k ? 14 : 16;
  }

  /** The translation request in `core.txn` (3.9.1.2, in the order of its table). */
  request(): void {
    const { txn, features } = this.core;
    txn.slot = -1;
    if (!features.ats) this.#abort(RULE.unsupported);
    else if (!this.registers.smmuEnabled) this.faults.badRequest(RULE.disabled);
    else this.translation.run();
    this.#complete();
  }

  #complete(): void {
    const { txn, slots, found } = this.core;
    this.grant = 0;
    this.space = SPACE.NONE;
    this.addressHi = 0;
    this.addressLo = 0;
    this.shift = 0;
    this.completion = this.#completionOf();
    if (this.completion !== COMPLETION.SUCCESS) return;
    // A request that nothing can be granted to is answered for one unit.
    this.shift = this.unit;
    txn.response = RESPONSE.OK;
    if (txn.status === STATUS.FAULT) return;
    const flags = slots[txn.slot + SLOT.FLAGS]!;
    // 3.9.1.2: without any stage (S1DSS) everything is granted.
    if (txn.status === STATUS.BYPASS) txn.permissions = ALL;
    // 3.13: a page that is still clean is not granted for writing.
    else if ((flags & FLAG.S1) !== 0 ? found.clean : this.stage2.clean) txn.permissions &= ~WRITE;
    this.grant = grantOf(txn, flags);
    this.shift = Math.max(txn.status === STATUS.BYPASS ? this.unit : txn.shift, this.unit);
    const split = effectiveEats(slots, txn.slot + SLOT.STE, this.core.features, this.registers.atschk) === EATS.SPLIT;
    this.space = split ? SPACE.IPA : SPACE.PA;
    this.#place(split, (flags & FLAG.S1) !== 0);
  }

  /** The address of the completion: the output, or with split-stage ATS what stage 2 is yet to translate. */
  #place(split: boolean, stage1: boolean): void {
    const { txn, found } = this.core;
    const hi = !split ? txn.outHi : stage1 ? found.ipaHi : txn.inHi;
    const lo = !split ? txn.outLo : stage1 ? found.ipaLo : txn.inLo;
    const low = this.shift < 32 ? -1 << this.shift : 0;
    this.addressHi = this.shift <= 32 ? hi : hi & (-1 << (this.shift - 32));
    this.addressLo = lo & low;
  }

  #completionOf(): number {
    const { txn } = this.core;
    if (txn.status === STATUS.ABORT) return COMPLETION.UR;
    if (txn.status !== STATUS.FAULT || isTranslationRelated(txn.event)) return COMPLETION.SUCCESS;
    return txn.event === EVENT.F_BAD_ATS_TREQ ? COMPLETION.UR : COMPLETION.CA;
  }

  /** The Translated transaction in `core.txn` (3.9.1.3, in the order of its table). */
  translated(): void {
    const { txn, slots, features } = this.core;
    txn.slot = -1;
    if (!features.ats) return this.#abort(RULE.unsupported);
    if (!this.registers.smmuEnabled) return void this.faults.forbidden(RULE.forbiddenDisabled);
    if (!this.registers.atschk) return this.#pass(RULE.unchecked);
    // Without IDR3.PASIDTT a Translated transaction is data, unprivileged and without SubstreamID.
    txn.ssidKey = 0;
    txn.pnu = 0;
    txn.ind = 0;
    if (!this.config.lookupSte()) return;
    const flags = slots[txn.slot + SLOT.FLAGS]!;
    if ((flags & FLAG.ABORT) !== 0) return this.#abort(RULE.abort);
    const eats = effectiveEats(slots, txn.slot + SLOT.STE, features, true);
    if (eats === EATS.OFF) return void this.faults.forbidden(RULE.forbidden);
    if (eats === EATS.FULL) return this.#pass(RULE.full);
    this.#throughStage2(flags);
  }

  /** Split-stage: the address is an IPA. */
  #throughStage2(flags: number): void {
    const { txn, features } = this.core;
    if (exceeds(txn.inHi, txn.inLo, features.ias)) return void this.faults.bypassSize(RULE.ias);
    override(txn, flags);
    const stage2 = this.stage2;
    if (!stage2.translate(txn.inHi, txn.inLo, PURPOSE.IN, required(txn.rnw, txn.ind, txn.pnu))) return;
    txn.permissions = expandStage2(stage2.permissions);
    txn.attributes = stage2.attributes << 16;
    txn.outHi = stage2.outHi;
    txn.outLo = stage2.outLo;
    txn.shift = stage2.shift;
    this.#end(STATUS.SUCCESS, RESPONSE.OK, RULE.ok);
  }

  /** The address is a PA. Beyond OAS it aborts without an event, or is truncated (choice translated.oas). */
  #pass(rule: number): void {
    const { txn, features } = this.core;
    const beyond = exceeds(txn.inHi, txn.inLo, features.oas);
    if (beyond && this.core.choices['translated.oas'] === 'abort') return this.#abort(RULE.oas);
    txn.outHi = beyond ? txn.inHi & maskHi(features.oas - 1, 0) : txn.inHi;
    txn.outLo = txn.inLo;
    this.#end(STATUS.BYPASS, RESPONSE.OK, rule);
  }

  #abort(rule: number): void {
    this.#end(STATUS.ABORT, RESPONSE.ABORT, rule);
  }

  #end(status: number, response: number, rule: number): void {
    const { txn } = this.core;
    txn.status = status;
    txn.response = response;
    txn.rule = rule;
  }
}

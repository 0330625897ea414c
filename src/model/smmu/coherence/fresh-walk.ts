import { fromWords, hiWord, loWord } from '../../base/address.ts';
import { sharedWords } from '../../memory/shared-words.ts';
import { COMPLETION, GRANT, REQUEST, TRANSACTION } from '../../trace/record.ts';
import { Recorder } from '../../trace/recorder.ts';
import { AtsUnit } from '../ats/ats-unit.ts';
import type { HeldTranslation } from '../ats/held-translation.ts';
import { ConfigCache } from '../config/config-cache.ts';
import { SLOT_WORDS } from '../config/slot.ts';
import type { Core } from '../core.ts';
import { Faults } from '../fault.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { Contexts } from '../tlb/contexts.ts';
import { Tlb } from '../tlb/tlb.ts';
import { WalkCache } from '../tlb/walk-cache.ts';
import { Translation } from '../translation.ts';
import { Txn } from '../txn.ts';
import { createFastWalk } from '../walk/fast-walk.ts';
import { FlagUpdate } from '../walk/flag-update.ts';
import { Found } from '../walk/found.ts';
import { Stage2Walk } from '../walk/stage2.ts';
import { Trail } from './trail.ts';

/** As Txn.arrived. */
const RNW = 1;
const IND = 2;
const PNU = 4;

const nothing = (): void => undefined;

/** Counts the updates of flags that were due. */
class CountedUpdate extends FlagUpdate {
  private readonly txn: Txn;

  constructor(core: Core, faults: Faults) {
    super(core, faults);
    this.txn = core.txn;
  }

  override write(): boolean {
    this.txn.updates++;
    return true;
  }
}

/** A second translation path over the same memory and registers, without any cache and without effects: no event, no write. */
export class FreshWalk {
  readonly core: Core;
  readonly faults: Faults;
  readonly trail = new Trail(() => 0, nothing);
  readonly ats: AtsUnit;
  private readonly translation: Translation;

  constructor(core: Core, registers: RegisterFile) {
    this.core = {
      ...core,
      misuse: null,
      // Both are of caches.
      choices: { ...core.choices, 'config.invalid-cached': 'never', 'STE.CONT-span': 'ignored' },
      contexts: new Contexts(nothing),
      tlb: new Tlb(0),
      s1Walk: new WalkCache(0),
      s2Walk: new WalkCache(0),
      slots: sharedWords(SLOT_WORDS),
      txn: new Txn(),
      found: new Found(),
      steps: Recorder.silent(this.trail),
    };
    this.faults = new Faults(this.core, { record: nothing }, registers, { hold: () => true });
    const flags = new CountedUpdate(this.core, this.faults);
    const stage2 = new Stage2Walk(this.core, this.faults, flags);
    const config = new ConfigCache(this.core, 0, this.faults, registers, stage2, null);
    this.translation = new Translation(this.core, config, this.faults, registers, stage2, flags, createFastWalk(this.core));
    this.ats = new AtsUnit(this.core, this.translation, this.faults, registers, stage2);
  }

  /** The same transaction as if nothing were cached; the result is in `core.txn`. Gives whether there was a configuration to go by. */
  run({ sid, ssidKey, arrived, inHi, inLo, bytes, request, span }: Txn): boolean {
    const { txn } = this.core;
    this.trail.begin(0, sid);
    txn.start(0, sid, ssidKey, arrived, inHi, inLo, bytes);
    txn.request = request;
    txn.span = span;
    if (txn.type === TRANSACTION.UNTRANSLATED) this.translation.run();
    else if (txn.type === TRANSACTION.TRANSLATED) this.ats.translated();
    else this.ats.request();
    return this.trail.configured;
  }

  /** Would a translation request for `address` be granted what the Translated transaction did by what its device holds? */
  grants(done: Txn, { ssid, privileged }: HeldTranslation, address: bigint): boolean {
    const { txn } = this.core;
    const write = (done.arrived & RNW) === 0;
    const execute = (done.arrived & IND) !== 0 && ssid !== null;
    this.trail.begin(0, done.sid);
    txn.start(0, done.sid, ssid === null ? 0 : ssid + 1, (TRANSACTION.ATS_REQUEST << 3) | (privileged ? PNU : 0) | RNW, hiWord(address), loWord(address), 0);
    txn.request = (write ? 0 : REQUEST.NW) | (execute ? REQUEST.EXE : 0) | (privileged ? REQUEST.PRIV : 0);
    txn.span = 1;
    this.ats.request();
    const { completion, grant } = this.ats;
    return completion === COMPLETION.SUCCESS && (grant & (write ? GRANT.W : execute ? GRANT.EXE : GRANT.R)) !== 0;
  }

  /** Where the address that was last asked about goes, by the completion: a PA, or with split-stage ATS an IPA. */
  get place(): bigint {
    const { inHi, inLo } = this.core.txn;
    const { addressHi, addressLo, shift } = this.ats;
    return fromWords(addressHi, addressLo) + (fromWords(inHi, inLo) & ((1n << BigInt(shift)) - 1n));
  }
}

import { sharedWords } from '../../memory/shared-words.ts';
import { Recorder } from '../../trace/recorder.ts';
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

const nothing = (): void => undefined;

/** Counts the updates of flags that were due. */
class CountedUpdate extends FlagUpdate {
  readonly #txn: Txn;

  constructor(core: Core, faults: Faults) {
    super(core, faults);
    this.#txn = core.txn;
  }

  override write(): boolean {
    this.#txn.updates++;
    return true;
  }
}

/** A second translation path over the same memory and registers, without any cache and without effects: no event, no write. */
export class FreshWalk {
  readonly core: Core;
  readonly faults: Faults;
  readonly trail = new Trail(() => 0, nothing);
  readonly #translation: Translation;

  constructor(core: Core, registers: RegisterFile) {
    this.core = {
      ...core,
      misuse: null,
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
    this.#translation = new Translation(this.core, config, this.faults, registers, stage2, flags, createFastWalk(this.core));
  }

  /** Translates as if nothing were cached; the result is in `core.txn`. Gives whether there was a configuration to go by. */
  run({ sid, ssidKey, arrived, inHi, inLo, bytes }: Txn): boolean {
    const { txn } = this.core;
    this.trail.begin(0, sid);
    txn.start(0, sid, ssidKey, arrived, inHi, inLo, bytes);
    this.#translation.run();
    return this.trail.configured;
  }
}

import type { Deviations } from '../../spec/deviations.ts';
import type { Features } from '../../spec/features.ts';
import { fieldMask, registerField, wordOf } from './register-field.ts';
import { streamTableOf } from './stream-table.ts';

const smmuen = registerField('CR0ACK', 'SMMUEN');
const priqen = registerField('CR0ACK', 'PRIQEN');
const eventqen = registerField('CR0ACK', 'EVENTQEN');
const cmdqen = registerField('CR0ACK', 'CMDQEN');
const atschk = registerField('CR0ACK', 'ATSCHK');
const vmw = registerField('CR0ACK', 'VMW');
const e2h = registerField('CR2', 'E2H');
const recinvsid = registerField('CR2', 'RECINVSID');
const recCfgAts = registerField('CR2', 'REC_CFG_ATS');
const lastOnly = registerField('PRIQ_IRQ_CFG2', 'LO');
const GBPA = wordOf('GBPA');
const GBPA_ABORT = fieldMask('GBPA', 'ABORT');

/** VMW above 4 is reserved and acts as 0 (IHI 0070 6.3.9). */
const MAX_VMW = 4;

/**
 * What the registers mean, decoded on a write and never per use. An enable counts once CR0ACK has it, as the guards do
 * (IHI 0070 6.3.9); reserved values read here as what they act like.
 */
export class EffectiveState {
  /** CR0.SMMUEN. While false, transactions go by `gbpa`. */
  smmuEnabled = false;
  commandQueueEnabled = false;
  eventQueueEnabled = false;
  /** PRIQEN, and SMMUEN without which it is 0. */
  priQueueEnabled = false;
  /** PRIQ_IRQ_CFG2.LO: the PRI queue interrupts for the last request of a group only. */
  priqLastOnly = false;
  atschk = false;
  /** How many least significant bits of the VMID invalidation ignores, 0 to 4. */
  vmw = 0;
  e2h = false;
  recinvsid = false;
  recCfgAts = false;
  /** Physical base of the stream table with its alignment applied (6.3.24); signed words. */
  strtabBaseLo = 0;
  strtabBaseHi = 0;
  /** LOG2SIZE as written. */
  strtabLog2Size = 0;
  /** LOG2SIZE capped at IDR1.SIDSIZE: the number of StreamID bits that index the table. */
  strtabEffective = 0;
  /** 6, 8 or 10. */
  strtabSplit = 6;
  strtabTwoLevel = false;
  /** GBPA as it reads, a signed word. */
  gbpa = 0;
  gbpaAbort = false;
  /** Counts changes of anything above. */
  generation = 0;

  /** Decodes an image of the registers. */
  protected decode(words: Int32Array, features: Features, deviates: Deviations): void {
    const before = this.#values();
    this.smmuEnabled = smmuen(words) === 1;
    this.commandQueueEnabled = cmdqen(words) === 1;
    this.eventQueueEnabled = eventqen(words) === 1;
    this.priQueueEnabled = this.smmuEnabled && priqen(words) === 1;
    this.priqLastOnly = lastOnly(words) === 1;
    this.atschk = atschk(words) === 1;
    this.vmw = vmw(words) > MAX_VMW ? 0 : vmw(words);
    this.e2h = e2h(words) === 1;
    this.recinvsid = recinvsid(words) === 1;
    this.recCfgAts = recCfgAts(words) === 1;
    this.#decodeStreamTable(words, features, deviates['format-sticky']);
    this.gbpa = words[GBPA]!;
    this.gbpaAbort = (this.gbpa & GBPA_ABORT) !== 0;
    const after = this.#values();
    if (after.some((value, i) => value !== before[i])) this.generation++;
  }

  #decodeStreamTable(words: Int32Array, features: Features, sticky: boolean): void {
    const table = streamTableOf(words, features);
    this.strtabBaseLo = table.baseLo;
    this.strtabBaseHi = table.baseHi;
    this.strtabLog2Size = table.log2Size;
    this.strtabEffective = table.effective;
    this.strtabSplit = table.split;
    this.strtabTwoLevel = table.twoLevel || (sticky && this.strtabTwoLevel);
  }

  #values(): readonly (number | boolean)[] {
    const queues = [this.commandQueueEnabled, this.eventQueueEnabled, this.priQueueEnabled];
    const controls = [this.smmuEnabled, this.atschk, this.vmw, this.e2h, this.recinvsid, this.recCfgAts, this.gbpa];
    const base = [this.strtabBaseLo, this.strtabBaseHi, this.strtabLog2Size];
    return [...queues, ...controls, ...base, this.strtabEffective, this.strtabSplit, this.strtabTwoLevel];
  }
}

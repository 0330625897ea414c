import { fromWords, hiWord, loWord } from '../../base/address.ts';
import { assert } from '../../base/assert.ts';
import { DEFAULT_CHOICES } from '../../spec/choices.ts';
import type { Choices } from '../../spec/choices.ts';
import { NO_DEVIATIONS } from '../../spec/deviations.ts';
import type { Deviations } from '../../spec/deviations.ts';
import type { Features } from '../../spec/features.ts';
import { setField } from '../../spec/layout.ts';
import { SILENT } from '../journal.ts';
import type { Journal } from '../journal.ts';
import { EffectiveState } from './effective-state.ts';
import type { FarPage } from './far-page.ts';
import { activate, activeErrors, hasError, isInterruptible } from './global-error.ts';
import type { GlobalError } from './global-error.ts';
import { INTERRUPT_SOURCES, isEnabled } from './interrupt.ts';
import type { InterruptSource } from './interrupt.ts';
import { QueueRegisters } from './queue-registers.ts';
import { registerOf, wordOf } from './register-field.ts';
import type { Cell } from './register-map.ts';
import { REGISTER_BYTES, RegisterStore } from './register-store.ts';
import { streamTableOf } from './stream-table.ts';

/** What a register access sets in motion. */
export interface RegisterHooks {
  /** CMDQ_PROD was written, CMDQEN became 1 or CMDQ_ERR was acknowledged: consume commands now. */
  commandQueue(): void;
  /** EVENTQ_CONS was written, EVENTQEN became 1 or EVENTQ_ABT_ERR was acknowledged: the event queue may be writable again. */
  eventQueue?(): void;
  /** SMMUEN took effect. Caches keep their content (IHI 0070 6.3.9.6). */
  smmuEnableChanged(enabled: boolean): void;
  /** GATOS_CTRL was written. */
  gatos?(): void;
  /** An interrupt that IRQ_CTRL lets through. */
  irq(source: InterruptSource): void;
}

const CMDQ_PROD = wordOf('CMDQ_PROD');
const EVENTQ_CONS = wordOf('EVENTQ_CONS');
const PRIQ_CONS = wordOf('PRIQ_CONS');
const GERRORN = wordOf('GERRORN');
const GATOS_CTRL = wordOf('GATOS_CTRL');
const CMDQ_CONS = registerOf('CMDQ_CONS');
const CR0 = registerOf('CR0').offset;
const CR0ACK = registerOf('CR0ACK').offset;

/**
 * The Non-secure registers of pages 0 and 1 (IHI 0070 6.2, 6.3), by byte offset from the base of the SMMU. Which exist,
 * which bits they have and what guards them comes from the one table and the advertised features. Updates of IRQ_CTRL and
 * GBPA complete within the write, so software never meets one in flight.
 * Undefined offsets of page 1 are RES0. What else the architecture leaves open is in `choices`.
 */
export class RegisterFile extends EffectiveState {
  readonly cmdq: QueueRegisters;
  readonly eventq: QueueRegisters;
  readonly priq: QueueRegisters;
  readonly choices: Choices;
  /** Where the SMMU answers as QEMU does: for what works with its registers. */
  readonly deviates: Deviations;
  private readonly features: Features;
  private readonly hooks: RegisterHooks;
  private readonly journal: Journal;
  private readonly store: RegisterStore;
  private readonly words: Int32Array;
  private readonly far: FarPage[] = [];
  /** A change of CR0 that CR0ACK does not show yet (the choice CR0.acknowledge). */
  private unacknowledged: Cell | null = null;

  constructor(features: Features, hooks: RegisterHooks, journal: Journal = SILENT, choices: Choices = DEFAULT_CHOICES, deviates: Deviations = NO_DEVIATIONS) {
    super();
    this.choices = choices;
    this.deviates = deviates;
    this.features = features;
    this.hooks = hooks;
    this.journal = journal;
    this.store = new RegisterStore(features, choices, (misuse) => journal.misuse(misuse), () => this.far.some(({ queuesOn }) => queuesOn === true));
    this.words = this.store.words;
    this.cmdq = new QueueRegisters('CMDQ', this.words, features, choices);
    this.eventq = new QueueRegisters('EVENTQ', this.words, features, choices);
    this.priq = new QueueRegisters('PRIQ', this.words, features, choices);
    this.#refresh();
  }

  /** Reads the 32-bit register, or half of a 64-bit one, at an aligned offset. Unsigned. */
  read32(offset: number): number {
    const page = this.#farPage(offset);
    if (page === undefined && !this.store.accepts(offset, 4, false)) return this.store.ignored;
    const value = page?.read(offset - page.base) ?? this.store.peek(offset);
    this.journal.register(false, offset, value | 0, 0);
    if (this.unacknowledged !== null && offset === CR0ACK) this.#acknowledge();
    return value;
  }

  /** Reads the 64-bit register at an aligned offset. */
  read64(offset: number): bigint {
    if (this.#farPage(offset) !== undefined) return fromWords(this.read32(offset + 4), this.read32(offset));
    if (!this.store.accepts(offset, 8, false)) return fromWords(this.store.ignored, this.store.ignored);
    const lo = this.store.peek(offset);
    const hi = this.store.peek(offset + 4);
    this.journal.register(false, offset, lo | 0, hi | 0);
    return fromWords(hi, lo);
  }

  /** Writes the low 32 bits of `value` to a 32-bit register, or half of a 64-bit one, at an aligned offset. */
  write32(offset: number, value: number): void {
    const page = this.#farPage(offset);
    if (page === undefined && !this.store.accepts(offset, 4, true)) return;
    this.journal.register(true, offset, value | 0, 0);
    if (page !== undefined) return page.write(offset - page.base, value | 0);
    if (this.unacknowledged !== null && offset === CR0) this.#acknowledge();
    const errors = activeErrors(this.words);
    this.#written(this.store.write(offset, value | 0), errors);
  }

  /** Writes the 64-bit register at an aligned offset, both halves at once. */
  write64(offset: number, value: bigint): void {
    if (this.#farPage(offset) !== undefined) {
      this.write32(offset + 4, hiWord(value));
      return this.write32(offset, loWord(value));
    }
    if (!this.store.accepts(offset, 8, true)) return;
    this.journal.register(true, offset, loWord(value), hiWord(value));
    const errors = activeErrors(this.words);
    if (this.store.isWide(offset)) {
      this.store.write(offset + 4, hiWord(value));
      this.#written(this.store.write(offset, loWord(value)), errors);
      return;
    }
    this.#written(this.store.write(offset, loWord(value)), errors);
    this.#written(this.store.write(offset + 4, hiWord(value)), activeErrors(this.words));
  }

  /** What a 32-bit read would give, without a trace of it. */
  peek(offset: number): number {
    return this.store.peek(offset);
  }

  /** The words of pages 0 and 1, for readers. */
  get image(): Int32Array {
    return this.words;
  }

  /** Reset values; nothing is signalled. */
  reset(): void {
    this.unacknowledged = null;
    this.store.reset();
    for (const page of this.far) page.reset?.();
    this.strtabTwoLevel = false;
    this.#refresh();
  }

  /**
   * Loads an image of pages 0 and 1, such as a capture's, without setting anything in motion. Identification registers
   * and bits that this SMMU does not have stay as they are; CR0ACK, GERROR and the like are the image's. EVENTQ_PROD
   * and its neighbours come from page 1.
   */
  restore(words: Int32Array): void {
    assert(words.length === this.words.length, `an image of the registers has ${REGISTER_BYTES} bytes`);
    this.store.restore(words);
    this.#refresh();
  }

  errorActive(error: GlobalError): boolean {
    return hasError(activeErrors(this.words), error);
  }

  /** Makes a global error active, with its interrupt; an error that is active already changes nothing. */
  activateError(error: GlobalError): void {
    if (activate(error, this.words) && isInterruptible(error)) this.signal('GERROR');
  }

  /** Stops command consumption: CMDQ_CONS.ERR takes the CERROR code before CMDQ_ERR becomes active (7.1). */
  stopCommandQueue(cerror: number): void {
    setField(CMDQ_CONS, 'ERR', cerror, this.words, CMDQ_CONS.offset >>> 2);
    this.activateError('CMDQ_ERR');
  }

  /** Signals an interrupt if IRQ_CTRL enables its source. CMD_SYNC has no enable (3.18). */
  signal(source: InterruptSource): void {
    if (!isEnabled(source, this.words)) return;
    this.journal.irq(INTERRUPT_SOURCES.indexOf(source));
    this.hooks.irq(source);
  }

  /** Registers beyond pages 0 and 1. */
  attach(page: FarPage): void {
    this.far.push(page);
  }

  /** The page beyond pages 0 and 1 that an aligned offset is in. */
  #farPage(offset: number): FarPage | undefined {
    return offset < REGISTER_BYTES || offset % 4 !== 0 ? undefined : this.far.find(({ base, bytes }) => offset >= base && offset < base + bytes);
  }

  /** What a write sets in motion once it is stored. `errors` are the errors that were active before it. */
  #written(cell: Cell | undefined, errors: number): void {
    if (cell === undefined) return;
    this.#checkIndexes(cell);
    if (cell.word === CMDQ_PROD) return this.hooks.commandQueue();
    if (cell.word === GATOS_CTRL) return this.hooks.gatos?.();
    if (cell.word === CR0 >>> 2 && this.choices['CR0.acknowledge'] === 'when-read') {
      this.unacknowledged = cell;
      return;
    }
    this.#takeEffect(cell, errors);
  }

  #acknowledge(): void {
    const cell = this.unacknowledged;
    this.unacknowledged = null;
    if (cell !== null) this.#takeEffect(cell, activeErrors(this.words));
  }

  #takeEffect(cell: Cell, errors: number): void {
    if (cell.ack !== null) this.words[cell.ack] = this.words[cell.word]!;
    if (cell.word === GERRORN) this.#checkToggles(errors);
    const { smmuEnabled, commandQueueEnabled, eventQueueEnabled } = this;
    this.#refresh();
    if (this.smmuEnabled && !smmuEnabled) this.#checkBase('STRTAB_BASE', streamTableOf(this.words, this.features).misaligned);
    if (this.eventQueueEnabled && !eventQueueEnabled) this.#checkBase('EVENTQ_BASE', this.eventq.misaligned);
    if (this.commandQueueEnabled && !commandQueueEnabled) this.#checkBase('CMDQ_BASE', this.cmdq.misaligned);
    if (this.smmuEnabled !== smmuEnabled) this.hooks.smmuEnableChanged(this.smmuEnabled);
    const writable = hasError(errors, 'EVENTQ_ABT_ERR') && !this.errorActive('EVENTQ_ABT_ERR');
    if (writable || cell.word === EVENTQ_CONS || (this.eventQueueEnabled && !eventQueueEnabled)) this.hooks.eventQueue?.();
    // 7.1: neither a restart after an error nor CMDQEN needs a write of CMDQ_PROD.
    const acknowledged = hasError(errors, 'CMDQ_ERR') && !this.errorActive('CMDQ_ERR');
    if (acknowledged || (this.commandQueueEnabled && !commandQueueEnabled)) this.hooks.commandQueue();
  }

  /** 3.5.1: an index of a queue that is on must stay within the queue's length of the other. */
  #checkIndexes({ word, register }: Cell): void {
    const jumped =
      (word === CMDQ_PROD && this.commandQueueEnabled && !this.cmdq.consistent) ||
      (word === EVENTQ_CONS && this.eventQueueEnabled && !this.eventq.consistent) ||
      (word === PRIQ_CONS && this.priQueueEnabled && !this.priq.consistent);
    if (jumped) this.store.report('inconsistent-indexes', register.offset, true);
  }

  /** 6.3.20: software must only toggle errors that are active. */
  #checkToggles(errors: number): void {
    const toggled = activeErrors(this.words) & ~errors;
    if (toggled === 0) return;
    if (this.choices['GERRORN.toggle-inactive'] === 'ignored') this.words[GERRORN]! ^= toggled;
    this.store.report('inactive-error-toggled', GERRORN * 4, true);
  }

  /** The usual reason why a driver's first access goes astray: only hardware shows it, many models do not. */
  #checkBase(name: string, misaligned: boolean): void {
    if (misaligned) this.store.report('misaligned-base', registerOf(name).offset, true);
  }

  #refresh(): void {
    this.cmdq.refresh();
    this.eventq.refresh();
    this.priq.refresh();
    this.decode(this.words, this.features, this.deviates);
  }
}

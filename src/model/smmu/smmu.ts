import { sharedWords } from '../memory/shared-words.ts';
import { fromWords, hiWord, loWord } from '../base/address.ts';
import type { PhysicalMemory } from '../memory/physical-memory.ts';
import { CERROR } from '../spec/commands.ts';
import { choicesOf } from '../spec/choices.ts';
import { NO_DEVIATIONS } from '../spec/deviations.ts';
import { decodeFeatures } from '../spec/features.ts';
import type { Features } from '../spec/features.ts';
import type { MisuseId } from '../spec/misuse.ts';
import { PAGE_RESPONSE_NAMES, REQUEST, TRANSACTION } from '../trace/record.ts';
import { Recorder } from '../trace/recorder.ts';
import { Atos } from './atos/atos.ts';
import { Gatos, VatosPage } from './atos/atos-registers.ts';
import { AtsUnit } from './ats/ats-unit.ts';
import { completionOf, requestBits } from './ats/completion.ts';
import type { AtsCompletion, AtsRequest } from './ats/completion.ts';
import type { Endpoints, PageResponse } from './ats/endpoints.ts';
import type { HeldTranslation } from './ats/held-translation.ts';
import { createBatch } from './batch.ts';
import type { Batch, BatchFallback } from './batch.ts';
import { Coherence } from './coherence/coherence.ts';
import { ConfigCache } from './config/config-cache.ts';
import { SLOT_WORDS } from './config/slot.ts';
import type { Core } from './core.ts';
import { Faults } from './fault.ts';
import type { Journal } from './journal.ts';
import { DEFAULT_CACHES } from './options.ts';
import type { SmmuOptions } from './options.ts';
import { outcomeOf } from './outcome.ts';
import type { Outcome, Transaction } from './outcome.ts';
import { MsiWriter } from './msi/msi-writer.ts';
import { PageRequests } from './pri/page-requests.ts';
import type { PageRequest } from './pri/page-request.ts';
import type { CommandHooks, PrefetchHint } from './commands/command.ts';
import { EnhancedQueues } from './ecmdq/enhanced-queues.ts';
import { CommandQueue } from './queues/command-queue.ts';
import { mainQueue } from './queues/command-source.ts';
import type { CommandSource } from './queues/command-source.ts';
import { EventQueue } from './queues/event-queue.ts';
import { PriQueue } from './queues/pri-queue.ts';
import { RegisterFile } from './registers/register-file.ts';
import type { Stalled } from './stall/stalled.ts';
import { Stalls } from './stall/stalls.ts';
import { Contexts } from './tlb/contexts.ts';
import { Maintenance } from './tlb/maintenance.ts';
import { Tlb } from './tlb/tlb.ts';
import { WalkCache } from './tlb/walk-cache.ts';
import { Translation } from './translation.ts';
import { Txn } from './txn.ts';
import { createFastWalk } from './walk/fast-walk.ts';
import { FlagUpdate } from './walk/flag-update.ts';
import { Found } from './walk/found.ts';
import { Stage2Walk } from './walk/stage2.ts';

export type { AtsCompletion, AtsRequest } from './ats/completion.ts';
export type { Outcome, Transaction } from './outcome.ts';

/** Input bits of Transaction.iova beyond 64 are a bug of the caller; StreamIDs and SubstreamIDs are unsigned. */
const NO_SSID = -1;

/** What a prefetched translation counts as in bytes; 0 is the configuration alone. */
const PAGE = 4096;

/** Where Txn.arrived has the TRANSACTION. */
const TYPE = 3;
const arrivedOf = ({ access, privileged = false }: Pick<Transaction, 'access' | 'privileged'>): number =>
  (access === 'write' ? 0 : 1) | (access === 'execute' ? 2 : 0) | (privileged ? 4 : 0);

/**
 * An Arm SMMUv3, Non-secure programming interface (IHI 0070). Software reaches it through registers, memory and
 * transactions only. It has no clock and no thread: what a register write sets in motion is done when the write returns.
 */
export class Smmu {
  readonly features: Features;
  readonly memory: PhysicalMemory;
  readonly registers: RegisterFile;
  readonly eventQueue: EventQueue;
  readonly commandQueue: CommandQueue;
  /** Null without IDR1.ECMDQ. */
  readonly enhancedQueues: EnhancedQueues | null;
  readonly priQueue: PriQueue;
  readonly config: ConfigCache;
  /** Transactions that wait for CMD_RESUME. */
  readonly stalls: Stalls;
  /** Shared state of the translation path, for views: caches, contexts, the last transaction. */
  readonly core: Core;
  /** Null when nobody asked for the check. */
  readonly coherence: Coherence | null;
  private readonly translation: Translation;
  private readonly _ats: AtsUnit;
  private readonly pageRequests: PageRequests;
  private readonly faults: Faults;
  private readonly maintenance: Maintenance;
  private readonly msi: MsiWriter;
  private readonly gatos: Gatos;
  private _recorder: Recorder | null = null;
  private endpoints: Endpoints | null = null;
  /** What the device of the Translated transaction went by. */
  private held: HeldTranslation | null = null;

  constructor(options: SmmuOptions) {
    const { memory } = options;
    const caches = options.caches ?? DEFAULT_CACHES;
    const features = decodeFeatures(options.id);
    const choices = choicesOf(options.choices ?? {});
    const deviates = options.deviates ?? NO_DEVIATIONS;
    const journal: Journal = {
      command: (hi, lo, words, verdict, queue) => {
        this._recorder?.command(hi, lo, words, verdict, this.maintenance.takeRemoved(), queue);
        this.coherence?.commandEnds(verdict === CERROR.NONE, queue);
      },
      event: (words, verdict) => this._recorder?.event(words, verdict),
      register: (write, offset, lo, hi) => this._recorder?.register(write, offset, lo, hi),
      pageRequest: (words, verdict) => this._recorder?.pageRequest(words, verdict),
      irq: (source) => this._recorder?.irq(source),
      wakeUp: (why) => this._recorder?.wakeUp(why),
      msi: (source, hi, lo, data, verdict) => this._recorder?.msi(source, hi, lo, data, verdict),
      atos: (request, parHi, parLo) => this._recorder?.atos(request, parHi, parLo),
      misuse: (misuse) => {
        this._recorder?.misuse(misuse);
        options.onMisuse?.(misuse);
      },
    };
    this.features = features;
    this.memory = memory;
    this.registers = new RegisterFile(
      features,
      {
        commandQueue: () => this.commandQueue.consume(),
        eventQueue: () => this.stalls.settle(),
        smmuEnableChanged: (enabled) => this.#smmuEnableChanged(enabled),
        gatos: () => this.gatos.start(),
        irq: (source) => {
          this.msi.signal(source);
          options.onInterrupt?.(source);
        },
      },
      journal,
      choices,
      deviates,
    );
    this.msi = new MsiWriter(features, memory, this.registers, journal);
    this.eventQueue = new EventQueue(this.registers, memory, journal);
    const core: Core = {
      features,
      choices,
      deviates,
      misuse: journal.misuse,
      memory,
      contexts: new Contexts(() => this.#emptyTlb()),
      tlb: new Tlb(caches.tlb, deviates['tlb-lookup']),
      s1Walk: new WalkCache(caches.s1Walk),
      s2Walk: new WalkCache(caches.s2Walk),
      slots: sharedWords((caches.config + 1) * SLOT_WORDS),
      txn: new Txn(),
      found: new Found(),
      steps: null,
    };
    this.core = core;
    this.stalls = new Stalls({
      core,
      queue: this.eventQueue,
      stallMax: features.stallMax,
      suppressesDuplicates: () => choices['stall.duplicates'] === 'suppressed',
      recorder: () => this._recorder,
      retry: (stalled) => this.#retry(stalled),
    });
    this.faults = new Faults(core, this.eventQueue, this.registers, this.stalls);
    const flags = new FlagUpdate(core, this.faults);
    const stage2 = new Stage2Walk(core, this.faults, flags);
    const fast = createFastWalk(core);
    this.config = new ConfigCache(core, caches.config, this.faults, this.registers, stage2, fast);
    this.translation = new Translation(core, this.config, this.faults, this.registers, stage2, flags, fast);
    this.maintenance = new Maintenance(core, this.config);
    const hooks: CommandHooks = {
      stalls: this.stalls,
      sev: (why) => journal.wakeUp(why),
      prefetch: (hint) => this.#prefetch(hint),
      msi: (hi, lo, data) => this.msi.write('CMD_SYNC', hi, lo, data),
      invalidate: (invalidation) => this.endpoints?.invalidate(invalidation) ?? true,
      respond: (response) => this.#respond(response),
    };
    const consumerOf = (source: CommandSource): CommandQueue => {
      const { queue } = source;
      const begins = (words: Int32Array): void => this.coherence?.commandBegins(words, source.number);
      const misuse = (id: MisuseId): void => journal.misuse({ id, place: 'pa', address: fromWords(queue.baseHi, queue.slotLo(queue.cons)), write: true });
      return new CommandQueue(source, this.registers, memory, features, this.maintenance, { ...hooks, begins, misuse }, journal);
    };
    this.commandQueue = consumerOf(mainQueue(this.registers));
    this.enhancedQueues = features.ecmdq ? new EnhancedQueues(features, this.registers, consumerOf, journal.misuse) : null;
    if (this.enhancedQueues !== null) this.registers.attach(this.enhancedQueues);
    this._ats = new AtsUnit(core, this.translation, this.faults, this.registers, stage2);
    this.coherence = options.checkCoherence === true ? new Coherence(core, this.faults, this.registers, this.config.stes, this._ats) : null;
    this.priQueue = new PriQueue(this.registers, memory);
    this.pageRequests = new PageRequests(core, this.priQueue, this.config, this.registers, journal, (response) => this.#respond(response));
    const atos = new Atos(core, this.registers);
    this.gatos = new Gatos(atos, this.registers, journal);
    if (features.atos && features.vatos) this.registers.attach(new VatosPage(features.vatosPage, atos, this.registers, journal));
    this.setRecorder(options.recorder ?? null);
  }

  /** The devices that ATC invalidations and page responses go to. Without any, both are consumed without effect. */
  connect(endpoints: Endpoints): void {
    this.endpoints = endpoints;
  }

  /** Who records from now on; null: nobody. */
  setRecorder(recorder: Recorder | null): void {
    this._recorder = recorder;
    const { coherence } = this;
    this.core.steps = recorder !== null && recorder.steps ? recorder : coherence === null ? null : Recorder.silent(coherence.trail);
    if (coherence === null) return;
    if (recorder !== null) recorder.witness = recorder.steps ? coherence.trail : null;
    coherence.setRecorder(recorder);
  }

  get recorder(): Recorder | null {
    return this._recorder;
  }

  /** Offsets from the base of the SMMU: pages 0 and 1, then those of VATOS and of the enhanced command queues; values unsigned. */
  read32(offset: number): number {
    return this.registers.read32(offset);
  }

  write32(offset: number, value: number): void {
    this.registers.write32(offset, value);
  }

  read64(offset: number): bigint {
    return this.registers.read64(offset);
  }

  write64(offset: number, value: bigint): void {
    this.registers.write64(offset, value);
  }

  /**
   * What the SMMU does with an access of `length` bytes within one page (the length is for the trace only). `told`: called
   * with what comes of each retry if it stalls, which can be before this returns.
   */
  translate(transaction: Transaction, length = 0, told?: (outcome: Outcome) => void): Outcome {
    const { sid, ssid = NO_SSID, iova } = transaction;
    const outcome = this.#ask(sid | 0, ssid + 1, arrivedOf(transaction), hiWord(iova), loWord(iova), length, 0);
    if (told !== undefined && outcome.status === 'stalled') this.stalls.follow(outcome.transaction, told);
    this.stalls.settle();
    return outcome;
  }

  /**
   * What the SMMU does with an ATS Translated transaction: its address is what a completion gave (IHI 0070 3.9.1.3). It never stalls.
   * `held`: what the device went by, for the coherence checker.
   */
  translated(transaction: Transaction, length = 0, held: HeldTranslation | null = null): Outcome {
    const { sid, ssid = NO_SSID, iova } = transaction;
    const arrived = arrivedOf(transaction) | (TRANSACTION.TRANSLATED << TYPE);
    this.held = held;
    return this.#ask(sid | 0, ssid + 1, arrived, hiWord(iova), loWord(iova), length, 0);
  }

  /** The answer to an ATS translation request (3.9.1.2). */
  ats(request: AtsRequest): AtsCompletion {
    const { sid, ssid = NO_SSID, iova, span = 1 } = request;
    const { txn } = this.core;
    txn.request = requestBits(request);
    txn.span = span;
    const privileged = (txn.request & REQUEST.PRIV) !== 0;
    const arrived = arrivedOf({ access: 'read', privileged }) | (TRANSACTION.ATS_REQUEST << TYPE);
    const outcome = this.#ask(sid | 0, ssid + 1, arrived, hiWord(iova), loWord(iova), 0, 0);
    return completionOf(this._ats, txn, outcome);
  }

  /** A device asks for a page; what became of it as PPR (8.1). An answer, now or later, goes to the endpoints. */
  pageRequest(request: PageRequest): number {
    return this.pageRequests.take(request);
  }

  #respond(response: PageResponse): void {
    const { sid, ssid, group, code, automatic } = response;
    this._recorder?.pageResponse(sid, ssid, group, PAGE_RESPONSE_NAMES.indexOf(code), automatic);
    this.endpoints?.respond(response);
  }

  /** Buffers for batches of up to `capacity` transactions, for callers that count nanoseconds (batch.ts). */
  openBatch(capacity: number): Batch {
    const { core, config, registers, stalls } = this;
    const slow: BatchFallback = {
      recorder: () => this._recorder,
      translate: (sid, ssidKey, access, hi, lo) => {
        this.translation.brief = this._recorder === null;
        this.#run(sid, ssidKey, access, hi, lo, 0, 0);
        this.translation.brief = false;
      },
      finished: () => stalls.settle(),
    };
    const { fast } = this.translation;
    return createBatch(core, capacity, config, registers, fast, slow);
  }

  /** Registers to their reset values, caches empty. Memory stays. */
  reset(): void {
    this.registers.reset();
    this.config.clear();
    this.stalls.clear();
    this.#emptyTlb();
    this.coherence?.reset();
  }

  /** 6.3.9.6: what is stalled aborts. Caches keep what they hold. */
  #smmuEnableChanged(enabled: boolean): void {
    if (enabled) return;
    this.coherence?.disabled();
    this.stalls.terminateAll();
    this.stalls.settle();
  }

  #retry(stalled: Stalled): Outcome {
    const { sid, ssidKey, arrived, inHi, inLo, bytes, transaction } = stalled;
    return this.#ask(sid, ssidKey, arrived, inHi, inLo, bytes, transaction);
  }

  /** `arrived` as Txn.arrived; `retryOf` the stalled transaction that this one is anew, or 0. */
  #ask(sid: number, ssidKey: number, arrived: number, hi: number, lo: number, bytes: number, retryOf: number): Outcome {
    const events: Uint32Array[] = [];
    this.faults.onRecord = (record) => events.push(Uint32Array.from(record));
    this.#run(sid, ssidKey, arrived, hi, lo, bytes, retryOf);
    this.faults.onRecord = null;
    return outcomeOf(this.core, events, this.registers.gbpa, this.stalls, this.coherence?.hits ?? []);
  }

  #run(sid: number, ssidKey: number, arrived: number, hi: number, lo: number, bytes: number, retryOf: number): void {
    const { txn } = this.core;
    txn.start(txn.number + 1, sid, ssidKey, arrived, hi, lo, bytes);
    const recorder = this._recorder;
    recorder?.begin(txn.number, sid, ssidKey, txn.rnw, txn.ind, txn.pnu, hi, lo, bytes, retryOf, txn.type);
    this.coherence?.begin();
    if (txn.type === TRANSACTION.UNTRANSLATED) this.translation.run();
    else if (txn.type === TRANSACTION.TRANSLATED) this._ats.translated();
    else if (txn.type === TRANSACTION.PREFETCH) this.#fillCaches();
    else this.#request();
    if (txn.type !== TRANSACTION.PREFETCH) this.coherence?.end(txn.type === TRANSACTION.TRANSLATED ? this.held : null);
    txn.inFlight = false;
    recorder?.end(txn.status, txn.event, txn.rule, txn.outHi, txn.outLo, txn.shift, txn.attributes, txn.reads, txn.response);
  }

  /** What a CMD_PREFETCH_* hints at (4.2), as transactions that nobody made. One that comes while another is under way, from an interrupt handler, is ignored. */
  #prefetch({ sid, ssidKey, pages, address, distance }: PrefetchHint): void {
    const { txn, choices, tlb } = this.core;
    if (txn.inFlight || choices['command.prefetch'] === 'ignored') return;
    const arrived = arrivedOf({ access: 'read' }) | (TRANSACTION.PREFETCH << TYPE);
    if (pages === 0) return this.#run(sid, ssidKey, arrived, 0, 0, 0, 0);
    for (let page = 0; page < Math.min(pages, Math.max(tlb.entries, 1)); page++) {
      const at = address + BigInt(page) * distance;
      this.#run(sid, ssidKey, arrived, hiWord(at), loWord(at), PAGE, 0);
    }
  }

  #request(): void {
    const { txn } = this.core;
    const ats = this._ats;
    ats.request();
    this._recorder?.completion(
      ats.completion,
      txn.rule,
      txn.inHi,
      txn.inLo,
      txn.request,
      ats.grant,
      ats.addressHi,
      ats.addressLo,
      ats.shift,
      ats.space,
      txn.event,
    );
  }

  #fillCaches(): void {
    if (this.core.txn.bytes === 0) this.translation.configure();
    else this.translation.run();
  }

  #emptyTlb(): void {
    this.core.tlb.clear();
    this.core.s1Walk.clear();
    this.core.s2Walk.clear();
  }
}

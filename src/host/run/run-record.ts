/** One run as the host keeps it: its trace, and what its steps said. A live run grows; a stored one is read back whole. */
import { decodeFeatures } from '../../model/spec/index.ts';
import type { Features, IdRegisters } from '../../model/spec/index.ts';
import { DEFAULT_RECORDING } from '../../protocol/contract.ts';
import { RECORD_WORDS } from '../../model/trace/record.ts';
import type { TraceLevel } from '../../model/trace/recorder.ts';
import type { QueueState, RecordingOptions, RunState, UapiName } from '../../protocol/contract.ts';
import { EXPECTATION } from '../engine/api.ts';
import type { Progress, StepNote, StructurePlace, WentBack } from '../engine/api.ts';
import { StructureMap } from './structure-map.ts';
import type { UnfinishedRun } from './unfinished.ts';
import { Orders } from '../filter/orders.ts';
import { RunFilters } from '../filter/run-filters.ts';
import { Recording } from '../trace/recording.ts';
import { GrowingList } from '../trace/growing-list.ts';
import type { RecordSource } from '../trace/record-source.ts';
import type { TraceLog } from '../trace/trace-log.ts';

/** Notes that a state carries; older ones are let go. */
export const MAX_NOTES = 200;

/** What is stored of a run beside its trace: JSON. */
export interface RunDetails {
  readonly title: string;
  readonly steps: number;
  readonly position: number;
  readonly dropped: number;
  readonly devices: (readonly [sid: number, name: string])[];
  /** One digit of EXPECTATION for each step done. */
  readonly expectations: string;
  readonly notes: readonly StepNote[];
  readonly queue: QueueState | null;
  /** ID registers of the SMMU; traces of earlier versions have none. */
  readonly id?: IdRegisters | null;
  /** Traces of earlier versions have none. */
  readonly uapi?: UapiName | null;
  readonly level?: TraceLevel;
  readonly omitted?: number;
  /** What lay where in the end; traces of earlier versions have none. */
  readonly structures?: readonly StructurePlace[];
}

export class RunRecord {
  readonly log: TraceLog;
  readonly filters: RunFilters;
  readonly orders = new Orders();
  title = '';
  steps = 0;
  position = 0;
  /** How much of a transaction the trace tells, and what of it is not there. */
  level: TraceLevel;
  dropped = 0;
  /** A crash ended the recording. */
  cut = false;
  recording: Recording;
  notes: StepNote[] = [];
  /** Of the SMMU that made the trace; null where that is not known. */
  features: Features | null = null;
  uapi: UapiName | null = null;
  /** Empty where there is no machine whose layout is known, such as that of a capture. */
  structures = new StructureMap([]);
  /** The event queue of a stored run as it was in the end: there is no machine to ask. */
  queue: QueueState | null = null;
  #copying: Promise<unknown> = Promise.resolve();
  #copies = 0;
  /** What a crash of this process would leave of it; null: nobody would miss it. */
  unfinished: UnfinishedRun | null = null;
  #devices = new Map<number, string>();
  readonly #expectations = new GrowingList();
  #met = 0;
  #failed = 0;

  constructor(log: TraceLog, options: RecordingOptions = DEFAULT_RECORDING) {
    this.log = log;
    this.level = options.level;
    this.recording = new Recording(options);
    this.filters = new RunFilters(log);
  }

  static restore(log: TraceLog, details: RunDetails, cut: boolean): RunRecord {
    const run = new RunRecord(log);
    run.describe(details);
    run.dropped = details.dropped;
    run.queue = details.queue;
    run.cut = cut;
    run.recording.omitted = details.omitted ?? 0;
    run.level = details.level ?? 'steps';
    run.take({ position: details.position, expectations: Uint8Array.from(details.expectations, Number), notes: [...details.notes] });
    return run;
  }

  /** While the trace is being copied elsewhere it must stay open. */
  get copying(): Promise<unknown> {
    return this.#copying;
  }

  set copying(copied: Promise<unknown>) {
    this.#copying = copied;
    this.#copies++;
    const done = (): void => void this.#copies--;
    copied.then(done, done);
  }

  /** Every record so far is there, and every one to come would be: what a shorter run would have kept is a part of it. */
  get isWhole(): boolean {
    return this.recording.keepsAll && this.omitted === 0 && this.dropped === 0 && !this.cut;
  }

  /**
   * This run as it was behind its first steps. It takes over the trace, unless that is being copied: then it copies of it what is its own.
   * This record must not be used any more, except to be closed where it kept the trace.
   */
  backTo({ position, records, notes, structures }: WentBack, newLog: () => TraceLog): RunRecord {
    const isFree = this.#copies === 0 && this.unfinished?.isLeft !== true;
    const log = isFree ? this.log : newLog();
    if (isFree) log.cut(position, records);
    else this.log.scan(0, records, (words, at, _position, count) => log.append(words.subarray(at, at + count * RECORD_WORDS)));
    const run = new RunRecord(log);
    run.describe({ title: this.title, steps: this.steps, devices: [...this.#devices], id: this.features?.id ?? null, uapi: this.uapi });
    run.level = this.level;
    run.recording = this.recording;
    if (isFree && this.unfinished?.isGone === false) run.unfinished = this.unfinished;
    run.take({ position, expectations: Uint8Array.from({ length: position }, (_, step) => this.#expectations.at(step)!), notes, structures });
    return run;
  }

  get omitted(): number {
    return this.recording.omitted;
  }

  /** Records as the engine makes them; what is wanted of them is kept. */
  record(words: Int32Array): void {
    this.recording.take(words, this.log.records, (kept) => this.log.append(kept));
  }

  get expectations(): { readonly met: number; readonly failed: number } {
    return { met: this.#met, failed: this.#failed };
  }

  describe({ title, steps, devices, id, uapi, structures = [] }: Pick<RunDetails, 'title' | 'steps' | 'devices' | 'id' | 'uapi' | 'structures'>): void {
    this.title = title;
    this.steps = steps;
    this.#devices = new Map(devices);
    this.filters.name(this.#devices);
    this.uapi = uapi ?? null;
    this.structures = new StructureMap(structures);
    this.features = id == null ? null : decodeFeatures(id);
  }

  take({ position, expectations, notes, structures }: Progress): void {
    this.position = position;
    for (const expectation of expectations) {
      this.#expectations.push(expectation);
      if (expectation === EXPECTATION.MET) this.#met++;
      if (expectation === EXPECTATION.FAILED) this.#failed++;
    }
    if (structures !== undefined) this.structures = new StructureMap(structures);
    this.notes = [...this.notes, ...notes].slice(-MAX_NOTES);
  }

  deviceName(sid: number): string | undefined {
    return this.#devices.get(sid);
  }

  /** `step` is 1-based; a step that has not reported yet has no expectation yet. */
  expectationOf(step: number): 'met' | 'failed' | 'none' {
    const expectation = this.#expectations.at(step - 1);
    return expectation === EXPECTATION.MET ? 'met' : expectation === EXPECTATION.FAILED ? 'failed' : 'none';
  }

  /** The part of a RunState that is about the run rather than about who runs it. */
  counts(): Pick<RunState, 'position' | 'steps' | 'transactions' | 'events' | 'faults' | 'records' | 'dropped' | 'omitted' | 'cut' | 'level' | 'paused' | 'expectations' | 'lab' | 'notes' | 'uapi'> {
    const { index, records } = this.log;
    const { position, steps, dropped, omitted, cut, level, notes, title, uapi } = this;
    const { paused } = this.recording;
    const { transactions, events, faults } = index;
    return { position, steps, transactions, events, faults, records, dropped, omitted, cut, level, paused, notes: [...notes], expectations: this.expectations, lab: { title, devices: [...this.#devices].map(([sid, name]) => ({ sid, name })) }, uapi };
  }

  /** SHA-256 over all records, null when there are none or not all. */
  digest(): string | null {
    return this.dropped > 0 || this.omitted > 0 || this.cut || this.log.records === 0 ? null : this.log.digest();
  }

  details(queue: QueueState | null): RunDetails {
    const { title, steps, position, dropped, omitted, level, notes } = this;
    const expectations = Array.from({ length: this.#expectations.length }, (_, i) => this.#expectations.at(i)).join('');
    return { title, steps, position, dropped, omitted, level, devices: [...this.#devices], expectations, notes, queue, id: this.features?.id ?? null, uapi: this.uapi, structures: this.structures.places };
  }

  /** The records so far, which stay there while `work` reads them. */
  reading<T>(work: (trace: RecordSource) => Promise<T>): Promise<T> {
    const { level, dropped, omitted, cut } = this;
    const done = work(this.log.source({ level, dropped, omitted, cut, digest: this.digest() }));
    this.copying = Promise.allSettled([this.copying, done]);
    return done;
  }

  /** Closes the trace once nobody copies it any more. */
  async close(): Promise<void> {
    await this.copying.catch(() => undefined);
    const isLeft = this.unfinished?.isLeft === true;
    if (!isLeft) this.unfinished?.remove();
    this.log.close(isLeft);
  }
}


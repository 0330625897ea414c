/**
 * One UI's lab: the engine, the run on screen and the state between them. Calls that change the machine come one after the
 * other; a run can be stopped at any time.
 */
import type { Decoded, Documents, Problem, ProfileName, QemuComparison, QemuProgress, RecordingOptions, RunState, StalledRow, Stop, Stopped, UapiName } from '../../protocol/contract.ts';
import { DEFAULT_RECORDING } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { CaptureInput, OpenedCapture, ResumeRequest, TranslateRequest } from '../engine/api.ts';
import { EngineSeat } from '../engine/engine-seat.ts';
import type { WorkerSource } from '../threads/worker-source.ts';
import { TraceLog } from '../trace/trace-log.ts';
import { MachineAtHand } from './machine-at-hand.ts';
import { compareWithQemu } from './qemu.ts';
import { MAX_NOTES, RunRecord } from './run-record.ts';
import { stopBefore } from './stop-before.ts';
import { Stops } from './stops.ts';

export interface LabOptions {
  readonly engine: WorkerSource;
  readonly spoolFolder: string;
  /** Segments of 4 MiB of trace kept in memory. */
  readonly segmentsInMemory?: number;
  onChange(state: RunState): void;
  /** A run of documents is about to go on. */
  onStart(run: RunRecord, documents: Documents): void;
  /** It came to its end, or to that of its engine: then it is cut off. */
  onEnded(run: RunRecord, documents: Documents): void;
}

/** What the run on screen is of: only a lab's can go on. */
type Subject = 'nothing' | 'lab' | 'stored' | 'capture';

export class Lab {
  readonly #options: LabOptions;
  readonly #engines: EngineSeat;
  #run: RunRecord;
  #subject: Subject = 'nothing';
  #state: RunState['state'] = 'empty';
  #message: string | undefined;
  #documents: Documents | null = null;
  /** Chosen over those of the documents. */
  #uapi: UapiName | null = null;
  #profile: ProfileName | undefined;
  /** CMD_RESUME was issued by hand: the run is not what its documents alone lead to. */
  #byHand = false;
  /** What the run stopped at, and what it is to stop at while it runs. */
  #stopped: Stopped | null = null;
  #stops: Stops | null = null;
  #comparing = false;
  #recording: RecordingOptions = DEFAULT_RECORDING;
  #revision = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: LabOptions) {
    this.#options = options;
    this.#run = new RunRecord(this.newLog(), this.#recording);
    this.#engines = new EngineSeat(options.engine, {
      records: (words) => this.#run.record(words),
      progress: (progress) => {
        this.#run.take(progress);
        this.#run.dropped = this.#engines.current?.dropped ?? 0;
        this.#changed();
        if (this.#stops?.look() != null) void this.#engines.current?.call('stop', {}).catch(() => undefined);
      },
      died: (message) => this.#died(message),
    });
  }

  /** The run on screen. */
  get shown(): RunRecord {
    return this.#run;
  }

  /** The documents of the machine, null when it is not made of documents. */
  get documents(): Documents | null {
    return this.#subject === 'lab' ? this.#documents : null;
  }

  get machine(): MachineAtHand {
    return new MachineAtHand(this.#run, this.#subject === 'lab' || this.#subject === 'capture' ? this.#engines.current : null);
  }

  /** It stands behind a step that it did: there is a run to keep. One under way is kept when it is at its end. */
  get hasRun(): boolean {
    return this.#state === 'done' || this.#state === 'paused' || this.#state === 'failed';
  }

  newLog(): TraceLog {
    const { spoolFolder, segmentsInMemory } = this.#options;
    return new TraceLog(segmentsInMemory === undefined ? { spoolFolder } : { spoolFolder, segmentsInMemory });
  }

  state(): RunState {
    const digest = this.#state === 'running' ? null : this.#run.digest();
    return {
      revision: ++this.#revision,
      state: this.#state,
      ...this.#run.counts(),
      ...(digest === null ? {} : { digest }),
      ...(this.#message === undefined ? {} : { message: this.#message }),
      ...(this.#stopped === null ? {} : { stopped: this.#stopped }),
      readOnly: this.#subject === 'stored' || this.#subject === 'capture',
    };
  }

  check(documents: Documents): Promise<Problem[]> {
    return this.#engines.take().call('check', { documents });
  }

  decode(text: string): Promise<Decoded[]> {
    return this.#engines.take().call('decode', { text });
  }

  decodeFile(bytes: Uint8Array): Promise<Decoded[]> {
    return this.#engines.take().call('decodeFile', { bytes });
  }

  /** `uapi` null, `profile` undefined: those that the host document names. */
  async load(documents: Documents, uapi: UapiName | null, profile?: ProfileName): Promise<RunState> {
    await this.stop();
    return this.#inTurn(() => this.#load(documents, uapi, profile));
  }

  async reset(): Promise<RunState> {
    this.#requireLab();
    await this.stop();
    return this.#inTurn(() => this.#restart());
  }

  /** One step; the first of a new run when the engine was lost. */
  step(): Promise<RunState> {
    this.#requireLab();
    this.#requireIdle();
    return this.#inTurn(async () => {
      if (this.#state === 'failed') await this.#restart();
      return this.#advance('step');
    });
  }

  /** To where so many steps are done. Going back takes the machine and the trace to what they were there, with what was done by hand until then. */
  seek(position: number, signal?: AbortSignal): Promise<RunState> {
    return this.#stoppable(signal, () => this.#seek(position));
  }

  /** Back to the last of `stops` that was met before, or to the start. */
  back(stops: readonly Stop[], signal: AbortSignal): Promise<RunState> {
    return this.#stoppable(signal, async () => this.#standAt(await stopBefore(this.#run, stops, signal)));
  }

  /** Resolves at the end of the steps, where it was stopped, or at the first of `stops` that it met. */
  run(signal: AbortSignal, stops: readonly Stop[] = []): Promise<RunState> {
    return this.#stoppable(signal, () => (stops.length === 0 ? this.#advance('run') : this.#runTo(stops)));
  }

  #stoppable(signal: AbortSignal | undefined, work: () => Promise<RunState>): Promise<RunState> {
    this.#requireLab();
    this.#requireIdle();
    return this.#inTurn(async () => {
      if (this.#state === 'failed') await this.#restart();
      const stop = (): void => void this.stop();
      signal?.addEventListener('abort', stop);
      try {
        return await work();
      } finally {
        signal?.removeEventListener('abort', stop);
      }
    });
  }

  /** Ends a run under way after the step it is in, and waits for that. */
  async stop(): Promise<RunState> {
    if (this.#state === 'running') {
      await this.#engines.current?.call('stop', {}).catch(() => undefined);
      await this.#queue;
    }
    return this.state();
  }

  /** What of runs from the next load or reset on is recorded. */
  record(options: { readonly [K in keyof RecordingOptions]?: RecordingOptions[K] | undefined }): RecordingOptions {
    const { level, limit, beforeFaults, whenFull } = this.#recording;
    this.#recording = {
      level: options.level ?? level,
      limit: options.limit ?? limit,
      beforeFaults: options.beforeFaults === undefined ? beforeFaults : options.beforeFaults,
      whenFull: options.whenFull ?? whenFull,
    };
    return this.#recording;
  }

  /** At once, until told otherwise or another run begins. */
  pause(paused: boolean): RunState {
    this.#run.recording.paused = paused;
    return this.#changed();
  }

  /** Shows a run that was stored. */
  async show(run: RunRecord): Promise<RunState> {
    await this.stop();
    return this.#inTurn(() => {
      this.#replace(run, 'stored');
      return this.#become(run.position === run.steps ? 'done' : 'paused');
    });
  }

  async openCapture(title: string, input: CaptureInput): Promise<OpenedCapture> {
    await this.stop();
    return this.#inTurn(async () => {
      const run = new RunRecord(this.newLog());
      const opened = await this.#engines.take().call('openCapture', input);
      run.describe({ title, steps: 0, devices: [], id: opened.id, uapi: null });
      this.#replace(run, 'capture');
      this.#become('ready');
      return opened;
    });
  }

  /** The number of the transaction. */
  translate(request: TranslateRequest): Promise<number> {
    return this.#inTurn(async () => {
      if (this.#subject !== 'capture') throw new RpcError({ code: RPC_CODES.noLab, message: 'no capture is open' });
      const note = await this.#engines.take().call('translate', request);
      if (note !== null) this.#run.notes = [...this.#run.notes, note];
      this.#become('ready');
      return this.#run.log.index.transactions;
    });
  }

  async stalled(): Promise<StalledRow[]> {
    return this.#subject === 'lab' ? this.machine.stalled() : [];
  }

  /** CMD_RESUME by hand, between steps. */
  resume(request: ResumeRequest): Promise<RunState> {
    this.#requireLab();
    this.#requireIdle();
    return this.#inTurn(async () => {
      const text = await this.#engines.take().call('resume', request);
      this.#byHand = true;
      this.#run.notes = [...this.#run.notes, { step: this.#run.position, text, severity: 'note' }];
      return this.#become(this.#state);
    });
  }

  /** Where QEMU would answer the lab differently. The machine at hand can be used meanwhile. */
  async compareWithQemu(signal: AbortSignal, tell: (progress: QemuProgress) => void): Promise<QemuComparison> {
    this.#requireLab();
    if (this.#comparing) throw new RpcError({ code: RPC_CODES.busy, message: 'the lab is being compared with QEMU already' });
    if (this.#byHand) throw new RpcError({ code: RPC_CODES.badRequest, message: 'CMD_RESUME was issued by hand: reset the lab to compare it with QEMU' });
    this.#comparing = true;
    try {
      return await compareWithQemu(this.#engines.take(), signal, tell);
    } finally {
      this.#comparing = false;
    }
  }

  async close(): Promise<void> {
    await this.#engines.close();
    await this.#run.close();
  }

  async #load(documents: Documents, uapi: UapiName | null, profile: ProfileName | undefined): Promise<RunState> {
    const { ok, problems } = await this.#engines.take().call('prepare', { documents });
    if (!ok) {
      const [first] = problems.filter((problem) => problem.severity === 'error');
      const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
      const message = first === undefined ? 'the documents cannot be used' : `${first.document} ${first.line}:${first.column}: ${first.message}${more}`;
      throw new RpcError({ code: RPC_CODES.badDocument, message, problems });
    }
    this.#documents = documents;
    this.#uapi = uapi;
    this.#profile = profile;
    return this.#build('build');
  }

  async #restart(): Promise<RunState> {
    if (this.#state === 'failed') return this.#load(this.#documents!, this.#uapi, this.#profile);
    return this.#build('reset');
  }

  async #build(method: 'build' | 'reset'): Promise<RunState> {
    this.#replace(new RunRecord(this.newLog(), this.#recording), 'lab');
    const { level, whenFull } = this.#recording;
    this.#message = undefined;
    this.#stopped = null;
    this.#byHand = false;
    try {
      this.#run.describe(await this.#engines.take().call(method, { level, whenFull, ...(method === 'build' ? this.#chosen() : {}) }));
    } catch (error) {
      this.#subject = 'nothing';
      this.#become('empty');
      throw error;
    }
    return this.#become('ready');
  }

  #chosen(): { uapi?: UapiName; profile?: ProfileName } {
    return { ...(this.#uapi === null ? {} : { uapi: this.#uapi }), ...(this.#profile === undefined ? {} : { profile: this.#profile }) };
  }

  async #advance(method: 'step' | 'run', to?: number): Promise<RunState> {
    return (await this.#execute(method, to)) ? this.#settle() : this.state();
  }

  /** What it runs past the stop that it meets is taken back. */
  async #runTo(stops: readonly Stop[]): Promise<RunState> {
    const watch = new Stops(this.#run, stops, this.#stopped?.step ?? 0);
    this.#stops = watch;
    const went = await this.#execute('run').finally(() => (this.#stops = null));
    if (!went) return this.state();
    const stopped = watch.look();
    return stopped === null ? this.#settle() : this.#standAt(stopped);
  }

  /** Null: at the start. */
  async #standAt(stopped: Stopped | null): Promise<RunState> {
    await this.#seek(stopped === null ? 0 : Stops.positionOf(stopped));
    this.#stopped = stopped;
    return this.#changed();
  }

  async #seek(position: number): Promise<RunState> {
    if (position < this.#run.position) {
      if (this.#run.isWhole) {
        if (!(await this.#back(position))) return this.state();
        // Stopped on the way, it stays there.
        return this.#settle();
      }
      if (this.#byHand) throw new RpcError({ code: RPC_CODES.badRequest, message: 'something was done by hand, and not all records of it were kept: reset the lab' });
      await this.#build('reset');
    }
    return position > this.#run.position ? this.#advance('run', position) : this.#settle();
  }

  /** The machine by the nearest snapshot, the trace by what was recorded then. False: the engine was lost, and the state says so. */
  async #back(position: number): Promise<boolean> {
    this.#message = undefined;
    this.#stopped = null;
    // Nothing is told before it is there: most often that is at once.
    this.#state = 'running';
    const before = this.#run;
    const went = await this.#called(this.#engines.take().call('back', { to: position, notes: MAX_NOTES }));
    if (went === null) return false;
    this.#byHand = went.byHand;
    const run = before.backTo(went, () => this.newLog());
    if (run.log !== before.log) void before.close();
    this.#run = run;
    return true;
  }

  /** Null: the engine was lost or refused, and the state says so. */
  async #called<T>(answer: Promise<T>): Promise<T | null> {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof RpcError) || error.code !== RPC_CODES.engineCrashed) this.#fail((error as Error).message);
      // The state says what happened to the engine; it is set when its death is told, which may be a moment later.
      await new Promise((resolve) => setImmediate(resolve));
      return null;
    }
  }

  /** False: the engine was lost or refused, and the state says so. */
  async #execute(method: 'step' | 'run', to?: number): Promise<boolean> {
    this.#message = undefined;
    this.#stopped = null;
    const run = this.#run;
    if (run.position >= run.steps) return true;
    if (this.#documents !== null) this.#options.onStart(run, this.#documents);
    this.#become('running');
    const engine = this.#engines.take();
    const progress = await this.#called(engine.call(method, to === undefined ? {} : { to }));
    if (progress === null) return false;
    run.take(progress);
    run.dropped = engine.dropped;
    return true;
  }

  #settle(): RunState {
    const { position, steps } = this.#run;
    const wasDone = this.#state === 'done';
    const state = this.#become(position >= steps ? 'done' : position === 0 ? 'ready' : 'paused');
    if (state.state === 'done' && !wasDone && this.#documents !== null) this.#options.onEnded(this.#run, this.#documents);
    return state;
  }

  /** The machine is gone with its thread; what it recorded is still here. */
  #died(message: string): void {
    if (this.#subject === 'lab') return this.#fail(`${message}; a run now begins at step 1.`);
    if (this.#subject !== 'capture') return;
    this.#subject = 'nothing';
    this.#fail(`${message}; open the capture again.`);
  }

  #fail(message: string): void {
    const isEnd = this.#state === 'running' && this.#subject === 'lab';
    this.#message = message;
    if (isEnd) this.#run.cut = true;
    this.#become('failed');
    if (isEnd) this.#options.onEnded(this.#run, this.#documents!);
  }

  #become(state: RunState['state']): RunState {
    this.#state = state;
    return this.#changed();
  }

  #changed(): RunState {
    const state = this.state();
    this.#options.onChange(state);
    return state;
  }

  #replace(run: RunRecord, subject: Subject): void {
    void this.#run.close();
    this.#run = run;
    this.#subject = subject;
  }

  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  #requireIdle(): void {
    if (this.#state === 'running') throw new RpcError({ code: RPC_CODES.busy, message: 'the lab is running: stop it first' });
  }

  #requireLab(): void {
    if (this.#subject === 'lab') return;
    const message = this.#subject === 'nothing' ? 'no lab is loaded' : `this is a ${this.#subject === 'stored' ? 'stored run' : 'capture'}: load a lab to run one`;
    throw new RpcError({ code: RPC_CODES.noLab, message });
  }
}

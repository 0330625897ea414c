/** The lab in the engine's thread: parsed documents, the runner with its machine, and what it says of each step. */
import { locate, parseLab } from '../../formats/lab/index.ts';
import type { Problem } from '../../formats/lab/index.ts';
import type { LabError } from '../../model/base/result.ts';
import type { LabData, Runner, StepResult, StepSaid } from '../../model/lab/index.ts';
import { answerStall, createRunner, Machine, withProfile, withUapi } from '../../model/lab/index.ts';
import type { Smmu } from '../../model/smmu/smmu.ts';
import type { Recorder } from '../../model/trace/recorder.ts';
import type { Documents, ProfileName, UapiName } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { StackBench } from '../../model/lab/stack/bench.ts';
import { EXPECTATION } from './api.ts';
import { LabHistory } from './lab-history.ts';
import { benchOf } from './rings.ts';
import { QemuComparing } from './qemu-comparison.ts';
import { staleNotes } from './stale-notes.ts';
import { structurePlaces } from './structure-places.ts';
import type { BuiltLab, PreparedLab, Progress, ResumeRequest, StepNote, WentBack } from './api.ts';

const EXPECTATIONS = { none: EXPECTATION.NONE, met: EXPECTATION.MET, failed: EXPECTATION.FAILED } as const;

export class LabEngine {
  readonly #newRecorder: () => Recorder;
  #prepared: { readonly documents: Documents; readonly data: LabData } | null = null;
  #runner: Runner | null = null;
  #history: LabHistory | null = null;
  readonly comparing = new QemuComparing();
  /** Results that were reported. */
  #reported = 0;

  constructor(newRecorder: () => Recorder) {
    this.#newRecorder = newRecorder;
  }

  get smmu(): Smmu | null {
    return this.#runner?.machine.smmu ?? null;
  }

  /** The whole stack, in a lab that has one. */
  get bench(): StackBench | null {
    return benchOf(this.#runner?.machine);
  }

  /** The machine of a lab without kernels. */
  get machine(): Machine | null {
    const machine = this.#runner?.machine;
    return machine instanceof Machine ? machine : null;
  }

  /** A device of the host by its StreamID; null: the lab has none. */
  deviceName(sid: number): string | null {
    const data = this.#runner?.data;
    return data?.stack?.data.devices.find(({ StreamID }) => StreamID === sid)?.name ?? data?.host.devices.find(({ StreamID }) => StreamID === sid)?.name ?? null;
  }

  /** Steps done. */
  get position(): number {
    return this.#lab().position;
  }

  get atEnd(): boolean {
    return this.#lab().position >= this.#lab().length;
  }

  prepare(documents: Documents): PreparedLab {
    const parsed = parseLab(documents);
    if (parsed.ok) this.#prepared = { documents, data: parsed.value };
    return { ok: parsed.ok, problems: [...parsed.problems] };
  }

  /** What the steps done so far said. */
  get said(): StepSaid[] {
    return (this.#runner?.results ?? []).map(({ verb, text }) => ({ verb, text }));
  }

  build(uapi?: UapiName, profile?: ProfileName): BuiltLab {
    const prepared = this.#prepared;
    if (prepared === null) throw noLab();
    this.release();
    const onUapi = uapi === undefined ? prepared.data : withUapi(prepared.data, uapi);
    const runner = createRunner(profile === undefined ? onUapi : withProfile(onUapi, profile), { recorder: this.#newRecorder() });
    if (!runner.ok) throw badDocument(prepared.documents, runner.error);
    this.#runner = runner.value;
    this.#history = new LabHistory(runner.value);
    return this.#built();
  }

  reset(): BuiltLab {
    this.#lab().reset(this.#newRecorder());
    this.#history = new LabHistory(this.#lab());
    this.#reported = 0;
    return this.#built();
  }

  /** Does one step; at the end, nothing. */
  step(): void {
    this.#way().step();
  }

  /** Where the machine was at the nearest snapshot before so many steps; `comeBack` does the rest. */
  goBack(position: number): void {
    this.#way().backTo(position);
  }

  /** True: so many steps are done. No records are made. */
  comeBack(position: number, goesOn: () => boolean): boolean {
    return this.#way().advance(position, goesOn);
  }

  wentBack(notes: number): WentBack {
    this.#way().settle();
    const { position, results, machine } = this.#lab();
    this.#reported = position;
    const hands = this.#way().notes;
    return {
      position,
      records: machine.smmu.recorder?.seq ?? 0,
      notes: [...this.#lastNotes(results, notes), ...hands].sort((a, b) => a.step - b.step).slice(-notes),
      byHand: hands.length > 0,
      structures: structurePlaces(machine.structures()),
    };
  }

  /** What was done since the last call. */
  progress(): Progress {
    const { results, position, data } = this.#lab();
    const fresh = results.slice(this.#reported);
    this.#reported = position;
    return {
      position,
      expectations: Uint8Array.from(fresh, (result) => EXPECTATIONS[result.expectation.state]),
      notes: fresh.flatMap((result) => [...notesOf(result), ...staleNotes(result, data)]),
    };
  }

  /** The same where the run stands still, with what lies where by now. */
  atRest(): Progress {
    return { ...this.progress(), structures: structurePlaces(this.#lab().machine.structures()) };
  }

  /** Begins to compare the lab with QEMU. */
  compare(): void {
    this.comparing.begin(this.#lab().data);
  }

  /** The host answers a stalled transaction outside the steps. */
  resume({ sid, stag, answer }: ResumeRequest): string {
    const { machine } = this.#lab();
    if (!(machine instanceof Machine)) throw new RpcError({ code: RPC_CODES.badRequest, message: "in a lab of the whole stack the host's driver answers" });
    const outcome = answerStall(machine, sid, stag, answer);
    if (!outcome.ok) throw new RpcError({ code: outcome.error.code, message: outcome.error.message });
    this.#way().didByHand(() => answerStall(machine, sid, stag, answer), outcome.value);
    return outcome.value;
  }

  release(): void {
    this.comparing.end();
    this.#runner?.release();
    this.#runner = null;
    this.#history = null;
    this.#reported = 0;
  }

  #way(): LabHistory {
    if (this.#history === null) throw noLab();
    return this.#history;
  }

  #lastNotes(results: readonly StepResult[], most: number): StepNote[] {
    const { data } = this.#lab();
    const notes: StepNote[] = [];
    for (let n = results.length - 1; n >= 0 && notes.length < most; n--) notes.unshift(...notesOf(results[n]!), ...staleNotes(results[n]!, data));
    return notes;
  }

  #lab(): Runner {
    if (this.#runner === null) throw noLab();
    return this.#runner;
  }

  #built(): BuiltLab {
    const { data, length, machine } = this.#lab();
    const { id } = machine.smmu.features;
    return { id, structures: structurePlaces(machine.structures()), uapi: data.stack?.data.uapi ?? null, title: data.host.title, steps: length, devices: data.host.devices.map(({ StreamID, name }) => [StreamID, name] as const) };
  }
}

/** What a step said that its transactions do not show. */
function notesOf(result: StepResult): StepNote[] {
  const step = result.index + 1;
  const notes: StepNote[] = [];
  if (result.verb !== 'dma') {
    const details = result.details.map(({ name, value }) => `${name} ${value}`).join(', ');
    notes.push({ step, text: details === '' ? result.text : `${result.text}: ${details}`, severity: 'note' });
  }
  if (result.error !== null) return [{ step, text: result.error.message, severity: 'failed' }];
  if (result.expectation.state === 'failed') notes.push({ step, text: result.expectation.message, severity: 'failed' });
  return notes;
}

const noLab = (): RpcError => new RpcError({ code: RPC_CODES.noLab, message: 'no lab is loaded' });

/** What only building finds, such as memory that is too small, at its place in the documents. */
function badDocument(documents: Documents, error: LabError): RpcError {
  const place = error.at?.path === undefined ? null : locate(documents, error.at.path);
  const somewhere = { document: 'host', line: 1, column: 1, endLine: 1, endColumn: 1 } as const;
  const problem: Problem = { ...(place ?? somewhere), severity: 'error', code: error.code, message: error.message };
  return new RpcError({ code: RPC_CODES.badDocument, message: error.message, at: { ...error.at }, problems: [problem] });
}

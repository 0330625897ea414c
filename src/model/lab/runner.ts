/** Runs the steps of a lab one by one and says of each what happened and whether it was what the lab expected. */
import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import type { LabError, Place, Result } from '../base/result.ts';
import type { StaleHit } from '../smmu/coherence/stale-hit.ts';
import { missingText, wastedText } from '../smmu/coherence/stale-hit-text.ts';
import type { WastedCommand } from '../smmu/coherence/waste.ts';
import type { Outcome } from '../smmu/outcome.ts';
import type { Remembered } from '../history/history.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { DmaInput, LabData, StepData, VerbInputs, VerbName } from './data.ts';
import { Machine } from './machine.ts';
import { StackBench } from './stack/bench.ts';
import type { StackStep, StackVerbName } from './stack/data.ts';
import { perform } from './stack/perform.ts';
import { Watch } from './stack/watch.ts';
import { VERBS } from './verbs.ts';
import { staleOf } from './verbs/dma.ts';
import type { Detail, DmaDone, Done } from './verbs/verb.ts';

export interface Expectation {
  readonly state: 'met' | 'failed' | 'none';
  /** What differed, or what was met. */
  readonly message: string;
}

export interface StepResult {
  /** From 0. */
  readonly index: number;
  readonly verb: VerbName | StackVerbName;
  readonly text: string;
  readonly expectation: Expectation;
  readonly details: readonly Detail[];
  /** Set when the step could not be done; it counts as a failed expectation. */
  readonly error: LabError | null;
  /** What can differ between uAPIs; empty in a lab without one. */
  readonly outline: readonly string[];
  /** What a DMA asked for, and what came of it. */
  readonly dma: DmaStep | null;
}

export interface DmaStep {
  readonly input: Omit<DmaInput, 'expect'>;
  readonly sid: number;
  /** Numbers of its transactions, as in the trace. */
  readonly transactions: { readonly first: number; readonly last: number };
  /** Of the transaction that decided: the first that did not succeed, or the last. */
  readonly outcome: Outcome;
  readonly stale: readonly StaleHit[];
  readonly why: string;
  readonly moved: number;
}

export interface RunSummary {
  readonly met: number;
  readonly failed: number;
  readonly transactions: number;
  readonly faults: number;
  readonly events: number;
  /** Cache entries that answered otherwise than memory would, and what would have removed them. */
  readonly stale: readonly MissingCommands[];
  /** Commands that removed nothing though something was out of date, or far more than that (smmu/coherence/waste.ts). */
  readonly wasted: readonly WastedCommands[];
}

export interface MissingCommands {
  /** Commands as text, in order, or that none helps. */
  readonly commands: string;
  readonly hits: number;
  /** Steps whose accesses hit such entries, from 1. */
  readonly steps: readonly number[];
}

export interface WastedCommands {
  /** The command, what it removed, and what would have done. */
  readonly text: string;
  readonly times: number;
  /** Steps that issued it, from 1; 0: before the first. */
  readonly steps: readonly number[];
}

export interface RunnerOptions {
  readonly recorder?: Recorder | null;
}

/** What a lab runs on: tables that its owners put in memory, or the whole stack with its drivers. */
interface Bench {
  readonly machine: Machine | StackBench;
  /** What remembers something from one step to the next. */
  readonly parts: readonly object[];
  /** Of the documents. */
  readonly steps: readonly AnyStep[];
  perform(step: AnyStep): Performed;
}

/** A step of either kind of lab; it must be of the kind of the lab. */
export type AnyStep = StepData | StackStep;

interface Performed {
  readonly verb: VerbName | StackVerbName;
  readonly done: Result<Done>;
}

function createBench(data: LabData, { recorder = null }: RunnerOptions): Result<Bench> {
  return data.stack === undefined ? directBench(data, recorder) : stackBench(data, recorder);
}

function directBench(data: LabData, recorder: Recorder | null): Result<Bench> {
  const machine = Machine.create(data, { recorder });
  if (!machine.ok) return machine;
  return ok({
    machine: machine.value,
    parts: [machine.value],
    steps: data.steps,
    perform(one) {
      const step = one as StepData;
      return { verb: step.verb, done: execute(machine.value, step.verb, step.input) };
    },
  });
}

function stackBench({ host, stack }: LabData, recorder: Recorder | null): Result<Bench> {
  assert(stack !== undefined, 'the lab is of the whole stack');
  const bench = StackBench.create(host, stack, recorder);
  if (!bench.ok) return bench;
  const watch = new Watch(bench.value);
  return ok({
    machine: bench.value,
    parts: [bench.value, watch],
    steps: stack.steps,
    perform(one) {
      const step = one as StackStep;
      return { verb: step.verb, done: perform(bench.value, watch, step) };
    },
  });
}

function execute<V extends VerbName>(machine: Machine, verb: V, input: VerbInputs[V]): Result<Done> {
  return VERBS[verb].execute(machine, input);
}

function expectationOf(done: Result<Done>): Expectation {
  if (!done.ok) return { state: 'failed', message: done.error.message };
  const { differences } = done.value;
  if (differences === null) return { state: 'none', message: '' };
  return differences.length === 0 ? { state: 'met', message: 'as expected' } : { state: 'failed', message: differences.join('; ') };
}

export class Runner {
  readonly data: LabData;
  readonly results: StepResult[] = [];
  /** What came of steps that are not of the documents. */
  readonly performed: StepResult[] = [];
  readonly #options: RunnerOptions;
  #bench: Bench;

  private constructor(data: LabData, bench: Bench, options: RunnerOptions) {
    this.data = data;
    this.#bench = bench;
    this.#options = options;
  }

  /** Builds the machine; the error says which part of the documents asked for what cannot be. */
  static create(data: LabData, options: RunnerOptions = {}): Result<Runner> {
    const bench = createBench(data, options);
    return bench.ok ? ok(new Runner(data, bench.value, options)) : bench;
  }

  get machine(): Machine | StackBench {
    return this.#bench.machine;
  }

  /** What a history of the run looks at (history/history.ts). */
  get remembered(): Remembered {
    const { smmu } = this.machine;
    return { roots: [...this.#bench.parts, ...(smmu.recorder === null ? [] : [smmu.recorder])], memory: smmu.memory, apart: allOf(this.data) };
  }

  /** The machine is that of an earlier time again: what was done since is forgotten. */
  wentBackTo(position: number, performed: number): void {
    this.results.length = position;
    this.performed.length = performed;
  }

  /** Number of steps done. */
  get position(): number {
    return this.results.length;
  }

  get length(): number {
    return this.#bench.steps.length;
  }

  /** Does the next step; null when there is none. */
  step(): StepResult | null {
    const step = this.#bench.steps[this.position];
    if (step === undefined) return null;
    const { smmu } = this.machine;
    smmu.coherence?.atStep(this.position + 1);
    smmu.recorder?.step(this.position);
    const result = this.#do(step, this.position, { path: `steps[${this.position}]` });
    this.results.push(result);
    return result;
  }

  /** Does a step that is not of the documents; in the trace it belongs to the step before it. Its index is its number among its like. */
  perform(step: AnyStep): StepResult {
    const result = this.#do(step, this.performed.length, {});
    this.performed.push(result);
    return result;
  }

  /** Does the steps that are left. */
  run(): readonly StepResult[] {
    const from = this.position;
    while (this.step() !== null) continue;
    return this.results.slice(from);
  }

  /** Back to the start: a new machine from the same documents, in the same memory. */
  reset(recorder: Recorder | null = this.#options.recorder ?? null): void {
    this.machine.release();
    const bench = createBench(this.data, { recorder });
    assert(bench.ok, 'what was built once can be built again');
    this.#bench = bench.value;
    this.results.length = 0;
    this.performed.length = 0;
  }

  /** Gives the memory back; the runner must not be used any more. */
  release(): void {
    this.machine.release();
  }

  summary(): RunSummary {
    const all = [...this.results, ...this.performed];
    const dmas = all.flatMap((result) => (result.dma === null ? [] : [result.dma]));
    return {
      met: all.filter((result) => result.expectation.state === 'met').length,
      failed: all.filter((result) => result.expectation.state === 'failed').length,
      transactions: dmas.reduce((sum, { transactions }) => sum + transactions.last - transactions.first + 1, 0),
      faults: dmas.filter(({ outcome }) => outcome.fault !== undefined).length,
      events: dmas.reduce((sum, { outcome }) => sum + outcome.events.length, 0),
      stale: missingCommands(all),
      wasted: wastedCommands(this.machine.smmu.coherence?.wasted ?? []),
    };
  }

  #do(step: AnyStep, index: number, at: Place): StepResult {
    const { verb, done } = this.#bench.perform(step);
    const base = { index, verb, expectation: expectationOf(done) };
    if (!done.ok) return { ...base, text: done.error.message, details: [], outline: [], error: { ...done.error, at }, dma: null };
    const { text, details = [], outline = [], dma } = done.value;
    return { ...base, text, details, outline, error: null, dma: dma === undefined ? null : this.#dmaStep(dma) };
  }

  #dmaStep({ input, first, outcome, why, moved }: DmaDone): DmaStep {
    const sid = this.data.host.devices.find((device) => device.name === input.device)?.StreamID ?? 0;
    return { input, sid, transactions: { first: first.transaction, last: outcome.transaction }, outcome, stale: staleOf({ outcome, first }), why, moved };
  }
}

/** Every object of plain data. */
function allOf(data: object): Set<object> {
  const found = new Set<object>([data]);
  for (const one of found) for (const value of Object.values(one)) if (typeof value === 'object' && value !== null) found.add(value as object);
  return found;
}

function missingCommands(results: readonly StepResult[]): MissingCommands[] {
  const found = new Map<string, { hits: number; steps: Set<number> }>();
  for (const { index, dma } of results) {
    for (const hit of dma?.stale ?? []) {
      const commands = missingText(hit);
      const one = found.get(commands) ?? { hits: 0, steps: new Set() };
      found.set(commands, { hits: one.hits + 1, steps: one.steps.add(index + 1) });
    }
  }
  return [...found].map(([commands, { hits, steps }]) => ({ commands, hits, steps: [...steps] }));
}

function wastedCommands(wasted: readonly WastedCommand[]): WastedCommands[] {
  const found = new Map<string, { times: number; steps: Set<number> }>();
  for (const one of wasted) {
    const text = wastedText(one);
    const { times, steps } = found.get(text) ?? { times: 0, steps: new Set() };
    found.set(text, { times: times + 1, steps: steps.add(one.step) });
  }
  return [...found].map(([text, { times, steps }]) => ({ text, times, steps: [...steps] }));
}

/** Builds a lab and a runner for its steps. */
export const createRunner = (data: LabData, options: RunnerOptions = {}): Result<Runner> => Runner.create(data, options);

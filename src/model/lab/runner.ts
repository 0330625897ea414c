/** Runs the steps of a lab one by one and says of each what happened and whether it was what the lab expected. */
import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import type { LabError, Result } from '../base/result.ts';
import type { Outcome } from '../smmu/outcome.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { DmaInput, LabData, StepData, VerbInputs, VerbName } from './data.ts';
import { Machine } from './machine.ts';
import { VERBS } from './verbs.ts';
import type { Detail, Done } from './verbs/verb.ts';

export interface Expectation {
  readonly state: 'met' | 'failed' | 'none';
  /** What differed, or what was met. */
  readonly message: string;
}

export interface StepResult {
  /** From 0. */
  readonly index: number;
  readonly verb: VerbName;
  readonly text: string;
  readonly expectation: Expectation;
  readonly details: readonly Detail[];
  /** Set when the step could not be done; it counts as a failed expectation. */
  readonly error: LabError | null;
  /** What a DMA asked for, and what came of it. */
  readonly dma: DmaStep | null;
}

export interface DmaStep {
  readonly input: DmaInput;
  readonly sid: number;
  /** Numbers of its transactions, as in the trace. */
  readonly transactions: { readonly first: number; readonly last: number };
  /** Of the transaction that decided: the first that did not succeed, or the last. */
  readonly outcome: Outcome;
  readonly why: string;
  readonly moved: number;
}

export interface RunSummary {
  readonly met: number;
  readonly failed: number;
  readonly transactions: number;
  readonly faults: number;
  readonly events: number;
}

export interface RunnerOptions {
  readonly recorder?: Recorder | null;
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
  readonly #options: RunnerOptions;
  #machine: Machine;

  private constructor(data: LabData, machine: Machine, options: RunnerOptions) {
    this.data = data;
    this.#machine = machine;
    this.#options = options;
  }

  /** Builds the machine; the error says which part of the documents asked for what cannot be. */
  static create(data: LabData, options: RunnerOptions = {}): Result<Runner> {
    const machine = Machine.create(data, options);
    return machine.ok ? ok(new Runner(data, machine.value, options)) : machine;
  }

  get machine(): Machine {
    return this.#machine;
  }

  /** Number of steps done. */
  get position(): number {
    return this.results.length;
  }

  get length(): number {
    return this.data.steps.length;
  }

  /** Does the next step; null when there is none. */
  step(): StepResult | null {
    const step = this.data.steps[this.position];
    if (step === undefined) return null;
    this.#machine.smmu.recorder?.step(this.position);
    const result = this.#run(step);
    this.results.push(result);
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
    this.#machine.release();
    const machine = Machine.create(this.data, { recorder });
    assert(machine.ok, 'what was built once can be built again');
    this.#machine = machine.value;
    this.results.length = 0;
  }

  /** Gives the memory back; the runner must not be used any more. */
  release(): void {
    this.#machine.release();
  }

  summary(): RunSummary {
    const dmas = this.results.flatMap((result) => (result.dma === null ? [] : [result.dma]));
    return {
      met: this.results.filter((result) => result.expectation.state === 'met').length,
      failed: this.results.filter((result) => result.expectation.state === 'failed').length,
      transactions: dmas.reduce((sum, { transactions }) => sum + transactions.last - transactions.first + 1, 0),
      faults: dmas.filter(({ outcome }) => outcome.fault !== undefined).length,
      events: dmas.reduce((sum, { outcome }) => sum + outcome.events.length, 0),
    };
  }

  #run(step: StepData): StepResult {
    const done = execute(this.#machine, step.verb, step.input);
    const index = this.position;
    const expectation = expectationOf(done);
    const base = { index, verb: step.verb, expectation };
    if (!done.ok) return { ...base, text: done.error.message, details: [], error: { ...done.error, at: { path: `steps[${index}]` } }, dma: null };
    const { text, details = [] } = done.value;
    return { ...base, text, details, error: null, dma: step.verb === 'dma' ? this.#dmaStep(step.input, done.value) : null };
  }

  #dmaStep(input: DmaInput, { dma }: Done): DmaStep {
    assert(dma !== undefined, 'a DMA tells of its transactions');
    const sid = this.#machine.streams.get(input.device)?.data.StreamID ?? 0;
    const transactions = { first: dma.first.transaction, last: dma.outcome.transaction };
    return { input, sid, transactions, outcome: dma.outcome, why: dma.why, moved: dma.moved };
  }
}

/** Builds a lab and a runner for its steps. */
export const createRunner = (data: LabData, options: RunnerOptions = {}): Result<Runner> => Runner.create(data, options);

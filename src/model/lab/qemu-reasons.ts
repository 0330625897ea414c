/** Which of QEMU's deviations make a step of a lab's trace another: what `compare` gives as the reason. */
import { DEVIATIONS } from '../spec/index.ts';
import type { DeviationId } from '../spec/index.ts';
import { contentsOf } from '../trace/compare/compare.ts';
import type { CompareOptions } from '../trace/compare/compare.ts';
import { ItemReader } from '../trace/compare/item.ts';
import { RECORD_WORDS } from '../trace/record.ts';
import { Recorder } from '../trace/recorder.ts';
import { TraceBuffer } from '../trace/sink.ts';
import type { LabData, SmmuData } from './data.ts';
import type { ComparisonProgress } from './qemu-differences.ts';
import { createRunner } from './runner.ts';

const ALL = DEVIATIONS.map(({ id }) => id);
/** As QEMU, with none of the deviations, with each alone, without each. */
const AT_MOST = 2 + 2 * ALL.length;

/** The records of one step, and, once somebody asked, what is compared of them as one text. */
class StepTrace {
  readonly #records: Int32Array;
  readonly #options: CompareOptions;
  #content: string | null = null;

  constructor(records: Int32Array, options: CompareOptions) {
    this.#records = records;
    this.#options = options;
  }

  /** Most steps are the same word for word, but for sequence and transaction: of those nothing is made into text. */
  isLike(other: StepTrace | undefined): boolean {
    return other !== undefined && (sameWords(this.#records, other.#records) || this.content === other.content);
  }

  get content(): string {
    if (this.#content !== null) return this.#content;
    const reader = new ItemReader();
    const stretches = [...reader.push(this.#records), reader.end()];
    return (this.#content = stretches.map(({ items }) => contentsOf(items, this.#options)).join(''));
  }
}

function sameWords(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at] && at % RECORD_WORDS !== 1 && at % RECORD_WORDS !== 2) return false;
  return true;
}

type Run = Generator<ComparisonProgress, number, void>;

/** The run after `done` others: `take` gets each step, 0 what came before the first; yields after each. How many there were: none where the lab cannot be built so. */
function* run(lab: LabData, smmu: Partial<SmmuData>, options: CompareOptions, done: number, take: (step: StepTrace, index: number) => void): Run {
  const buffer = new TraceBuffer();
  const runner = createRunner({ ...lab, host: { ...lab.host, smmu: { ...lab.host.smmu, ...smmu } } }, { recorder: new Recorder(buffer) });
  if (!runner.ok) return 0;
  let index = 0;
  const taken = (): void => {
    take(new StepTrace(buffer.taken().slice(), options), index++);
    buffer.clear();
  };
  try {
    taken();
    while (runner.value.step() !== null) {
      taken();
      yield { done, atMost: AT_MOST };
    }
    return index;
  } finally {
    runner.value.release();
  }
}

function* whole(lab: LabData, smmu: Partial<SmmuData>, options: CompareOptions, done: number): Generator<ComparisonProgress, readonly StepTrace[], void> {
  const steps: StepTrace[] = [];
  yield* run(lab, smmu, options, done, (step) => steps.push(step));
  return steps;
}

type Found = ReadonlyMap<number, readonly DeviationId[]>;

/** Which of the deviations, each in a run of its own, make a step another than that of `plain`. */
function* changing(lab: LabData, having: (id: DeviationId) => readonly DeviationId[], plain: readonly StepTrace[], options: CompareOptions, done: number): Generator<ComparisonProgress, Found, void> {
  const found = new Map<number, DeviationId[]>();
  for (const [n, id] of ALL.entries()) {
    const add = (step: number): void => void found.set(step, [...(found.get(step) ?? []), id]);
    const steps = yield* run(lab, { profile: 'arch', deviations: having(id) }, options, done + n, (step, index) => {
      if (!step.isLike(plain[index])) add(index);
    });
    for (let missing = steps; missing < plain.length; missing++) add(missing);
  }
  return found;
}

/**
 * By step, 0 before the first: deviations each of which alone makes it another, by itself or by what it left behind in an earlier step; where
 * no single one does, those without which QEMU's would be another. The lab must be one of the architecture. It yields after each step of each run.
 */
export function* deviationsByStep(lab: LabData, options: CompareOptions): Generator<ComparisonProgress, Found, void> {
  const qemu = yield* whole(lab, { profile: 'qemu-11', deviations: [] }, options, 0);
  const plain = yield* whole(lab, { profile: 'arch', deviations: [] }, options, 1);
  const parted = Array.from({ length: Math.max(qemu.length, plain.length) }, (_, step) => step).filter((step) => qemu[step]?.isLike(plain[step]) !== true);
  if (parted.length === 0) return new Map();
  const alone = yield* changing(lab, (id) => [id], plain, options, 2);
  if (parted.every((step) => alone.has(step))) return alone;
  const without = yield* changing(lab, (id) => ALL.filter((other) => other !== id), qemu, options, 2 + ALL.length);
  return new Map(parted.map((step) => [step, alone.get(step) ?? without.get(step) ?? []]));
}

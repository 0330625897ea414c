/** Which of QEMU's deviations make a step of a lab's trace another: what `compare` gives as the reason. */
import { DEVIATIONS } from '../spec/index.ts';
import type { DeviationId } from '../spec/index.ts';
import { contentsOf } from '../trace/compare/compare.ts';
import type { CompareOptions } from '../trace/compare/compare.ts';
import { ItemReader } from '../trace/compare/item.ts';
import { Recorder } from '../trace/recorder.ts';
import { TraceBuffer } from '../trace/sink.ts';
import type { LabData, SmmuData } from './data.ts';
import type { ComparisonProgress } from './qemu-differences.ts';
import { createRunner } from './runner.ts';

const ALL = DEVIATIONS.map(({ id }) => id);
/** As QEMU, with none of the deviations, with each alone, without each. */
const AT_MOST = 2 + 2 * ALL.length;

/** What is compared of each step, as one text; by step, 0 before the first. */
type Steps = readonly string[];
type Run = Generator<ComparisonProgress, Steps, void>;

/** The run after `done` others; yields after each step. A lab that cannot be built so has no steps. */
function* stepsOf(lab: LabData, smmu: Partial<SmmuData>, options: CompareOptions, done: number): Run {
  const buffer = new TraceBuffer();
  const runner = createRunner({ ...lab, host: { ...lab.host, smmu: { ...lab.host.smmu, ...smmu } } }, { recorder: new Recorder(buffer) });
  if (!runner.ok) return [];
  const reader = new ItemReader();
  const steps: string[] = [];
  const take = (records: Int32Array): void => {
    for (const { index, items } of reader.push(records)) steps[index] = `${steps[index] ?? ''}${contentsOf(items, options)}`;
    buffer.clear();
  };
  try {
    while (runner.value.step() !== null) {
      take(buffer.taken());
      yield { done, atMost: AT_MOST };
    }
    take(buffer.taken());
    const { index, items } = reader.end();
    steps[index] = `${steps[index] ?? ''}${contentsOf(items, options)}`;
    return steps;
  } finally {
    runner.value.release();
  }
}

/** Which of the deviations, each in a run of its own, make a step another than that of `plain`. */
function* changing(lab: LabData, having: (id: DeviationId) => readonly DeviationId[], plain: Steps, options: CompareOptions, done: number): Generator<ComparisonProgress, ReadonlyMap<number, readonly DeviationId[]>, void> {
  const found = new Map<number, DeviationId[]>();
  for (const [n, id] of ALL.entries()) {
    const steps = yield* stepsOf(lab, { profile: 'arch', deviations: having(id) }, options, done + n);
    for (let step = 0; step < plain.length; step++) if (steps[step] !== plain[step]) found.set(step, [...(found.get(step) ?? []), id]);
  }
  return found;
}

/**
 * By step, 0 before the first: deviations each of which alone makes it another, by itself or by what it left behind in an earlier step; where
 * no single one does, those without which QEMU's would be another. The lab must be one of the architecture. It yields after each step of each run.
 */
export function* deviationsByStep(lab: LabData, options: CompareOptions): Generator<ComparisonProgress, ReadonlyMap<number, readonly DeviationId[]>, void> {
  const qemu = yield* stepsOf(lab, { profile: 'qemu-11', deviations: [] }, options, 0);
  const plain = yield* stepsOf(lab, { profile: 'arch', deviations: [] }, options, 1);
  const parted = Array.from({ length: Math.max(qemu.length, plain.length) }, (_, step) => step).filter((step) => qemu[step] !== plain[step]);
  if (parted.length === 0) return new Map();
  const alone = yield* changing(lab, (id) => [id], plain, options, 2);
  if (parted.every((step) => alone.has(step))) return alone;
  const without = yield* changing(lab, (id) => ALL.filter((other) => other !== id), qemu, options, 2 + ALL.length);
  return new Map(parted.map((step) => [step, alone.get(step) ?? without.get(step) ?? []]));
}

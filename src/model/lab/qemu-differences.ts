/** Where QEMU would answer a lab's accesses differently, and which of its deviations make it so. */
import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Outcome } from '../smmu/outcome.ts';
import { DEVIATIONS } from '../spec/index.ts';
import type { DeviationId } from '../spec/index.ts';
import type { LabData, SmmuData } from './data.ts';
import { createRunner } from './runner.ts';
import type { DmaStep } from './runner.ts';

export interface QemuDifference {
  /** The step, from 0. */
  readonly index: number;
  /** Its transactions, from the first that the two may answer differently; numbers as in the trace. */
  readonly transactions: { readonly first: number; readonly last: number };
  /** What the SMMU of the lab does, and what QEMU's would: status, address, event. */
  readonly here: string;
  readonly qemu: string;
  /** Deviations each of which alone changes the answer, or without each of which QEMU's would be another. */
  readonly because: readonly DeviationId[];
}

export interface QemuComparison {
  readonly differences: readonly QemuDifference[];
  /** Transactions of the DMA steps, all that was compared: ranges of numbers as in the trace, in order. */
  readonly compared: readonly { readonly first: number; readonly last: number }[];
}

/** Runs of the lab: done, and the most that may be needed altogether. */
export interface ComparisonProgress {
  readonly done: number;
  readonly atMost: number;
}

/** What one run answered to its DMA steps; null for steps of another kind. */
type Answers = readonly (Answer | null)[];
interface Answer {
  readonly text: string;
  readonly transactions: DmaStep['transactions'];
  /** The transaction that decided, counted from the first of its step. */
  readonly decided: number;
}

const ALL = DEVIATIONS.map(({ id }) => id);
/** As it is, as QEMU, with none of the deviations, with each alone, without each. */
const AT_MOST = 3 + 2 * ALL.length;

function textOf({ status, pa, fault, response, events }: Outcome): string {
  if (fault === undefined) return [status, ...(pa === undefined ? [] : [`0x${pa.toString(16)}`]), ...(response === 'ok' ? [] : [response])].join(' ');
  const records = events.map((record) => [...record].map((word) => word.toString(16).padStart(8, '0')).join(' '));
  return [status, fault.name, `stage ${fault.stage}`, response, ...(records.length === 0 ? ['no event'] : records)].join(' ');
}

const answerOf = ({ outcome, transactions }: DmaStep): Answer => ({ text: textOf(outcome), transactions, decided: outcome.transaction - transactions.first });

/** The run after `done` others; yields after each step. */
function* answers(lab: LabData, smmu: Partial<SmmuData>, done: number): Generator<ComparisonProgress, Result<Answers>, void> {
  const runner = createRunner({ ...lab, host: { ...lab.host, smmu: { ...lab.host.smmu, ...smmu } } });
  if (!runner.ok) return runner;
  const progress = { done, atMost: AT_MOST };
  try {
    while (runner.value.step() !== null) yield progress;
    return ok(runner.value.results.map(({ dma }) => (dma === null ? null : answerOf(dma))));
  } finally {
    runner.value.release();
  }
}

/** The answers of a run for each of the deviations; a lab that cannot be built so has none. */
function* answersOfEach(lab: LabData, having: (id: DeviationId) => readonly DeviationId[], done: number): Generator<ComparisonProgress, ReadonlyMap<DeviationId, Answers>, void> {
  const each = new Map<DeviationId, Answers>();
  for (const id of ALL) {
    const run = yield* answers(lab, { profile: 'arch', deviations: having(id) }, done + each.size);
    each.set(id, run.ok ? run.value : []);
  }
  return each;
}

/**
 * Runs the lab as it is and with QEMU's behaviour, and once for each deviation where the two part. Each run begins anew,
 * so that a difference may be the consequence of one before it. It yields after each step of each run, so that whoever
 * drives it can do other things, tell how far it is, or let it go.
 */
export function* comparisonWithQemu(lab: LabData): Generator<ComparisonProgress, Result<QemuComparison>, void> {
  const here = yield* answers(lab, {}, 0);
  if (!here.ok) return here;
  const qemu = yield* answers(lab, { profile: 'qemu-11', deviations: [] }, 1);
  if (!qemu.ok) return qemu;
  const compared = rangesOf(here.value);
  const parted = here.value.flatMap((answer, index) => (answer === null || answer.text === qemu.value[index]?.text ? [] : [index]));
  if (parted.length === 0) return ok({ differences: [], compared });
  const reasons = yield* reasonsFor(lab, parted, qemu.value);
  const differences = parted.map((index, at) => difference(index, here.value[index]!, qemu.value[index] ?? null, reasons[at]!));
  return ok({ differences, compared });
}

/** The transactions of all steps, neighbours as one range. */
function rangesOf(run: Answers): QemuComparison['compared'] {
  const ranges: { first: number; last: number }[] = [];
  for (const answer of run) {
    if (answer === null) continue;
    const { first, last } = answer.transactions;
    const before = ranges.at(-1);
    if (before !== undefined && before.last + 1 === first) before.last = last;
    else ranges.push({ first, last });
  }
  return ranges;
}

function* reasonsFor(lab: LabData, parted: readonly number[], qemu: Answers): Generator<ComparisonProgress, readonly (readonly DeviationId[])[], void> {
  const none = yield* answers(lab, { profile: 'arch', deviations: [] }, 2);
  const plain = none.ok ? none.value : [];
  const alone = yield* answersOfEach(lab, (id) => [id], 3);
  const single = parted.map((index) => ALL.filter((id) => alone.get(id)![index]?.text !== plain[index]?.text));
  if (single.every((ids) => ids.length > 0)) return single;
  const without = yield* answersOfEach(lab, (id) => ALL.filter((other) => other !== id), 3 + ALL.length);
  return parted.map((index, at) => (single[at]!.length > 0 ? single[at]! : ALL.filter((id) => without.get(id)![index]?.text !== qemu[index]?.text)));
}

function difference(index: number, here: Answer, qemu: Answer | null, because: readonly DeviationId[]): QemuDifference {
  const { first, last } = here.transactions;
  const parts = Math.min(here.decided, qemu?.decided ?? 0);
  return { index, transactions: { first: first + parts, last }, here: here.text, qemu: qemu?.text ?? 'no answer', because };
}

/** The same in one go. */
export function qemuDifferences(lab: LabData): Result<readonly QemuDifference[]> {
  const comparison = comparisonWithQemu(lab);
  let next = comparison.next();
  while (next.done !== true) next = comparison.next();
  return next.value.ok ? ok(next.value.value.differences) : next.value;
}

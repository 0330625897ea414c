import { hex } from '../model/base/address.ts';
import { answerJson } from '../formats/batch/request.ts';
import { staleHitText } from '../model/smmu/coherence/stale-hit-text.ts';
import type { RunSummary, StepResult } from '../model/lab/index.ts';
import { jsonLine } from './io.ts';

/** What a step of a lab did, as text or as a JSON line. */
export function stepOutput(step: StepResult, json: boolean): string {
  if (!json) {
    const { index, verb, text, expectation, details, dma } = step;
    const state = { met: 'met', failed: 'NOT MET', none: '' }[expectation.state];
    const why = expectation.state === 'failed' ? [`expected otherwise: ${expectation.message}`] : [];
    const lines = [...(dma === null ? [] : [dma.why]), ...details.map(({ name, value }) => `${name}: ${value}`), ...why];
    return `${String(index + 1).padStart(3)} ${verb.padEnd(10)} ${state.padEnd(7)}  ${text}\n${lines.map((line) => `${' '.repeat(24)}${line}\n`).join('')}`;
  }
  return jsonLine(stepJson(step));
}

/** The keys of a step's JSON line. */
export function stepJson({ index, verb, text, expectation, details, error, dma }: StepResult): Readonly<Record<string, unknown>> {
  return {
    step: index + 1,
    verb,
    text,
    expectation,
    ...(details.length === 0 ? {} : { details }),
    ...(error === null ? {} : { error }),
    ...(dma === null ? {} : { sid: dma.sid, iova: hex(dma.input.iova), transactions: dma.transactions, moved: dma.moved, why: dma.why, ...answerJson(dma.outcome), ...(dma.stale.length === 0 ? {} : { stale: dma.stale.map(staleHitText) }) }),
  };
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** How the run went as a whole. `digest` is over all trace records; null when so many were left out. */
export function summaryOutput(summary: RunSummary, digest: string | null, omitted: number, json: boolean): string {
  if (json) return jsonLine({ summary, digest, ...(omitted === 0 ? {} : { omitted }) });
  const { met, failed, transactions, faults, events, stale, wasted } = summary;
  const hits = stale.reduce((sum, one) => sum + one.hits, 0);
  const counts = [counted(transactions, 'transaction'), counted(faults, 'fault'), counted(events, 'event'), ...(hits === 0 ? [] : [counted(hits, 'stale hit')])].join(', ');
  const missing = stale.map(({ commands, steps }) => `missing: ${commands} (step ${steps.join(', ')})\n`).join('');
  const waste = wasted.map(({ text, steps }) => `${text} (step ${steps.join(', ')})\n`).join('');
  return `${counted(met, 'expectation')} met, ${failed} not; ${counts}\n${missing}${waste}${digest === null ? `no digest: ${counted(omitted, 'record')} left out` : `digest ${digest}`}\n`;
}

/** Where QEMU would answer a lab's accesses differently, and which of its deviations make it so. */
import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Outcome } from '../smmu/outcome.ts';
import { DEVIATIONS } from '../spec/index.ts';
import type { DeviationId } from '../spec/index.ts';
import type { LabData, SmmuData } from './data.ts';
import { createRunner } from './runner.ts';
import type { StepResult } from './runner.ts';

export interface QemuDifference {
  /** The step, from 0. */
  readonly index: number;
  /** What the SMMU of the lab does, and what QEMU's would: status, address, event. */
  readonly here: string;
  readonly qemu: string;
  /** Deviations each of which alone changes the answer, or without each of which QEMU's would be another. */
  readonly because: readonly DeviationId[];
}

const answerOf = ({ dma }: StepResult): string | null => (dma === null ? null : textOf(dma.outcome));

function textOf({ status, pa, fault, response, events }: Outcome): string {
  if (fault === undefined) return [status, ...(pa === undefined ? [] : [`0x${pa.toString(16)}`]), ...(response === 'ok' ? [] : [response])].join(' ');
  const records = events.map((record) => [...record].map((word) => word.toString(16).padStart(8, '0')).join(' '));
  return [status, fault.name, `stage ${fault.stage}`, response, ...(records.length === 0 ? ['no event'] : records)].join(' ');
}

/** The answers to all DMA steps, null for steps of another kind. */
function answers(lab: LabData, smmu: Partial<SmmuData>): Result<readonly (string | null)[]> {
  const runner = createRunner({ ...lab, host: { ...lab.host, smmu: { ...lab.host.smmu, ...smmu } } });
  if (!runner.ok) return runner;
  const all = runner.value.run().map(answerOf);
  runner.value.release();
  return ok(all);
}

/**
 * Runs the lab as it is and with QEMU's behaviour, and once for each deviation where the two part. Each run begins anew,
 * so that a difference may be the consequence of one before it.
 */
export function qemuDifferences(lab: LabData): Result<readonly QemuDifference[]> {
  const here = answers(lab, {});
  const qemu = answers(lab, { profile: 'qemu-11', deviations: [] });
  if (!here.ok) return here;
  if (!qemu.ok) return qemu;
  const parted = here.value.flatMap((answer, index) => (answer === null || answer === qemu.value[index] ? [] : [index]));
  if (parted.length === 0) return ok([]);
  const all = DEVIATIONS.map(({ id }) => id);
  const deviating = (deviations: readonly DeviationId[]): readonly (string | null)[] => {
    const run = answers(lab, { profile: 'arch', deviations });
    return run.ok ? run.value : [];
  };
  const alone = new Map(all.map((id) => [id, deviating([id])]));
  const without = new Map(all.map((id) => [id, deviating(all.filter((other) => other !== id))]));
  const plain = deviating([]);
  return ok(
    parted.map((index) => {
      const single = all.filter((id) => alone.get(id)![index] !== plain[index]);
      const needed = all.filter((id) => without.get(id)![index] !== qemu.value[index]);
      return { index, here: here.value[index]!, qemu: qemu.value[index] ?? 'no answer', because: single.length > 0 ? single : needed };
    }),
  );
}

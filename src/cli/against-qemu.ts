import { qemuDifferences } from '../model/lab/index.ts';
import type { LabData, QemuDifference } from '../model/lab/index.ts';
import { DEVIATIONS } from '../model/spec/index.ts';
import type { DeviationDef } from '../model/spec/index.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { unwrap } from './refusal.ts';

const reasonsOf = ({ because }: QemuDifference): readonly DeviationDef[] => DEVIATIONS.filter(({ id }) => because.includes(id));

const text = (difference: QemuDifference): string =>
  [
    `step ${difference.index + 1}`,
    `  here  ${difference.here}`,
    `  QEMU  ${difference.qemu}`,
    ...reasonsOf(difference).map(({ id, doc, instead, section }) => `  ${id}: ${doc} The architecture (${section}): ${instead}.`),
  ].join('\n');

/** `run LAB --against qemu-11`: the accesses that QEMU answers differently, each with its reasons. */
export function againstQemu(lab: LabData, json: boolean, io: Io): ExitCode {
  const differences = unwrap(qemuDifferences(lab));
  for (const one of differences) io.out(json ? jsonLine({ ...one, step: one.index + 1 }) : `${text(one)}\n`);
  io.err(`${differences.length} accesses that QEMU answers differently\n`);
  return differences.length === 0 ? EXIT.OK : EXIT.UNMET;
}

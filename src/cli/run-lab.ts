import { Option } from 'commander';
import { EXIT } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { Matching } from './matching.ts';
import { openLab, TracedRun } from './open-lab.ts';
import type { OpenLab } from './open-lab.ts';
import type { Register } from './register.ts';
import { stepOutput, summaryOutput } from './step-output.ts';
import { againstQemu } from './against-qemu.ts';
import { onUapi } from './uapi-choice.ts';
import { runAll } from './uapis.ts';
import { Refusal } from './refusal.ts';
import { Until } from './until.ts';
import type { OneRun } from './uapis.ts';
import { recordingOf, withRecordingOptions } from './recording-options.ts';
import type { RecordingChoice } from './recording-options.ts';
import type { LabData } from '../model/lab/index.ts';

interface Options extends RecordingChoice {
  readonly filter?: string;
  readonly trace?: string;
  readonly json?: boolean;
  readonly uapi?: string;
  readonly against?: string;
  readonly until?: string;
}

function start(data: LabData, { files }: OpenLab, { filter, ...recording }: Options, io: Io): OneRun {
  const traced = TracedRun.create(data, files, recordingOf(recording));
  try {
    return { traced, matching: filter === undefined ? null : new Matching(filter, data, traced.runner, io) };
  } catch (error) {
    traced.runner.release();
    throw error;
  }
}

async function runOnce({ traced, matching }: OneRun, until: Until | null, { trace, json = false }: Options, io: Io): Promise<ExitCode> {
  const { runner } = traced;
  try {
    for (let step = runner.step(); step !== null; step = runner.step()) {
      if (matching === null) io.out(stepOutput(step, json));
      else matching.take(step);
      const stopped = until?.take(traced.records, json) ?? null;
      if (stopped === null) continue;
      io.out(stopped);
      break;
    }
    if (matching !== null) io.out(matching.output(traced.records, json));
    const summary = runner.summary();
    io.out(summaryOutput(summary, traced.digest, traced.omitted, json));
    if (trace !== undefined) await traced.writeTrace(trace);
    return summary.failed === 0 ? EXIT.OK : EXIT.UNMET;
  } finally {
    runner.release();
  }
}

async function runLab(path: string, options: Options, io: Io): Promise<ExitCode> {
  const lab = openLab(path, io);
  if (lab === null) return EXIT.REFUSED;
  if (options.against !== undefined) return againstQemu(lab.data, options.json === true, io);
  const until = options.until === undefined ? null : new Until(options.until, lab.data);
  const data = onUapi(lab.data, options.uapi);
  if (data !== null) return runOnce(start(data, lab, options, io), until, options, io);
  if (until !== null) throw new Refusal({ code: 'usage', message: '--until is for a run on one uAPI' });
  const all = { json: options.json === true, trace: options.trace, filter: options.filter };
  return (await runAll(lab.data, (one) => start(one, lab, options, io), all, io)) ? EXIT.OK : EXIT.UNMET;
}

/** `run LAB`: a lab's steps and whether they went as expected. */
export const registerRun: Register = (program, io, done) => {
  withRecordingOptions(program.command('run'))
    .description("run a lab's steps: exit status 0 when all expectations are met, 1 when not")
    .argument('<lab>', 'a folder with host.yaml, guest.yaml and steps.yaml, or one file with the three')
    .option('--trace <file>', 'write what happened, one JSON line per trace record')
    .option('--filter <expression>', 'print the transactions that match instead of the steps, such as "status == fault && sid == 0x10"')
    .option('--until <expression>', 'stop after the step with the first trace record that matches, such as "kind == MISUSE" or "misuse == tlb-conflict"')
    .option('--uapi <uapi>', 'a lab of the whole stack on vfio-v16-posted, vfio-v16-intended or iommufd; all: on each, and where they part; each has a trace of its own')
    .addOption(new Option('--against <profile>', 'print where QEMU would answer differently, and because of which of its deviations; exit status 1 when it does').choices(['qemu-11']))
    .option('--json', 'one JSON line per step, and one with the summary')
    .action(async (path: string, options: Options) => done(await runLab(path, options, io)));
};

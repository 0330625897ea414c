import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { locate, parseLab } from '../formats/lab/index.ts';
import { problemLine, readLab } from '../formats/lab/files.ts';
import type { LabFiles } from '../formats/lab/files.ts';
import { traceLines } from '../formats/trace/lines.ts';
import type { LabError } from '../model/base/result.ts';
import { createRunner } from '../model/lab/index.ts';
import type { LabData, Runner } from '../model/lab/index.ts';
import { Recorder } from '../model/trace/recorder.ts';
import { TraceBuffer } from '../model/trace/sink.ts';
import { EXIT } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { Matching } from './matching.ts';
import { Refusal, unwrap } from './refusal.ts';
import type { Register } from './register.ts';
import { stepOutput, summaryOutput } from './step-output.ts';
import { onUapi, runAll } from './uapis.ts';

interface Options {
  readonly filter?: string;
  readonly trace?: string;
  readonly json?: boolean;
  readonly uapi?: string;
}

function readData(lab: LabFiles, io: Io): LabData | null {
  const parsed = parseLab(lab.documents);
  for (const problem of parsed.problems) io.err(`smmu-lab: ${problemLine(problem, lab.files)}\n`);
  return parsed.ok ? parsed.value : null;
}

/** A lab that cannot be built: said at the place in the documents that asks for it. */
function refuse(error: LabError, lab: LabFiles): never {
  const place = error.at?.path === undefined ? null : locate(lab.documents, error.at.path);
  if (place === null) throw new Refusal(error);
  throw new Refusal({ code: error.code, message: error.message, at: { file: lab.files[place.document], line: place.line, column: place.column } });
}

/** SHA-256 over all trace records, little-endian. */
const digestOf = (records: Int32Array): string =>
  createHash('sha256').update(new Uint8Array(records.buffer, records.byteOffset, records.byteLength)).digest('hex');

async function writeTrace(file: string, records: Int32Array): Promise<void> {
  try {
    await writeFile(file, traceLines(records));
  } catch (error) {
    throw new Refusal({ code: 'unwritable', message: `the trace cannot be written: ${(error as Error).message}`, at: { file } });
  }
}

async function finish(runner: Runner, buffer: TraceBuffer, options: Options, io: Io): Promise<ExitCode> {
  const summary = runner.summary();
  io.out(summaryOutput(summary, digestOf(buffer.taken()), options.json === true));
  if (options.trace !== undefined) await writeTrace(options.trace, buffer.taken());
  return summary.failed === 0 ? EXIT.OK : EXIT.UNMET;
}

function runOnAll(data: LabData, lab: LabFiles, options: Options, io: Io): ExitCode {
  for (const option of ['json', 'trace', 'filter'] as const) {
    if (options[option] !== undefined) throw new Refusal({ code: 'unused', message: `--${option} is for one run; --uapi all makes three` });
  }
  const create = (one: LabData): Runner => {
    const created = createRunner(one);
    return created.ok ? created.value : refuse(created.error, lab);
  };
  return runAll(data, create, io) ? EXIT.OK : EXIT.UNMET;
}

async function runLab(path: string, options: Options, io: Io): Promise<ExitCode> {
  const lab = unwrap(readLab(path));
  const parsed = readData(lab, io);
  if (parsed === null) return EXIT.REFUSED;
  const data = onUapi(parsed, options.uapi);
  if (data === null) return runOnAll(parsed, lab, options, io);
  const buffer = new TraceBuffer();
  const created = createRunner(data, { recorder: new Recorder(buffer) });
  if (!created.ok) return refuse(created.error, lab);
  const runner = created.value;
  try {
    const json = options.json === true;
    const matching = options.filter === undefined ? null : new Matching(options.filter, data, runner, io);
    for (let step = runner.step(); step !== null; step = runner.step()) {
      if (matching === null) io.out(stepOutput(step, json));
      else matching.take(step);
    }
    if (matching !== null) io.out(matching.output(buffer.taken(), json));
    return await finish(runner, buffer, options, io);
  } finally {
    runner.release();
  }
}

/** `run LAB`: a lab's steps and whether they went as expected. */
export const registerRun: Register = (program, io, done) => {
  program
    .command('run')
    .description("run a lab's steps: exit status 0 when all expectations are met, 1 when not")
    .argument('<lab>', 'a folder with host.yaml, guest.yaml and steps.yaml, or one file with the three')
    .option('--trace <file>', 'write what happened, one JSON line per trace record')
    .option('--filter <expression>', 'print the transactions that match instead of the steps, such as "status == fault && sid == 0x10"')
    .option('--uapi <uapi>', 'a lab of the whole stack on vfio-v16-posted, vfio-v16-intended or iommufd; all: on each, and where they part')
    .option('--json', 'one JSON line per step, and one with the summary')
    .action(async (path: string, options: Options) => done(await runLab(path, options, io)));
};

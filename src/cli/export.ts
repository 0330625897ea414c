/** `export`: a bundle, or a trace in a format that other tools open. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { MAX_SCREENSHOT_BYTES, screenshotPart } from '../formats/bundle/screenshot.ts';
import type { Screenshot } from '../formats/bundle/screenshot.ts';
import { writeBundle } from '../host/bundle/bundle-writer.ts';
import { machineState } from '../host/bundle/machine-state.ts';
import type { MachineState } from '../host/bundle/machine-state.ts';
import { exportSession } from '../host/bundle/transfer.ts';
import { exportTrace } from '../host/export/export-trace.ts';
import type { ExportedTrace } from '../host/export/export-trace.ts';
import type { RunDetails } from '../host/run/run-record.ts';
import type { ReadOptions } from '../host/trace/record-source.ts';
import { EXPORT_FORMATS } from '../protocol/contract.ts';
import type { ExportFormat } from '../protocol/contract.ts';
import { compileFilter, registryOf, toStreamPredicate } from '../query/index.ts';
import type { Predicate } from '../query/index.ts';
import { wholeNumber } from './arguments.ts';
import { isBundle, isTraceFile, sourceOf, storedSession, traced, withTrace } from './export-source.ts';
import type { SourceOptions } from './export-source.ts';
import { EXIT } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { cancellable } from './progress.ts';
import { withRecordingOptions } from './recording-options.ts';
import { Refusal, refusalOf } from './refusal.ts';
import type { TracedRun } from './open-lab.ts';
import type { Register } from './register.ts';
import { withStore } from './with-store.ts';

interface ExportOptions extends SourceOptions {
  readonly to: string;
  readonly format: 'bundle' | ExportFormat;
  readonly filter?: string;
  readonly shardRows?: number;
  readonly stateAt: readonly number[];
  /** Files. */
  readonly screenshot?: readonly string[];
}

/** Runs a lab to its end: registers and memory at the points that are asked for, in order, and there. */
function statesOf({ runner }: TracedRun, points: readonly number[]): MachineState[] {
  const beyond = points.find((point) => point > runner.length);
  if (beyond !== undefined) throw new Refusal({ code: 'bad-option', message: `--state-at ${beyond}: the lab has ${runner.length} steps` });
  const wanted = new Set(points);
  const states: MachineState[] = [];
  for (let done = 0; done < runner.length; done++) {
    if (wanted.has(done)) states.push(machineState(runner.machine.smmu, done, `step-${done}`));
    if (runner.step() === null) break;
  }
  return [...states, machineState(runner.machine.smmu, runner.results.length, 'end')];
}

/** Whether they are pictures is for the bundle to say. */
function screenshotsIn(files: readonly string[] = []): Screenshot[] {
  return files.map((file) => {
    try {
      const { size } = statSync(file);
      if (size > MAX_SCREENSHOT_BYTES) throw new Error(`has ${size} bytes; a bundle holds at most ${MAX_SCREENSHOT_BYTES} of a screenshot`);
      return { name: screenshotPart(basename(file).replace(/\.png$/i, '')), png: new Uint8Array(readFileSync(file)) };
    } catch (error) {
      throw new Refusal({ code: 'bad-option', message: `--screenshot: ${(error as Error).message}`, at: { file } });
    }
  });
}

/** Runs a lab and writes what it was, did and left: documents, trace, registers and memory. */
export async function bundleLab(path: string, options: ExportOptions, io: Io, reading: ReadOptions): Promise<ExitCode> {
  const made = traced(path, options, io);
  if (made === null) return EXIT.REFUSED;
  const { data, files } = made.lab;
  const { runner } = made.run;
  try {
    const { documents } = files;
    if (typeof documents === 'string') throw new Refusal({ code: 'one-file', message: 'a bundle is made of a lab in three files', at: { file: path } });
    const states = statesOf(made.run, options.stateAt);
    const { results } = runner;
    const { transactions, faults } = runner.summary();
    const met = { none: 0, met: 1, failed: 2 } as const;
    const { title, devices } = data.host;
    const details: RunDetails = {
      title, steps: runner.length, position: results.length, dropped: 0, omitted: made.run.omitted, level: made.run.level, notes: [], queue: null, uapi: data.stack?.data.uapi ?? null,
      devices: devices.map(({ StreamID, name }) => [StreamID, name]), expectations: results.map(({ expectation }) => met[expectation.state]).join(''), id: runner.machine.smmu.features.id,
    };
    const contents = {
      engine: packageJson.version, made: new Date().toISOString(), title, tags: [], notes: '', journal: [], bookmarks: [], documents,
      run: { about: { steps: results.length, transactions, faults, uapi: details.uapi ?? null, details: JSON.stringify(details) }, trace: sourceOf(made.run, made.run.digest) },
      states,
      screenshots: screenshotsIn(options.screenshot),
    };
    await writeBundle(options.to, contents, reading);
    return EXIT.OK;
  } finally {
    runner.release();
  }
}

async function bundle(name: string, options: ExportOptions, io: Io, reading: ReadOptions): Promise<ExitCode> {
  const { session, run, data, to, filter } = options;
  if (filter !== undefined) throw new Refusal({ code: 'bad-option', message: 'a bundle holds all of a run: --filter is for the other formats' });
  if (session !== true && (isBundle(name) || isTraceFile(name))) throw new Refusal({ code: 'bad-option', message: 'a bundle is made of a lab or a session: expected a folder, or --format jsonl, csv, chrome or parquet', at: { file: name } });
  if (session !== true) return bundleLab(name, options, io, reading);
  const id = await storedSession(name, data);
  await withStore(data, (store) => exportSession(store, { sessionId: id, runId: run ?? null, file: to, engine: packageJson.version, screenshots: screenshotsIn(options.screenshot) }, reading));
  return EXIT.OK;
}

/** Of records, as `run --until` takes it; what is odd about it is said on standard error. */
function compiled(filter: string, devices: ExportedTrace['devices'], io: Io): Predicate {
  const result = compileFilter(filter, registryOf('records', devices));
  if (!result.ok) throw new Refusal({ ...result.error, at: { ...result.error.at, file: '--filter', line: 1 } });
  const { value } = result;
  for (const { message } of value.warnings) io.err(`smmu-lab: --filter: ${message}\n`);
  return toStreamPredicate(value.condition);
}

async function otherFormat(name: string, options: ExportOptions, format: ExportFormat, io: Io, reading: ReadOptions): Promise<ExitCode> {
  const { to: file, filter, shardRows, screenshot = [] } = options;
  if (screenshot.length > 0) throw new Refusal({ code: 'bad-option', message: `--screenshot is for bundles: ${format} holds a trace alone` });
  const there = await withTrace(name, options, io, async (trace) => {
    const matches = filter === undefined ? null : compiled(filter, trace.devices, io);
    const written = await exportTrace(trace, { file, format, matches, shardRows }, reading);
    const { records, dropped, omitted, cut = false } = trace.source.info;
    const missing = [...(dropped === 0 ? [] : [`${dropped} were dropped`]), ...(omitted === 0 ? [] : [`${omitted} were left out`]), ...(cut ? [`a crash cut it off at record ${records}`] : [])];
    io.err(`${[`${written} of ${records} records written`, ...missing.map((what) => `${what} when it ran`)].join('; ')}\n`);
  });
  return there ? EXIT.OK : EXIT.REFUSED;
}

const rowCount = (text: string): number => Math.max(1, wholeNumber('a number of rows', 2 ** 31)(text));

export const registerExport: Register = (program, io, done) => {
  withRecordingOptions(program.command('export'))
    .description('writes a bundle (.smmulab) of a lab that is run for it, or of a session; or a trace for other tools: JSON lines, CSV, Chrome trace JSON, Parquet')
    .argument('<lab>', 'a folder with host.yaml, guest.yaml and steps.yaml; with --session a title or id; a bundle (.smmulab) or a trace (.jsonl) for another format')
    .requiredOption('--to <file>', 'what is written, whole or not at all; Parquet is a folder')
    .addOption(new Option('--format <format>', 'what is made').choices(['bundle', ...EXPORT_FORMATS]).default('bundle'))
    .option('--filter <filter>', 'which records, such as "kind == EVENT"; not of a bundle')
    .option('--shard-rows <n>', 'rows of each Parquet file', rowCount)
    .option('--state-at <step>', 'registers and memory after so many steps of a lab, in its bundle, beside those at the end; any number of times', (text: string, all: readonly number[]) => [...all, wholeNumber('a number of steps', 1_000_000)(text)], [] as readonly number[])
    .option('--screenshot <png>', 'a picture to go with a bundle; any number of times up to 8', (file: string, all: readonly string[]) => [...all, file], [] as readonly string[])
    .option('--session', 'a session of the store, with its newest run')
    .option('--run <id>', 'with --session: another of its runs')
    .option('--data <folder>', "where sessions are kept; this user's data folder without")
    .option('--uapi <uapi>', 'a lab of the whole stack on another uAPI than its host names')
    .action(async (lab: string, options: ExportOptions) => {
      const { format } = options;
      try {
        done(await cancellable(io, (reading) => (format === 'bundle' ? bundle(lab, options, io, reading) : otherFormat(lab, options, format, io, reading))));
      } catch (error) {
        throw refusalOf(error);
      }
    });
};

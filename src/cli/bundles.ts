import { Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { parseLab } from '../formats/lab/index.ts';
import { BundleFile } from '../host/bundle/bundle-file.ts';
import { writeBundle } from '../host/bundle/bundle-writer.ts';
import { machineState } from '../host/bundle/machine-state.ts';
import { exportSession, importBundle } from '../host/bundle/transfer.ts';
import { dataFolder } from '../host/data-folder.ts';
import type { RunDetails } from '../host/run/run-record.ts';
import { openForReading, sessionId } from '../host/store/query/sql.ts';
import { recordSource } from '../host/trace/record-source.ts';
import type { ReadOptions } from '../host/trace/record-source.ts';
import { RECORD_WORDS } from '../model/trace/record.ts';
import { TRACE_LEVELS } from '../model/trace/recorder.ts';
import type { TraceLevel } from '../model/trace/recorder.ts';
import { withUapi } from '../model/lab/index.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { openLab, TracedRun } from './open-lab.ts';
import { Refusal, refusalOf, unwrap } from './refusal.ts';
import type { Register } from './register.ts';
import { onUapi } from './uapi-choice.ts';
import { withStore } from './with-store.ts';

interface ExportOptions {
  readonly to: string;
  readonly session?: boolean;
  readonly run?: string;
  readonly data?: string;
  readonly level?: TraceLevel;
  readonly uapi?: string;
}

/** Runs a lab and writes what it was, did and left: documents, trace, registers and memory. */
async function exportLab(path: string, { to, level, uapi }: ExportOptions, io: Io): Promise<ExitCode> {
  const lab = openLab(path, io);
  if (lab === null) return EXIT.REFUSED;
  const { documents } = lab.files;
  if (typeof documents === 'string') throw new Refusal({ code: 'one-file', message: 'a bundle is made of a lab in three files', at: { file: path } });
  const data = onUapi(lab.data, uapi);
  if (data === null) throw new Refusal({ code: 'bad-uapi', message: '--uapi all: a bundle holds one run; export each uAPI to a file of its own' });
  const traced = TracedRun.create(data, lab.files, level);
  const { runner } = traced;
  try {
    const results = runner.run();
    const { transactions, faults } = runner.summary();
    const { records, digest } = traced;
    const states = { none: 0, met: 1, failed: 2 } as const;
    const { title, devices } = data.host;
    const details: RunDetails = {
      title, steps: runner.length, position: results.length, dropped: 0, omitted: 0, level: traced.level, notes: [], queue: null, uapi: data.stack?.data.uapi ?? null,
      devices: devices.map(({ StreamID, name }) => [StreamID, name]), expectations: results.map(({ expectation }) => states[expectation.state]).join(''), id: runner.machine.smmu.features.id,
    };
    const info = { level: traced.level, records: records.length / RECORD_WORDS, dropped: 0, omitted: 0, digest };
    await writeBundle(to, {
      engine: packageJson.version, made: new Date().toISOString(), title, tags: [], notes: '', journal: [], documents,
      run: { about: { steps: results.length, transactions, faults, uapi: details.uapi ?? null, details: JSON.stringify(details) }, trace: recordSource(info, () => records) },
      states: [machineState(runner.machine.smmu, results.length, 'end')],
    });
    return EXIT.OK;
  } finally {
    runner.release();
  }
}

/** At most some lines a second on standard error. */
function progressTo(io: Io): ReadOptions {
  let told = performance.now();
  return {
    progress: (done, total) => {
      if (performance.now() - told < 1000) return;
      told = performance.now();
      io.err(`${done} of ${total} records\n`);
    },
  };
}

async function exportStored(name: string, { to, run, data }: ExportOptions, io: Io): Promise<ExitCode> {
  const db = unwrap(await openForReading(data ?? dataFolder()));
  let id: string;
  try {
    id = sessionId(db, name);
  } catch (error) {
    throw refusalOf(error);
  } finally {
    db.close();
  }
  await withStore(data, (store) => exportSession(store, { sessionId: id, runId: run ?? null, file: to, engine: packageJson.version }, progressTo(io)));
  return EXIT.OK;
}

async function opened<T>(file: string, work: (bundle: BundleFile) => T | Promise<T>): Promise<T> {
  try {
    const bundle = BundleFile.open(file);
    try {
      return await work(bundle);
    } finally {
      bundle.close();
    }
  } catch (error) {
    throw refusalOf(error);
  }
}

function verify(file: string, json: boolean, io: Io): Promise<ExitCode> {
  return opened(file, async (bundle) => {
    await bundle.verify(progressTo(io));
    const { title, engine, made, run, parts } = bundle.manifest;
    if (json) io.out(jsonLine({ title, engine, made, run: run === null ? null : { level: run.level, records: run.records, digest: run.digest }, parts }));
    else {
      io.out(`${title}: made by smmu-lab ${engine} at ${made}\n`);
      for (const { name, bytes, sha256 } of parts) io.out(`${sha256}  ${String(bytes).padStart(10)}  ${name}\n`);
      io.out(run === null ? 'no run\n' : `${run.records} records of level ${run.level}, ${run.dropped} dropped, ${run.omitted} left out; digest ${run.digest ?? 'none'}\n`);
    }
    return EXIT.OK;
  });
}

function replay(file: string, json: boolean, io: Io): Promise<ExitCode> {
  return opened(file, async (bundle) => {
    await bundle.verify(progressTo(io));
    const { run, engine } = bundle.manifest;
    if (run === null) throw new Refusal({ code: 'no-run', message: 'the bundle has no run to be replayed', at: { file } });
    if (run.digest === null) throw new Refusal({ code: 'no-digest', message: 'records of the run were dropped or left out: there is no digest to compare with', at: { file } });
    const documents = bundle.documents();
    const parsed = parseLab(documents);
    if (!parsed.ok) throw new Refusal({ code: 'bad-document', message: `${parsed.problems[0]?.document}: ${parsed.problems[0]?.message}`, at: { file } });
    const data = run.uapi === null || parsed.value.stack === undefined ? parsed.value : withUapi(parsed.value, run.uapi);
    const traced = TracedRun.create(data, { documents, files: { host: file, guest: file, steps: file } }, run.level ?? 'steps');
    for (let step = 0; step < run.steps && traced.runner.step() !== null; step++);
    const { digest } = traced;
    traced.runner.release();
    const same = digest === run.digest;
    if (json) io.out(jsonLine({ same, digest, expected: run.digest, engine, steps: run.steps }));
    else io.out(same ? `the same: digest ${digest}\n` : `not the same: digest ${digest}; the bundle, made by smmu-lab ${engine}, has ${run.digest}\n`);
    return same ? EXIT.OK : EXIT.UNMET;
  });
}

/** Bundles: `export`, `import`, `verify`, `replay`. */
export const registerBundles: Register = (program, io, done) => {
  program
    .command('export')
    .description('writes a bundle (.smmulab): documents, trace, registers and memory of a lab that is run for it, or of a session')
    .argument('<lab>', 'a folder with host.yaml, guest.yaml and steps.yaml; with --session a title or id')
    .requiredOption('--to <file>', 'the bundle; written whole or not at all')
    .option('--session', 'a session of the store, with its newest run')
    .option('--run <id>', 'with --session: another of its runs')
    .option('--data <folder>', "where sessions are kept; this user's data folder without")
    .addOption(new Option('--level <level>', 'of the trace of a lab').choices(TRACE_LEVELS).default('steps'))
    .option('--uapi <uapi>', 'a lab of the whole stack on another uAPI than its host names')
    .action(async (lab: string, options: ExportOptions) => {
      try {
        done(options.session === true ? await exportStored(lab, options, io) : await exportLab(lab, options, io));
      } catch (error) {
        throw refusalOf(error);
      }
    });
  program
    .command('import')
    .description('makes a session of a bundle, after every part of it was checked; prints its id')
    .argument('<file>', 'a bundle')
    .option('--data <folder>', "where sessions are kept; this user's data folder without")
    .action(async (file: string, { data }: { readonly data?: string }) => {
      const { sessionId: id } = await withStore(data, (store) => importBundle(store, file, progressTo(io)));
      io.out(`${id}\n`);
      done(EXIT.OK);
    });
  for (const [name, about, work] of [
    ['verify', 'checks every part of a bundle against its manifest', verify],
    ['replay', 'runs the documents of a bundle again: exit status 0 when the trace has the same digest, 1 when not', replay],
  ] as const) {
    program
      .command(name)
      .description(about)
      .argument('<file>', 'a bundle')
      .option('--json', 'one JSON document')
      .action(async (file: string, { json }: { readonly json?: boolean }) => done(await work(file, json === true, io)));
  }
};

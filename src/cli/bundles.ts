import { createHash } from 'node:crypto';
import type { Manifest } from '../formats/bundle/manifest.ts';
import { parseLab } from '../formats/lab/index.ts';
import { RECORD_WORDS } from '../model/trace/record.ts';
import { BundleFile } from '../host/bundle/bundle-file.ts';
import { machineState } from '../host/bundle/machine-state.ts';
import { firstDifference } from '../host/compare/first-difference.ts';
import { recordSource } from '../host/trace/record-source.ts';
import { importBundle } from '../host/bundle/transfer.ts';
import { withUapi } from '../model/lab/index.ts';
import { DEFAULT_RECORDING } from '../protocol/contract.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { TracedRun } from './open-lab.ts';
import { progressTo } from './progress.ts';
import { Refusal, refusalOf } from './refusal.ts';
import type { Register } from './register.ts';
import { withStore } from './with-store.ts';

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
      io.out(run === null ? 'no run\n' : `${run.records} records of level ${run.level}, ${run.dropped} dropped, ${run.omitted} left out${run.cut ? `, cut at record ${run.records} by a crash` : ''}; digest ${run.digest ?? 'none'}\n`);
    }
    return EXIT.OK;
  });
}

function replay(file: string, json: boolean, io: Io): Promise<ExitCode> {
  return opened(file, async (bundle) => {
    await bundle.verify(progressTo(io));
    const { run, engine } = bundle.manifest;
    if (run === null) throw new Refusal({ code: 'no-run', message: 'the bundle has no run to be replayed', at: { file } });
    if (run.digest === null) throw new Refusal({ code: 'no-digest', message: 'records of the run were dropped, left out or cut off by a crash: there is no digest to compare with', at: { file } });
    const documents = bundle.documents();
    const parsed = parseLab(documents);
    if (!parsed.ok) throw new Refusal({ code: 'bad-document', message: `${parsed.problems[0]?.document}: ${parsed.problems[0]?.message}`, at: { file } });
    const data = run.uapi === null || parsed.value.stack === undefined ? parsed.value : withUapi(parsed.value, run.uapi);
    const traced = TracedRun.create(data, { documents, files: { host: file, guest: file, steps: file } }, { ...DEFAULT_RECORDING, level: run.level ?? 'steps' });
    const states = statesAgain(traced, bundle.manifest);
    const { digest, records } = traced;
    traced.runner.release();
    const differs = digest === run.digest ? null : await firstDifference(bundle.trace(), recordSource({ ...run, records: records.length / RECORD_WORDS, digest }, () => records));
    const same = digest === run.digest && states.every((state) => state.same);
    if (json) io.out(jsonLine({ same, digest, expected: run.digest, engine, steps: run.steps, ...(differs === null ? {} : { differs }), states }));
    else {
      io.out(digest === run.digest ? `the same: digest ${digest}\n` : `not the same: digest ${digest}; the bundle, made by smmu-lab ${engine}, has ${run.digest}\n`);
      if (differs !== null) io.out(`they part at record ${differs.position}: the bundle has ${differs.before ?? 'no more'}; run anew it is ${differs.now ?? 'no more'}\n`);
      for (const { step, same: alike } of states) io.out(`registers and memory after step ${step}: ${alike ? 'the same' : 'not the same'}\n`);
    }
    return same ? EXIT.OK : EXIT.UNMET;
  });
}

/** Runs the steps of the bundle, and compares registers and memory where it has them. */
function statesAgain({ runner }: TracedRun, { run, states, parts }: Manifest): { readonly step: number; readonly same: boolean }[] {
  const hashes = new Map(parts.map(({ name, sha256 }) => [name, sha256]));
  const compared: { step: number; same: boolean }[] = [];
  const compare = (): void => {
    for (const { step, registers, memory, ranges } of states.filter((state) => state.step === runner.results.length)) {
      const now = machineState(runner.machine.smmu, step, 'now');
      const alike = hashOf(now.contents.registers) === hashes.get(registers) && hashOf(now.contents.memory) === hashes.get(memory);
      compared.push({ step, same: alike && JSON.stringify(now.ranges) === JSON.stringify(ranges) });
    }
  };
  compare();
  while (runner.results.length < run!.steps && runner.step() !== null) compare();
  return compared;
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Bundles: `import`, `verify`, `replay`. */
export const registerBundles: Register = (program, io, done) => {
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
    ['replay', 'runs the documents of a bundle again: exit status 0 when the trace has the same digest, and registers and memory are the same where the bundle has them, 1 when not', replay],
  ] as const) {
    program
      .command(name)
      .description(about)
      .argument('<file...>', 'bundles')
      .option('--json', 'one JSON document of each')
      .action(async (files: readonly string[], { json = false }: { readonly json?: boolean }) => {
        let worst: ExitCode = EXIT.OK;
        for (const file of files) {
          if (files.length > 1 && !json) io.out(`${file}\n`);
          if ((await work(file, json, io)) !== EXIT.OK) worst = EXIT.UNMET;
        }
        done(worst);
      });
  }
};

import { Command, CommanderError } from 'commander';
import { registerBench } from './bench.ts';
import { registerBundles } from './bundles.ts';
import { registerCaptureFolder } from './capture-folder.ts';
import { registerCaptureLive } from './capture-live.ts';
import { registerCases } from './cases.ts';
import { registerCheck } from './check.ts';
import { registerCompare } from './compare.ts';
import { registerConsole } from './console/index.ts';
import { registerDecode } from './decode.ts';
import { registerDescribe } from './describe.ts';
import { registerEvents } from './events.ts';
import { registerExport } from './export.ts';
import { EXIT } from './io.ts';
import type { Io } from './io.ts';
import { registerLint } from './lint.ts';
import { registerProgram } from './program.ts';
import { registerPtdump } from './ptdump.ts';
import { registerFuzz } from './fuzz.ts';
import { registerQtest } from './qtest.ts';
import { errorText, Refusal } from './refusal.ts';
import type { Register } from './register.ts';
import { registerRun } from './run-lab.ts';
import { registerServe } from './serve.ts';
import { registerSql } from './sql.ts';
import { registerStore } from './store.ts';
import { registerTranslate } from './translate.ts';

const COMMANDS: readonly Register[] = [
  registerRun,
  registerCompare,
  registerConsole,
  registerTranslate,
  registerCheck,
  registerPtdump,
  registerLint,
  registerCaptureLive,
  registerEvents,
  registerCaptureFolder,
  registerDecode,
  registerCases,
  registerDescribe,
  registerExport,
  registerBundles,
  registerSql,
  registerStore,
  registerServe,
  registerQtest,
  registerProgram,
  registerFuzz,
  registerBench,
];

function buildProgram(io: Io, done: (status: number) => void): Command {
  const program = new Command('smmu-lab');
  program
    .description('An executable Arm SMMUv3 with nested translation: decode, translate, check and run')
    .exitOverride()
    // So that the options after `qtest` are QEMU's.
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'smmu-lab: ')),
    })
    .showHelpAfterError('(smmu-lab help shows the commands)');
  for (const register of COMMANDS) register(program, io, done);
  return program;
}

/** `smmu-lab ARGV`: runs one command and gives its exit status (0 done, 1 not met, 2 refused, 3 a bug). Never throws. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let status: number = EXIT.OK;
  try {
    await buildProgram(io, (result) => (status = result)).parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.OK : EXIT.REFUSED;
    if (error instanceof Refusal) {
      io.err(errorText(error.error));
      return EXIT.REFUSED;
    }
    io.err(`smmu-lab: this is a bug of smmu-lab: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return EXIT.BUG;
  }
}

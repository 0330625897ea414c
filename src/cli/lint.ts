import { lintCapture } from '../formats/capture/lint-capture.ts';
import { nameOfStream } from '../formats/import/named-stream.ts';
import { countText, findingJson, findingLine } from '../formats/survey/finding-text.ts';
import { DEFAULT_CACHES } from '../model/smmu/options.ts';
import { withMachine } from './capture-input.ts';
import { CAPTURE_ARGUMENT, dumpOptions, openCapture } from './dump-input.ts';
import type { DumpOptions } from './dump-input.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import type { Register } from './register.ts';

interface Options extends DumpOptions {
  readonly json?: boolean;
}

async function lint(path: string, options: Options, io: Io): Promise<ExitCode> {
  const capture = await openCapture(path, options, io);
  const findings = withMachine(capture, DEFAULT_CACHES, 'arch', (machine) => lintCapture(capture, machine));
  for (const finding of findings) {
    const device = finding.sid === null ? null : nameOfStream(capture.names, finding.sid);
    io.out(options.json === true ? jsonLine({ ...findingJson(finding), device }) : findingLine(finding, device));
  }
  if (options.json !== true) io.out(`${countText(findings)}\n`);
  return findings.every(({ severity }) => severity === 'information') ? EXIT.OK : EXIT.UNMET;
}

/** `lint CAPTURE`: what is wrong with the structures. */
export const registerLint: Register = (program, io, done) => {
  dumpOptions(program.command('lint').description('what in the structures breaks a rule of the architecture, or is a mistake most likely').argument('<capture>', CAPTURE_ARGUMENT))
    .option('--json', 'one JSON line per finding')
    .action(async (path: string, options: Options) => done(await lint(path, options, io)));
};

import { lintCapture } from '../formats/capture/lint-capture.ts';
import { countText, findingJson, findingLine } from '../formats/survey/finding-text.ts';
import { eventJson, eventLine } from '../formats/survey/event-text.ts';
import { DEFAULT_CACHES } from '../model/smmu/smmu.ts';
import { surveyEvents } from '../model/survey/events.ts';
import { withMachine } from './capture-input.ts';
import { CAPTURE_ARGUMENT, dumpOptions, openCapture } from './dump-input.ts';
import type { DumpOptions } from './dump-input.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import type { Register } from './register.ts';

interface Options extends DumpOptions {
  readonly json?: boolean;
}

/** The newest that are looked at. */
const MAX_EVENTS = 1024;

async function lint(path: string, options: Options, io: Io): Promise<ExitCode> {
  const capture = await openCapture(path, options, io);
  const findings = withMachine(capture, DEFAULT_CACHES, 'arch', (machine) => lintCapture(capture, machine));
  for (const finding of findings) io.out(options.json === true ? jsonLine(findingJson(finding)) : findingLine(finding));
  if (options.json !== true) io.out(`${countText(findings)}\n`);
  return findings.every(({ severity }) => severity === 'information') ? EXIT.OK : EXIT.UNMET;
}

async function events(path: string, options: Options, io: Io): Promise<ExitCode> {
  const capture = await openCapture(path, options, io);
  const found = withMachine(capture, DEFAULT_CACHES, 'arch', ({ smmu }) => surveyEvents(smmu, MAX_EVENTS));
  for (const event of found) io.out(options.json === true ? jsonLine(eventJson(event)) : eventLine(event));
  if (options.json !== true) io.out(`${found.length} events in the queue, ${found.filter(({ now }) => now?.verdict === 'same').length} would fault still\n`);
  return EXIT.OK;
}

/** `lint CAPTURE`, `events CAPTURE`: what is wrong with the structures, and which events they still give. */
export const registerLint: Register = (program, io, done) => {
  dumpOptions(program.command('lint').description('what in the structures breaks a rule of the architecture, or is a mistake most likely').argument('<capture>', CAPTURE_ARGUMENT))
    .option('--json', 'one JSON line per finding')
    .action(async (path: string, options: Options) => done(await lint(path, options, io)));
  dumpOptions(program.command('events').description('events that lie in the event queue, newest first, and what the same accesses do now').argument('<capture>', CAPTURE_ARGUMENT))
    .option('--json', 'one JSON line per event')
    .action(async (path: string, options: Options) => done(await events(path, options, io)));
};

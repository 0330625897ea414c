/** `events CAPTURE`: events of its queue, or of a log, beside the structures that caused them. */
import { surroundingsOf } from '../formats/capture/surroundings.ts';
import { decodeFile } from '../formats/import/decode-file.ts';
import { besideJson, eventJson, eventLine, loggedEventLine } from '../formats/survey/event-text.ts';
import type { BesideJson, LoggedEventJson } from '../formats/survey/event-text.ts';
import { eventsOfText } from '../formats/survey/logged-events.ts';
import type { EventOfText } from '../formats/survey/logged-events.ts';
import { besideMemory, surveyEvents } from '../model/survey/events.ts';
import { DEFAULT_CACHES } from '../model/smmu/options.ts';
import { withMachine } from './capture-input.ts';
import { CAPTURE_ARGUMENT, dumpOptions, openCapture } from './dump-input.ts';
import type { DumpOptions } from './dump-input.ts';
import { inputName, readBytes } from './files.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { errorText, Refusal, unwrap } from './refusal.ts';
import type { Register } from './register.ts';

interface Options extends DumpOptions {
  readonly log?: string;
  readonly json?: boolean;
}

/** The newest that are looked at. */
const MAX_EVENTS = 1024;

async function logOf(file: string, io: Io): Promise<EventOfText[]> {
  const bytes = file === '-' ? new TextEncoder().encode(await io.stdin()) : unwrap(await readBytes(file));
  const decoded = decodeFile(bytes);
  for (const problem of decoded.problems) io.err(errorText({ ...problem, at: { ...problem.at, file: inputName(file) } }));
  const found = eventsOfText(decoded);
  if (found.length === 0) throw new Refusal({ code: 'no-events', message: 'it tells of no events: expected a kernel log with lines such as "event 0x10 received:"', at: { file: inputName(file) } });
  return found;
}

function print<T extends BesideJson>(found: readonly T[], line: (one: T) => string, where: string, json: boolean, io: Io): void {
  for (const one of found) io.out(json ? jsonLine(one) : line(one));
  if (!json) io.out(`${found.length} events in the ${where}, ${found.filter(({ now }) => now === 'same').length} would fault still\n`);
}

async function events(path: string, options: Options, io: Io): Promise<ExitCode> {
  const { log, json = false } = options;
  const capture = await openCapture(path, options, io);
  const logged = log === undefined ? null : await logOf(log, io);
  const surroundings = surroundingsOf(capture);
  withMachine(capture, DEFAULT_CACHES, 'arch', ({ smmu }) => {
    if (logged === null) return print(surveyEvents(smmu, MAX_EVENTS).map((one) => eventJson(one, surroundings)), eventLine, 'queue', json, io);
    const beside = besideMemory(smmu);
    return print(logged.map(({ line, words }): LoggedEventJson => ({ line, ...besideJson(beside(words), surroundings) })), loggedEventLine, 'log', json, io);
  });
  return EXIT.OK;
}

export const registerEvents: Register = (program, io, done) => {
  dumpOptions(program.command('events').description('events, each with what the same access does now and the structure that decides: of the event queue, newest first, or of a log').argument('<capture>', CAPTURE_ARGUMENT))
    .option('--log <file>', 'events of this log (a kernel log; - is standard input) in place of those of the queue')
    .option('--json', 'one JSON line per event')
    .action(async (path: string, options: Options) => done(await events(path, options, io)));
};

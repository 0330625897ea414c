import type { Readable, Writable } from 'node:stream';
import type { Result } from '../../model/base/result.ts';
import { ok } from '../../model/base/result.ts';
import { createMachine } from '../../model/stack/device/machine.ts';
import { SystemBus } from '../../model/stack/device/system-bus.ts';
import type { CommandLine } from './command-line.ts';
import { parseCommandLine } from './command-line.ts';
import { Connections } from './connections.ts';
import { Ending } from './ending.ts';
import { JsonReader } from './json-reader.ts';
import { LineReader } from './line-reader.ts';
import { QmpSession } from './qmp-session.ts';
import { MAX_TRANSFER, QtestSession } from './qtest-session.ts';

const FAILED = 1;
const BAD_USAGE = 2;

/** Room for two hex digits a byte, a verb and two numbers. */
const MAX_LINE = 2 * MAX_TRANSFER + 256;

/**
 * `smmu-lab qtest ARGS`: stands in for `qemu-system-aarch64` under a qtest client, which listens on both sockets.
 * Resolves to the exit status: 0 on SIGTERM, SIGINT, `quit` or when the client closes; 1 when a socket cannot be
 * reached; 2 for a bad command line. Rejects only for a defect of this program.
 */
export async function runQtest(argv: readonly string[]): Promise<number> {
  const ending = new Ending();
  try {
    const commandLine = parseCommandLine(argv);
    if (!commandLine.ok) return complain(commandLine.error.message, BAD_USAGE);
    const open = createServer(commandLine.value);
    if (!open.ok) return complain(open.error.message, BAD_USAGE);
    return await serve(commandLine.value, open.value, ending);
  } finally {
    ending.dispose();
  }
}

/** Begins a qtest session whose replies go to `output`. */
type OpenQtest = (output: Writable) => QtestSession;

function createServer({ machine }: CommandLine): Result<OpenQtest> {
  let session: QtestSession | null = null;
  const openOn =
    (bus: SystemBus): OpenQtest =>
    (output) =>
      (session = new QtestSession(bus, (line) => output.write(`${line}\n`, 'latin1')));
  if (machine === null) return ok(openOn(new SystemBus(null, [])));
  const created = createMachine({ ...machine, onInterrupt: (number, level) => session?.interrupt(number, level) });
  return created.ok ? ok(openOn(created.value.bus)) : created;
}

async function serve(commandLine: CommandLine, open: OpenQtest, ending: Ending): Promise<number> {
  const connections = new Connections();
  try {
    const connected = await Promise.race([connectBoth(commandLine, open, ending, connections), ending.reached]);
    if (connected?.ok === false) return complain(connected.error.message, FAILED);
    await ending.reached;
    return 0;
  } finally {
    connections.close();
  }
}

/** The client accepts qtest first, the monitor second. */
async function connectBoth({ qtest, qmp }: CommandLine, open: OpenQtest, ending: Ending, connections: Connections): Promise<Result<null>> {
  const stream = await connections.open(qtest);
  if (!stream.ok) return stream;
  serveQtest(open, stream.value.input, stream.value.output, ending);
  if (qmp === null) return ok(null);
  const monitor = await connections.open(qmp);
  if (!monitor.ok) return monitor;
  serveQmp(monitor.value.input, monitor.value.output, ending);
  return ok(null);
}

function serveQtest(open: OpenQtest, input: Readable, output: Writable, ending: Ending): void {
  const session = open(output);
  const reader = new LineReader(MAX_LINE, {
    line: (text) => session.handle(text),
    tooLong: () => session.refuse(`line too long (expected at most ${MAX_LINE} bytes)`),
  });
  input.on(
    'data',
    ending.guard((chunk: Buffer) => reader.push(chunk)),
  );
  input.once('close', () => ending.end());
}

/** The client may close its monitor and go on with qtest, so the end of this stream ends nothing. */
function serveQmp(input: Readable, output: Writable, ending: Ending): void {
  const session = new QmpSession({
    send: (text) => output.write(text),
    quit: () => output.end(() => ending.end()),
  });
  const reader = new JsonReader((text) => session.handle(text));
  input.setEncoding('utf8');
  input.on(
    'data',
    ending.guard((chunk: string) => reader.push(chunk)),
  );
}

function complain(message: string, status: number): number {
  process.stderr.write(`smmu-lab qtest: ${message}\n`);
  return status;
}

import type { Socket } from 'node:net';
import { createConnection } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { createMachine } from '../../model/stack/device/machine.ts';
import { SystemBus } from '../../model/stack/device/system-bus.ts';
import type { Result } from '../../model/base/result.ts';
import { ok } from '../../model/base/result.ts';
import type { CommandLine } from './command-line.ts';
import { parseCommandLine } from './command-line.ts';
import { JsonReader } from './json-reader.ts';
import { LineReader } from './line-reader.ts';
import { QmpSession } from './qmp-session.ts';
import { MAX_TRANSFER, QtestSession } from './qtest-session.ts';

const BAD_USAGE = 2;
const FAILED = 1;

/** Room for two hex digits a byte, a verb and two numbers. */
const MAX_LINE = 2 * MAX_TRANSFER + 256;

/**
 * `smmu-lab qtest ARGS`: stands in for `qemu-system-aarch64` under a qtest client, which listens on both sockets.
 * Resolves to the exit status: 0 on SIGTERM, SIGINT, `quit` or when the client closes; 1 when a socket cannot be
 * reached; 2 for a bad command line.
 */
export async function runQtest(argv: readonly string[]): Promise<number> {
  const stop = new Stop();
  try {
    const commandLine = parseCommandLine(argv);
    if (!commandLine.ok) return complain(commandLine.error.message, BAD_USAGE);
    const server = createServer(commandLine.value);
    if (!server.ok) return complain(server.error.message, BAD_USAGE);
    return await serve(commandLine.value, server.value, stop);
  } finally {
    stop.dispose();
  }
}

/** The one way a run ends well: by signal, by command or by the client's leaving. */
class Stop {
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;
  readonly now = (): void => this.#end();

  constructor() {
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    process.on('SIGTERM', this.now);
    process.on('SIGINT', this.now);
  }

  wait(): Promise<void> {
    return this.#ended;
  }

  dispose(): void {
    process.off('SIGTERM', this.now);
    process.off('SIGINT', this.now);
  }
}

/** What serves the qtest stream, before there is a stream. */
interface Server {
  open(output: Writable): QtestSession;
}

function createServer({ machine }: CommandLine): Result<Server> {
  let session: QtestSession | null = null;
  const open = (bus: SystemBus) => (output: Writable) => (session = new QtestSession(bus, (line) => output.write(`${line}\n`, 'latin1')));
  if (machine === null) return ok({ open: open(new SystemBus(null, [])) });
  const created = createMachine({ ...machine, onInterrupt: (number, level) => session?.interrupt(number, level) });
  return created.ok ? ok({ open: open(created.value.bus) }) : created;
}

async function serve(commandLine: CommandLine, server: Server, stop: Stop): Promise<number> {
  const streams: Duplex[] = [];
  const connected = (async () => {
    if (commandLine.qtest === 'stdio') serveQtest(server, process.stdin, process.stdout, stop);
    else {
      const socket = await connect(commandLine.qtest, streams);
      serveQtest(server, socket, socket, stop);
    }
    if (commandLine.qmp !== null) serveQmp(await connect(commandLine.qmp, streams), stop);
  })();
  try {
    await Promise.race([connected.then(() => stop.wait()), stop.wait()]);
    return 0;
  } catch (error) {
    return complain(error instanceof Error ? error.message : String(error), FAILED);
  } finally {
    for (const stream of streams) stream.destroy();
    if (commandLine.qtest === 'stdio') process.stdin.destroy();
  }
}

/** Connects to a Unix socket that must listen already. */
function connect(path: string, streams: Duplex[]): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    streams.push(socket);
    socket.once('error', (error) => reject(new Error(`cannot connect to ${path}: ${error.message}`)));
    socket.once('connect', () => {
      // From here on an error means that the client is gone, which `close` reports too.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

function serveQtest(server: Server, input: Readable, output: Writable, stop: Stop): void {
  const session = server.open(output);
  const reader = new LineReader(MAX_LINE, {
    line: (text) => session.handle(text),
    tooLong: () => session.refuse(`line too long (expected at most ${MAX_LINE} bytes)`),
  });
  input.on('data', (chunk: Buffer) => reader.push(chunk));
  input.once('end', stop.now);
  input.once('close', stop.now);
}

/** The client may close its monitor and go on with qtest, so the end of this stream ends nothing. */
function serveQmp(socket: Socket, stop: Stop): void {
  const session = new QmpSession({ send: (text) => socket.write(text), quit: () => socket.end(stop.now) });
  const reader = new JsonReader((text) => session.handle(text));
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => reader.push(chunk));
}

function complain(message: string, status: number): number {
  process.stderr.write(`smmu-lab qtest: ${message}\n`);
  return status;
}

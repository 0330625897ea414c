/** The monitor of a QEMU that somebody else started: its QMP socket. */
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { QmpClient } from './qmp-client.ts';

/** What reading a machine needs of QMP: a command's return value, or a rejection with its error's description. */
export interface Monitor {
  ask(execute: string, given?: object): Promise<unknown>;
}

export interface OpenMonitor extends Monitor {
  close(): void;
}

/** A monitor has one client at a time; QEMU greets the next one when that one is gone. */
const GREETING_TIMEOUT = 5000;

const EXPECTED = "expected the socket of QEMU's -qmp unix:PATH,server=on,wait=off";

/** `PATH`, `unix:PATH` or `tcp:HOST:PORT`, as QEMU's -qmp has them. */
function placeOf(address: string): { path: string } | { host: string; port: number } {
  const tcp = /^tcp:(?:\/\/)?(.+):(\d{1,5})$/.exec(address);
  return tcp === null ? { path: address.replace(/^unix:/, '') } : { host: tcp[1]!.replace(/^\[(.*)\]$/, '$1'), port: Number(tcp[2]) };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'nobody listens there: the QEMU that made it has ended',
  EACCES: "it may not be opened: QEMU's user, or root, may",
  ENOTSOCK: 'it is no socket',
};

/** The first line that comes, or why none does. */
function greetingOf(socket: Socket, timeout: number): Promise<{ readonly line: string } | { readonly why: string }> {
  return new Promise((resolve) => {
    let said = '';
    const done = (answer: { readonly line: string } | { readonly why: string }): void => {
      clearTimeout(late);
      socket.off('data', heard).off('close', closed);
      resolve(answer);
    };
    const heard = (chunk: string): void => {
      said += chunk;
      if (said.includes('\n')) done({ line: said });
    };
    const closed = (): void => done({ why: 'the other side closed the connection' });
    const late = setTimeout(() => done(said === '' ? { why: `nothing was said within ${timeout / 1000} s: another program holds this monitor (libvirt does so with its own), or it does not speak QMP. QEMU can have a second one: -qmp once more` } : { line: said }), timeout);
    socket.on('data', heard).once('close', closed);
    socket.once('error', (error: NodeJS.ErrnoException) => done({ why: REASONS[error.code ?? ''] ?? error.message }));
  });
}

/** Connects and agrees on QMP. The error says what answers in QEMU's place, if anything does. */
export async function openMonitor(address: string, timeout = GREETING_TIMEOUT): Promise<Result<OpenMonitor>> {
  const at = { file: address };
  const socket = createConnection(placeOf(address)).setEncoding('utf8');
  const greeting = await greetingOf(socket, timeout);
  const refuse = (why: string): Result<OpenMonitor> => {
    socket.destroy();
    return fail('no-monitor', `this monitor cannot be used: ${why}; ${EXPECTED}`, at);
  };
  if ('why' in greeting) return refuse(greeting.why);
  if (/^QEMU [\d.]+ monitor/.test(greeting.line)) return refuse("it is QEMU's monitor for people, which speaks no QMP");
  if (!greeting.line.trimStart().startsWith('{"QMP"')) return refuse(`it says ${JSON.stringify(greeting.line.slice(0, 60))}, which is not the greeting of QMP`);
  const client = new QmpClient(socket);
  socket.on('error', () => undefined).once('close', () => client.end(new Error('QEMU closed the monitor')));
  try {
    await client.ask('qmp_capabilities');
  } catch (error) {
    return refuse((error as Error).message);
  }
  return ok({ ask: (execute, given) => client.ask(execute, given), close: () => void socket.destroy() });
}

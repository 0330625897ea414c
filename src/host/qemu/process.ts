/** A running QEMU with its two sockets, which ends with whoever started it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { qemuEnvironment } from './executable.ts';
import type { QemuExecutable } from './executable.ts';
import { QmpClient } from './qmp-client.ts';
import { QtestClient } from './qtest-client.ts';
import { TraceLog } from './trace-log.ts';

const START_TIMEOUT = 30_000;

/** What keeps processors and time still: the qtest accelerator, or processors that are never powered on and a clock that skips to the next timer. */
const STILL = {
  qtest: ['-accel', 'qtest'],
  tcg: ['-accel', 'tcg', '-cpu', 'max,start-powered-off=on', '-icount', 'shift=0,sleep=off'],
} as const;

/** Of util-linux: a program that the kernel ends with whoever started it, however that ends. Elsewhere only what this process lives to see ends it. */
const SETPRIV = '/usr/bin/setpriv';
const untilWeEnd = (program: string, args: readonly string[]): [program: string, args: string[]] =>
  process.platform === 'linux' && existsSync(SETPRIV) ? [SETPRIV, ['--pdeathsig', 'KILL', program, ...args]] : [program, [...args]];

/** The arguments of a machine, its sockets and its trace in `folder`. */
export const argumentsOf = ({ hasQtest }: QemuExecutable, machine: readonly string[], folder: string): string[] => [
  ...['-nodefaults', '-display', 'none', '-net', 'none', ...STILL[hasQtest ? 'qtest' : 'tcg'], ...machine],
  ...['-qtest', `unix:${join(folder, 'qtest')}`, '-qtest-log', '/dev/null', '-qmp', `unix:${join(folder, 'qmp')}`],
  ...['-trace', 'smmuv3_translate_*', '-D', join(folder, 'trace')],
];

/** It was ended, or ended by itself: what it said is in the message. */
export class QemuGone extends Error {}

export class QemuProcess {
  readonly executable: QemuExecutable;
  readonly qtest: QtestClient;
  readonly qmp: QmpClient;
  readonly trace: TraceLog;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #closed: Promise<void>;
  #ending = false;

  private constructor(executable: QemuExecutable, child: ChildProcess, folder: string, sockets: readonly [Socket, Socket], said: () => string) {
    this.executable = executable;
    this.#child = child;
    this.#folder = folder;
    this.qtest = new QtestClient(sockets[0]);
    this.qmp = new QmpClient(sockets[1]);
    this.trace = new TraceLog(join(folder, 'trace'));
    // However this process ends, QEMU does not outlive it.
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    this.#closed = new Promise((resolve) => {
      const gone = (): void => {
        const error = new QemuGone(this.#ending ? 'QEMU was ended' : `QEMU ended by itself (${child.signalCode ?? child.exitCode ?? 'its sockets closed'})${said()}`);
        this.qtest.end(error);
        this.qmp.end(error);
        for (const socket of sockets) socket.destroy();
        this.trace.close();
        process.off('exit', kill);
        rmSync(this.#folder, { recursive: true, force: true });
        resolve();
      };
      if (child.exitCode !== null || child.signalCode !== null) gone();
      else child.once('close', gone);
    });
    for (const socket of sockets) socket.on('error', () => undefined);
  }

  /** Starts it with arguments of a machine: an argument vector, no shell, sockets in a folder of this process alone. An aborted `signal` ends it before it is there. */
  static async start(executable: QemuExecutable, machine: readonly string[], signal?: AbortSignal): Promise<Result<QemuProcess>> {
    const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-qemu-'));
    const listening = ['qtest', 'qmp'].map((name) => listen(join(folder, name)));
    // In a process group of its own: Ctrl+C is for this process, which then ends it.
    const child = spawn(...untilWeEnd(executable.path, argumentsOf(executable, machine, folder)), { shell: false, detached: process.platform !== 'win32', env: qemuEnvironment(), stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-4096)));
    const said = (): string => (stderr.trim() === '' ? '' : `: ${stderr.trim()}`);
    const ended = endOf(child);
    const connected = await Promise.race([Promise.all(listening.map(({ socket }) => socket)), ended, timeOut(), aborted(signal)]);
    for (const { server } of listening) server.close();
    if (!Array.isArray(connected)) {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
      return fail('qemu-failed', `QEMU did not start: ${connected}${said()}`, { file: executable.path });
    }
    const qemu = new QemuProcess(executable, child, folder, connected as [Socket, Socket], said);
    signal?.addEventListener('abort', () => void qemu.end(), { once: true });
    await qemu.qmp.ask('qmp_capabilities');
    return ok(qemu);
  }

  /** Ends it, whatever it does; resolves when it is gone. */
  async end(): Promise<void> {
    this.#ending = true;
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

function listen(path: string): { readonly server: Server; readonly socket: Promise<Socket> } {
  const server = createServer();
  const socket = new Promise<Socket>((resolve) => server.once('connection', resolve));
  server.listen(path);
  return { server, socket };
}

const endOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(`it ended with ${signal ?? code}`));
  });

const timeOut = (): Promise<string> => new Promise((resolve) => setTimeout(() => resolve(`it did not connect within ${START_TIMEOUT / 1000} s`), START_TIMEOUT).unref());

const aborted = (signal: AbortSignal | undefined): Promise<string> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) resolve('it was cancelled');
    signal?.addEventListener('abort', () => resolve('it was cancelled'), { once: true });
  });

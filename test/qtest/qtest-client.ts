import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program under test: libqtest's own variable, so that the same client can be pointed at another program. */
const BINARY = process.env['QTEST_QEMU_BINARY'] ?? fileURLToPath(new URL('../../bin/smmu-lab-system-aarch64', import.meta.url));

const ACCEPT_TIMEOUT = 50_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Text that arrives on a socket, taken a line at a time. */
class Lines {
  readonly #waiting: ((line: string) => void)[] = [];
  readonly #lines: string[] = [];
  /** Pieces of the line that has not ended. */
  #pieces: string[] = [];

  constructor(socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      const [end = '', ...starts] = chunk.split('\n');
      this.#pieces.push(end);
      for (const start of starts) {
        this.#arrived(this.#pieces.join(''));
        this.#pieces = [start];
      }
    });
  }

  next(): Promise<string> {
    const line = this.#lines.shift();
    return line === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(line);
  }

  #arrived(line: string): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#lines.push(line);
    else waiting(line);
  }
}

/** A program started as libqtest starts QEMU: this side listens on both sockets, the program connects. */
export class QtestClient {
  readonly process: ChildProcess;
  readonly qtest: Socket;
  readonly qmp: Socket;
  readonly output: Output;
  /** `raise N` and `lower N`, as they came. */
  readonly interrupts: string[] = [];
  readonly exit: Promise<Exit>;
  readonly #qtestLines: Lines;
  readonly #qmpLines: Lines;

  private constructor(child: ChildProcess, output: Output, qtest: Socket, qmp: Socket) {
    this.process = child;
    this.output = output;
    this.qtest = qtest;
    this.qmp = qmp;
    this.exit = exitOf(child);
    this.#qtestLines = new Lines(qtest);
    this.#qmpLines = new Lines(qmp);
  }

  /** Starts the program with libqtest's arguments around `args`, and shakes hands on both sockets. */
  static async start(args: string): Promise<QtestClient> {
    const folder = mkdtempSync(join(tmpdir(), 'qtest-'));
    const [sock, qmp] = [join(folder, 'qtest.sock'), join(folder, 'qtest.qmp')];
    const order: string[] = [];
    const accepted = [listen(sock, () => order.push('qtest')), listen(qmp, () => order.push('qmp'))] as const;
    const { child, output } = startProgram(
      `-qtest unix:${sock} -qtest-log /dev/null -chardev socket,path=${qmp},id=char0 -object monitor-qmp,id=qmp0,chardev=char0 ` +
        `-display none -audio none -run-with exit-with-parent=on ${args} -accel qtest`,
    );
    try {
      const [qtestSocket, qmpSocket] = await Promise.race([Promise.all(accepted), diedEarly(child, output)]);
      if (order[0] !== 'qtest') throw new Error('the monitor was connected before qtest');
      const client = new QtestClient(child, output, qtestSocket, qmpSocket);
      await client.#shakeHands();
      return client;
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async #shakeHands(): Promise<void> {
    const endianness = await this.ask('endianness');
    if (endianness !== 'OK little') throw new Error(`endianness: ${endianness}`);
    const greeting = JSON.parse(await this.#qmpLines.next()) as { QMP?: unknown };
    if (greeting.QMP === undefined) throw new Error('no QMP greeting');
    await this.qmpAsk('qmp_capabilities');
  }

  /** Sends one line and gives the reply. Interrupt messages before it are kept aside. */
  async ask(line: string): Promise<string> {
    this.qtest.write(`${line}\n`);
    for (;;) {
      const reply = await this.#qtestLines.next();
      if (!reply.startsWith('IRQ ')) return reply;
      this.interrupts.push(reply.slice('IRQ '.length));
    }
  }

  async #value(line: string): Promise<string> {
    const reply = await this.ask(line);
    if (!/^OK( |$)/.test(reply)) throw new Error(`${line}: ${reply}`);
    return reply.slice('OK '.length);
  }

  async read(address: bigint, length: number): Promise<Buffer> {
    const hex = await this.#value(`read 0x${address.toString(16)} 0x${length.toString(16)}`);
    return Buffer.from(hex.slice(2), 'hex');
  }

  async write(address: bigint, bytes: Uint8Array): Promise<void> {
    await this.#value(`write 0x${address.toString(16)} 0x${bytes.length.toString(16)} 0x${Buffer.from(bytes).toString('hex')}`);
  }

  async memset(address: bigint, length: number, byte: number): Promise<void> {
    await this.#value(`memset 0x${address.toString(16)} ${length} 0x${byte.toString(16).padStart(2, '0')}`);
  }

  async readl(address: bigint): Promise<number> {
    return Number(await this.#value(`readl 0x${address.toString(16)}`));
  }

  async writel(address: bigint, value: number): Promise<void> {
    await this.#value(`writel 0x${address.toString(16)} 0x${(value >>> 0).toString(16)}`);
  }

  async readq(address: bigint): Promise<bigint> {
    return BigInt(await this.#value(`readq 0x${address.toString(16)}`));
  }

  async writeq(address: bigint, value: bigint): Promise<void> {
    await this.#value(`writeq 0x${address.toString(16)} 0x${value.toString(16)}`);
  }

  /** A QMP request, pretty-printed as some clients do it; gives `return`. */
  async qmpAsk(execute: string, given: object = {}): Promise<unknown> {
    this.qmp.write(JSON.stringify({ execute, arguments: given }, null, 4));
    const reply = JSON.parse(await this.#qmpLines.next()) as { return?: unknown; error?: { desc: string } };
    if (reply.error !== undefined) throw new Error(`${execute}: ${reply.error.desc}`);
    return reply.return;
  }

  /** As libqtest ends it: SIGTERM, then anything but exit status 0 is an error. */
  async quit(): Promise<void> {
    this.process.kill('SIGTERM');
    const { code, signal } = await this.exit;
    this.qtest.destroy();
    this.qmp.destroy();
    if (code !== 0) throw new Error(`ended with ${signal ?? code}, expected 0\n${this.output.stderr}`);
    if (this.output.stdout !== '') throw new Error(`unexpected output: ${this.output.stdout}`);
  }
}

/** Everything a program wrote so far. Standard error may tell of set-up before it has anything else to say. */
export interface Output {
  stdout: string;
  stderr: string;
}

/** Runs the program the way libqtest does, without sockets of its own. */
export function startProgram(args: string): { child: ChildProcess; output: Output } {
  const child = spawn('/bin/sh', ['-c', `exec ${BINARY} ${args}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (chunk: string) => (output[name] += chunk));
  return { child, output };
}

/** How a program ends. */
export async function exitOf(child: ChildProcess): Promise<Exit> {
  if (child.exitCode !== null || child.signalCode !== null) return { code: child.exitCode, signal: child.signalCode };
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}

function listen(path: string, accepted: () => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(() => {
      server.close();
      reject(new Error(`nobody connected to ${path} within ${ACCEPT_TIMEOUT} ms`));
    }, ACCEPT_TIMEOUT);
    timeout.unref();
    const server: Server = createServer((socket) => {
      clearTimeout(timeout);
      accepted();
      server.close();
      resolve(socket);
    });
    server.listen(path);
    server.unref();
  });
}

async function diedEarly(child: ChildProcess, output: Output): Promise<never> {
  const { code, signal } = await exitOf(child);
  throw new Error(`the program ended with ${signal ?? code} before it connected\n${output.stderr}`);
}

/** What a monitor of QEMU answers, over the memory of a capture: it can be made to fail, and notes what it was asked. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import type { Capture } from '../../src/formats/capture/capture.ts';
import { JsonReader } from '../../src/host/qtest/json-reader.ts';

const SMMU = 0x0905_0000n;
const REGISTER_BYTES = 0x2_0000n;

interface Request {
  readonly execute: string;
  readonly arguments?: Readonly<Record<string, string | number>>;
  readonly id?: number;
}

export interface StandInOptions {
  readonly running?: boolean;
  /** It writes its files where nobody else sees them. */
  readonly ownFiles?: boolean;
  readonly smmus?: readonly bigint[];
  /** Changes what it would answer; throw to refuse. */
  readonly answer?: (execute: string, line: string, usual: unknown) => unknown;
}

const hex16 = (value: bigint): string => value.toString(16).padStart(16, '0');

export class StandInQemu {
  readonly asked: string[] = [];
  running: boolean;
  readonly #capture: Capture;
  readonly #options: StandInOptions;

  constructor(capture: Capture, options: StandInOptions = {}) {
    this.#capture = capture;
    this.#options = options;
    this.running = options.running ?? true;
  }

  ask(execute: string, given: object = {}): Promise<unknown> {
    const args = given as Record<string, string | number>;
    const line = String(args['command-line'] ?? '');
    this.asked.push(line === '' ? execute : line.replace(/ .*/, ''));
    try {
      const usual = this.#usual(execute, line, args);
      return Promise.resolve(this.#options.answer === undefined ? usual : this.#options.answer(execute, line, usual));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #usual(execute: string, line: string, args: Record<string, string | number>): unknown {
    switch (execute) {
      case 'query-version':
        return { qemu: { major: 10, minor: 0, micro: 2 }, package: '' };
      case 'query-status':
        return { running: this.running, status: this.running ? 'running' : 'paused' };
      case 'stop':
      case 'cont':
        this.running = execute === 'cont';
        return {};
      case 'pmemsave':
        if (this.#options.ownFiles === true) throw new Error('QMP: Could not open file: No such file or directory');
        writeFileSync(String(args['filename']), this.#bytes(BigInt(args['val']!), Number(args['size'])));
        return {};
      case 'human-monitor-command':
        return line.startsWith('info mtree') ? this.#tree() : this.#words(line);
      default:
        return {};
    }
  }

  #tree(): string {
    const smmus = this.#options.smmus ?? [SMMU];
    const lines = [
      ...smmus.map((base) => `  ${hex16(base)}-${hex16(base + REGISTER_BYTES - 1n)} (prio 0, i/o): arm-smmuv3`),
      ...this.#capture.ram.map(({ base, size }) => `  ${hex16(base)}-${hex16(base + size - 1n)} (prio 0, ram): mach-virt.ram KVM`),
    ];
    return ['FlatView #0', ' AS "I/O", root: io', '  0000000000000000-000000000000ffff (prio 0, i/o): io', '', 'FlatView #1', ' AS "memory", root: system', ' Root memory region: system', ...lines, ''].join('\r\n');
  }

  /** `xp /COUNTwx ADDRESS`, or `gx`. */
  #words(line: string): string {
    const [, count, unit, address] = /^xp \/(\d+)([wg])x (0x[0-9a-f]+)$/.exec(line)!;
    const bytes = unit === 'w' ? 4 : 8;
    const base = BigInt(address!);
    const data = base >= SMMU && base < SMMU + REGISTER_BYTES ? this.#registers(base, Number(count) * bytes) : this.#bytes(base, Number(count) * bytes);
    const perRow = 16 / bytes;
    const rows: string[] = [];
    for (let at = 0; at < Number(count); at += perRow) {
      const values = Array.from({ length: Math.min(perRow, Number(count) - at) }, (_, index) => {
        const word = [...data.subarray((at + index) * bytes, (at + index + 1) * bytes)].reverse().map((byte) => byte.toString(16).padStart(2, '0'));
        return `0x${word.join('')}`;
      });
      rows.push(`${hex16(base + BigInt(at * bytes))}: ${values.join(' ')}`);
    }
    return `${rows.join('\r\n')}\r\n`;
  }

  /** As QEMU: 8 bytes at once are 0 but for registers of 64 bits. */
  #registers(base: bigint, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    if (length === 4) new DataView(bytes.buffer).setInt32(0, this.#capture.registers[Number(base - SMMU) / 4]!, true);
    return bytes;
  }

  #bytes(base: bigint, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (const segment of this.#capture.segments) {
      const from = segment.base > base ? segment.base : base;
      const end = segment.base + segment.size < base + BigInt(length) ? segment.base + segment.size : base + BigInt(length);
      if (from < end) bytes.set(segment.bytes.subarray(Number(from - segment.base), Number(end - segment.base)), Number(from - base));
    }
    return bytes;
  }

  /** The same behind a socket. */
  listen(path: string): Promise<Server> {
    const server = createServer((socket) => {
      socket.setEncoding('utf8').write('{"QMP": {"version": {"qemu": {"major": 10, "minor": 0, "micro": 2}, "package": ""}, "capabilities": []}}\r\n');
      const reader = new JsonReader((text) => {
        const { execute, arguments: args, id } = JSON.parse(text) as Request;
        this.ask(execute, args).then(
          (value) => socket.write(`${JSON.stringify({ return: value, id })}\r\n`),
          (error: unknown) => socket.write(`${JSON.stringify({ error: { class: 'GenericError', desc: (error as Error).message }, id })}\r\n`),
        );
      });
      socket.on('data', (chunk: string) => reader.push(chunk)).on('error', () => undefined);
    });
    return new Promise((resolve) => server.listen(path, () => resolve(server)));
  }
}

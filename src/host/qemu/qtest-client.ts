/** The client's side of QEMU's qtest protocol: lines that go out together, and a reply to each. */
import type { Socket } from 'node:net';
import { LineReader } from '../qtest/line-reader.ts';

/** A reply of 64 KiB as hexadecimal digits, and more than one. */
const LONGEST_REPLY = 1 << 22;

export class QtestClient {
  readonly #socket: Socket;
  readonly #waiting: { readonly line: string; readonly resolve: (reply: string) => void; readonly reject: (error: Error) => void }[] = [];
  #ended: Error | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new LineReader(LONGEST_REPLY, {
      line: (text) => this.#reply(text),
      tooLong: () => this.end(new Error('qtest: a reply is too long')),
    });
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
  }

  /** Sends all lines at once and gives what follows `OK` of each. Rejects when one is refused or QEMU ends. */
  send(lines: readonly string[]): Promise<string[]> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const replies = lines.map((line) => new Promise<string>((resolve, reject) => this.#waiting.push({ line, resolve, reject })));
    this.#socket.write(lines.map((line) => `${line}\n`).join(''));
    return Promise.all(replies);
  }

  /** Nothing more comes: whoever waits is told why. */
  end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }

  #reply(text: string): void {
    if (text.startsWith('IRQ ')) return;
    const asked = this.#waiting.shift();
    if (asked === undefined) return;
    if (/^OK( |$)/.test(text)) asked.resolve(text.slice('OK '.length));
    else asked.reject(new Error(`qtest: ${asked.line.slice(0, 80)}: ${text}`));
  }
}

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** Longest run of bytes in one line. */
const PIECE = 1 << 15;

/** Lines that write bytes of physical memory. */
export function writeLines(address: bigint, bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE);
    lines.push(`write ${hex(address + BigInt(at))} ${hex(piece.length)} 0x${Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('hex')}`);
  }
  return lines;
}

export const readLine = (address: bigint, length: number): string => `read ${hex(address)} ${hex(length)}`;
export const bytesOfReply = (reply: string): Uint8Array => Uint8Array.from(Buffer.from(reply.slice(2), 'hex'));
export const memsetLine = (address: bigint, length: number, byte: number): string => `memset ${hex(address)} ${hex(length)} ${hex(byte)}`;
/** A register or a word: `l` 32 bits, `q` 64. */
export const setLine = (width: 'w' | 'l' | 'q', address: bigint, value: bigint | number): string => `write${width} ${hex(address)} ${hex(value)}`;
export const getLine = (width: 'l' | 'q', address: bigint): string => `read${width} ${hex(address)}`;

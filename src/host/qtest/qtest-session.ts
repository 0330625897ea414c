import type { SystemBus } from '../../model/stack/device/system-bus.ts';
import { parseInteger } from './option-list.ts';

/** Longest transfer of one command, in bytes: its hex digits still fit a string. */
export const MAX_TRANSFER = 1 << 27;

interface Verb {
  /** What follows the verb, for the error. */
  readonly usage: string;
  /** The reply, or null when the words are not what `usage` says. */
  run(session: QtestSession, words: readonly string[]): string | null;
}

/**
 * qtest's line protocol over a system bus: one request line gives one reply line, `OK[ value]` or `FAIL reason`.
 * Interrupt messages may precede the reply, once a client intercepts.
 */
export class QtestSession {
  readonly bus: SystemBus;
  /** The client's clock, in nanoseconds: nothing here takes time, so it moves only by command. */
  clock = 0n;
  intercepting = false;
  readonly #send: (line: string) => void;
  readonly #levels = new Map<number, boolean>();

  constructor(bus: SystemBus, send: (line: string) => void) {
    this.bus = bus;
    this.#send = send;
  }

  /** Answers a request line without its newline. */
  handle(line: string): void {
    const [name = '', ...words] = line.replace(/\r$/, '').split(' ');
    const verb = VERBS.get(name);
    if (verb === undefined) return this.#send(`FAIL Unknown command '${name.slice(0, 80)}'`);
    this.#send(verb.run(this, words) ?? `FAIL ${name}: expected ${name} ${verb.usage}`.trimEnd());
  }

  /** A line that is too long to be looked at. */
  refuse(reason: string): void {
    this.#send(`FAIL ${reason}`);
  }

  /** An interrupt line changed level. */
  interrupt(number: number, level: boolean): void {
    if (!this.intercepting || (this.#levels.get(number) ?? false) === level) return;
    this.#levels.set(number, level);
    this.#send(`IRQ ${level ? 'raise' : 'lower'} ${number}`);
  }
}

const WIDTHS = [
  ['b', 1],
  ['w', 2],
  ['l', 4],
  ['q', 8],
] as const;

const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['endianness', { usage: '', run: () => 'OK little' }],
  ...WIDTHS.map(([suffix, width]): [string, Verb] => [
    `read${suffix}`,
    { usage: 'ADDRESS', run: (session, words) => readValue(session, words, width) },
  ]),
  ...WIDTHS.map(([suffix, width]): [string, Verb] => [
    `write${suffix}`,
    { usage: 'ADDRESS VALUE', run: (session, words) => writeValue(session, words, width) },
  ]),
  ['read', { usage: 'ADDRESS SIZE', run: (session, words) => readBytes(session, words, (bytes) => `0x${bytes.toString('hex')}`) }],
  ['b64read', { usage: 'ADDRESS SIZE', run: (session, words) => readBytes(session, words, (bytes) => bytes.toString('base64')) }],
  ['write', { usage: 'ADDRESS SIZE 0xHEX', run: (session, words) => writeBytes(session, words, fromHex) }],
  ['b64write', { usage: 'ADDRESS SIZE BASE64', run: (session, words) => writeBytes(session, words, fromBase64) }],
  ['memset', { usage: 'ADDRESS SIZE BYTE', run: fill }],
  ['clock_step', { usage: '[NANOSECONDS]', run: (session, words) => moveClock(session, words[0], session.clock) }],
  ['clock_set', { usage: 'NANOSECONDS', run: (session, words) => (words[0] === undefined ? null : moveClock(session, words[0], 0n)) }],
  ['irq_intercept_in', { usage: 'PATH', run: intercept }],
  ['irq_intercept_out', { usage: 'PATH [NAME]', run: intercept }],
]);

function readValue({ bus }: QtestSession, words: readonly string[], width: number): string | null {
  const [address] = integers(words, 1);
  if (address === undefined) return null;
  const digits = Buffer.from(bus.read(address, width)).reverse().toString('hex');
  return `OK 0x${digits.padStart(16, '0')}`;
}

function writeValue({ bus }: QtestSession, words: readonly string[], width: number): string | null {
  const [address, value] = integers(words, 2);
  if (address === undefined || value === undefined) return null;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  bus.write(address, bytes.subarray(0, width));
  return 'OK';
}

function readBytes({ bus }: QtestSession, words: readonly string[], encode: (bytes: Buffer) => string): string | null {
  const [address, size] = integers(words, 2);
  if (address === undefined || size === undefined || size === 0n) return null;
  if (size > MAX_TRANSFER) return tooLong(size);
  const bytes = bus.read(address, Number(size));
  return `OK ${encode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))}`;
}

/** Missing bytes are zero, surplus ones are dropped. */
function writeBytes({ bus }: QtestSession, words: readonly string[], decode: (text: string) => Buffer | null): string | null {
  const [address, size] = integers(words, 2);
  const data = decode(words[2] ?? '');
  if (address === undefined || size === undefined || data === null) return null;
  if (size > MAX_TRANSFER) return tooLong(size);
  const bytes = new Uint8Array(Number(size));
  bytes.set(data.subarray(0, bytes.length));
  bus.write(address, bytes);
  return 'OK';
}

function fill({ bus }: QtestSession, words: readonly string[]): string | null {
  const [address, size, byte] = integers(words, 3);
  if (address === undefined || size === undefined || byte === undefined) return null;
  if (size > Number.MAX_SAFE_INTEGER) return tooLong(size);
  bus.fill(address, Number(size), Number(byte & 0xffn));
  return 'OK';
}

/** The clock never goes back. */
function moveClock(session: QtestSession, word: string | undefined, from: bigint): string | null {
  const step = parseInteger(word ?? '0');
  if (step === null) return null;
  if (from + step > session.clock) session.clock = from + step;
  return `OK ${session.clock}`;
}

/** Any path will do: this machine has one interrupt controller, and its inputs are what is reported. */
function intercept(session: QtestSession, words: readonly string[]): string | null {
  if (words[0] === undefined) return null;
  session.intercepting = true;
  return 'OK';
}

/** The first `count` words as 64-bit numbers; empty when one is missing or none. */
function integers(words: readonly string[], count: number): bigint[] {
  const values = words.slice(0, count).map(parseInteger);
  return values.length === count && values.every((value) => value !== null) ? values : [];
}

function tooLong(size: bigint): string {
  return `FAIL ${size} bytes are too many for one command (expected at most ${MAX_TRANSFER})`;
}

function fromHex(text: string): Buffer | null {
  return /^0x[0-9a-f]+$/i.test(text) ? Buffer.from(text.slice(2), 'hex') : null;
}

function fromBase64(text: string): Buffer | null {
  return /^[A-Za-z0-9+/]+=*$/.test(text) ? Buffer.from(text, 'base64') : null;
}

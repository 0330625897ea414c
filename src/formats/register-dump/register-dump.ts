/** Registers of an SMMU as people have them: lines of devmem, QEMU's xp, crash's rd, NAME=VALUE, or JSON. */
import { hex } from '../../model/base/address.ts';
import { fail, ok } from '../../model/base/result.ts';
import type { LabError, Result } from '../../model/base/result.ts';
import { registerAt, REGISTERS } from '../../model/spec/index.ts';
import { readNamedValues } from './json.ts';

/** Both 64 KiB register pages. */
export const REGISTER_BYTES = 0x2_0000;
const PAGE_BYTES = 0x1_0000n;

/** What a dump says of some registers. */
export interface RegisterDump {
  /** 32-bit words by their offset from the base of the SMMU. */
  readonly words: ReadonlyMap<number, number>;
  /** Physical address of the first register page, where addresses were given; null: names or offsets only. */
  readonly mmioBase: bigint | null;
  /** Lines that say nothing of a register. */
  readonly problems: readonly LabError[];
}

interface Reading {
  readonly line: number;
  /** A register's name, or an address or offset. */
  readonly of: string | bigint;
  readonly value: bigint;
  readonly bytes: 4 | 8;
}

const NAME = /^(?:ARM_)?(?:SMMU_)?([A-Z][A-Z0-9_]*?)(_HI)?$/;
/** Names that Linux gives to registers of the event queue. */
const ALIASES: Readonly<Record<string, string>> = { EVTQ_BASE: 'EVENTQ_BASE', EVTQ_PROD: 'EVENTQ_PROD', EVTQ_CONS: 'EVENTQ_CONS' };

const COMMAND = /\bdevmem2?\s+(0x[0-9a-f]+|[0-9a-f]{6,})(?:\s+(8|16|32|64|[bhwl]))?\s*[:=]?\s*(0x[0-9a-f]+)?\s*$/i;
const DEVMEM2 = /^Value at address (0x[0-9a-f]+)(?:\s*\(0x[0-9a-f]+\))?:\s*(0x[0-9a-f]+)/i;
const LONE = /^\s*(0x[0-9a-f]{1,16})\s*$/i;
const ADDRESSED = /^\s*(0x[0-9a-f]+|[0-9a-f]{4,16})(?:\s*<[^>]*>)?\s*(:|=|\s)\s*(\S.*)$/i;
const NAMED = /^\s*([A-Za-z][A-Za-z0-9_]+)\s*(?:\((?:0x)?[0-9a-f]+\)|@\s*(?:0x)?[0-9a-f]+)?\s*[:= ]\s*(0x[0-9a-f]+|[0-9a-f]{8}|[0-9a-f]{16})\s*$/i;

const hexOf = (text: string): bigint => BigInt(text.startsWith('0x') || text.startsWith('0X') ? text : `0x${text}`);
const digits = (text: string): number => text.replace(/^0x/i, '').length;
const isWord = (text: string): boolean => /^(?:0x)?[0-9a-f]{8}$|^(?:0x)?[0-9a-f]{16}$/i.test(text);

/** The words of a row of xp or rd; what crash shows as characters behind them is left alone. */
function rowValues(text: string): string[] {
  const values: string[] = [];
  for (const part of text.trim().split(/\s+/)) {
    if (!isWord(part) || (values[0] !== undefined && digits(part) !== digits(values[0]))) break;
    values.push(part);
  }
  return values;
}

/** A register of 64 bits has all of them in one value, whatever digits were written. */
function nameOf(text: string): { readonly offset: number; readonly bytes: 4 | 8 } | null {
  const match = NAME.exec(text.toUpperCase());
  if (match === null) return null;
  const register = REGISTERS.get(ALIASES[match[1]!] ?? match[1]!);
  if (register === undefined) return null;
  const high = match[2] !== undefined;
  return { offset: register.offset + (high ? 4 : 0), bytes: high || register.bits === 32 ? 4 : 8 };
}

class Parser {
  readonly readings: Reading[] = [];
  readonly problems: LabError[] = [];
  readonly #file: string;
  /** The address of a devmem whose answer stands on the next line. */
  #asked: bigint | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  line(text: string, line: number): void {
    const lone = LONE.exec(text);
    if (lone !== null && this.#asked !== null) {
      this.#read(line, this.#asked, lone[1]!);
      this.#asked = null;
      return;
    }
    this.#asked = null;
    if (/^\s*(?:$|[#;/]|\/\/)/.test(text) && !COMMAND.test(text)) return;
    if (!this.#understood(text, line)) this.problem('not-understood', `${JSON.stringify(text.trim().slice(0, 60))} says nothing of a register: expected lines such as "0x9050080: 0x43cf3000", "STRTAB_BASE=0x43cf3000" or what devmem and xp print`, line);
  }

  problem(code: string, message: string, line: number): void {
    this.problems.push({ code, message, at: { file: this.#file, line } });
  }

  #understood(text: string, line: number): boolean {
    const command = COMMAND.exec(text);
    if (command !== null) {
      if (command[3] === undefined) this.#asked = hexOf(command[1]!);
      else this.#read(line, hexOf(command[1]!), command[3]);
      return true;
    }
    const devmem2 = DEVMEM2.exec(text);
    if (devmem2 !== null) return this.#read(line, hexOf(devmem2[1]!), devmem2[2]!);
    const named = NAMED.exec(text);
    const name = named === null ? null : nameOf(named[1]!);
    if (named !== null && name !== null) return this.#read(line, named[1]!, named[2]!);
    return this.#row(text, line);
  }

  #row(text: string, line: number): boolean {
    const row = ADDRESSED.exec(text);
    if (row === null) return false;
    const single = /^(0x[0-9a-f]{1,16})\s*$/i.exec(row[3]!);
    const values = single !== null && !isWord(row[3]!.trim()) ? [single[1]!] : rowValues(row[3]!);
    if (values.length === 0) return false;
    let address = hexOf(row[1]!);
    for (const value of values) {
      this.#read(line, address, value);
      address += digits(value) > 8 ? 8n : 4n;
    }
    return true;
  }

  #read(line: number, of: string | bigint, text: string): true {
    this.readings.push({ line, of, value: hexOf(text), bytes: digits(text) > 8 ? 8 : 4 });
    return true;
  }
}

/** Registers by name. */
interface Placed {
  readonly offset: number;
  readonly bytes: 4 | 8;
}

function place({ of, bytes }: Reading, base: bigint): Placed | null {
  if (typeof of === 'string') return nameOf(of);
  const offset = of - base;
  return offset < 0n || offset + BigInt(bytes) > BigInt(REGISTER_BYTES) || offset % 4n !== 0n ? null : { offset: Number(offset), bytes };
}

/** Addresses below the size of both pages are offsets; else the page that the lowest of them is in is the first. */
function baseOf(readings: readonly Reading[]): bigint | null {
  const addresses = readings.flatMap(({ of }) => (typeof of === 'bigint' ? [of] : []));
  const lowest = addresses.reduce<bigint | null>((least, one) => (least === null || one < least ? one : least), null);
  return lowest === null || lowest < BigInt(REGISTER_BYTES) ? null : lowest - (lowest % PAGE_BYTES);
}

/** Reads a dump of registers; fails where nothing in it is one. `mmioBase` where its addresses do not begin in the first page. */
export function readRegisterDump(text: string, file: string, mmioBase: bigint | null = null): Result<RegisterDump> {
  const parser = new Parser(file);
  if (/^\s*[{[]/.test(text)) {
    const named = readNamedValues(text, file);
    if (!named.ok) return named;
    for (const { of, value } of named.value) parser.readings.push({ line: 1, of, value, bytes: value > 0xffff_ffffn ? 8 : 4 });
  } else text.split(/\r?\n/).forEach((line, at) => parser.line(line, at + 1));
  const base = mmioBase ?? baseOf(parser.readings);
  const words = new Map<number, number>();
  for (const reading of parser.readings) {
    const placed = place(reading, base ?? 0n);
    if (placed === null) {
      const what = typeof reading.of === 'string' ? `${reading.of} is no register of an SMMUv3` : `${hex(reading.of)} is no register: the pages begin at ${hex(base ?? 0n)}`;
      parser.problem('no-register', what, reading.line);
      continue;
    }
    words.set(placed.offset, Number(reading.value & 0xffff_ffffn));
    if (placed.bytes === 8 && (typeof reading.of === 'string' || reading.bytes === 8)) words.set(placed.offset + 4, Number(reading.value >> 32n));
  }
  if (words.size > 0) return ok({ words, mmioBase: base, problems: parser.problems });
  return fail('no-registers', parser.problems[0]?.message ?? 'this text holds no registers', parser.problems[0]?.at ?? { file });
}

/** `NAME=VALUE`, as it stands on a command line. */
export function readAssignment(text: string): Result<RegisterDump> {
  const match = /^([A-Za-z0-9_]+)=(0x[0-9a-fA-F]+|[0-9]+)$/.exec(text);
  if (match === null) return fail('bad-register', `${JSON.stringify(text)} is no register: expected NAME=VALUE such as STRTAB_BASE=0x43cf3000`);
  const value = BigInt(match[2]!);
  const placed = nameOf(match[1]!);
  if (placed === null) return fail('bad-register', `${match[1]} is no register of an SMMUv3`);
  if (value >= 1n << BigInt(placed.bytes * 8)) return fail('bad-register', `${match[1]} has ${placed.bytes * 8} bits, ${match[2]} has more`);
  return readRegisterDump(`${match[1]}=${hex(value)}`, 'the command line');
}

/** The name of the register at an offset, `_HI` for the second half. */
export function registerName(offset: number): string {
  const register = registerAt(offset);
  return register === null ? hex(offset) : `${register.id}${offset === register.offset ? '' : '_HI'}`;
}

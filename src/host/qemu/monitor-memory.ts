/** Physical memory of a QEMU through its monitor: in one piece where both see the same files, else as the text of `xp`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hex } from '../../model/base/address.ts';
import type { Range } from '../../formats/capture/ranges.ts';
import type { Monitor } from './monitor.ts';

/** Of one answer: the reader of QMP takes messages of up to 1 MiB, and a byte is 3.4 characters. */
const XP_BYTES = 1 << 16;
/** Between two looks at whether somebody wants to stop. */
const FILE_BYTES = 1 << 22;
/** Registers that are asked for at once. */
const TOGETHER = 32;

const ROW = /^[0-9a-f]{8,16}: (.+)$/gm;

export const humanMonitor = async (monitor: Monitor, command: string): Promise<string> => String(await monitor.ask('human-monitor-command', { 'command-line': command }));

/** The values of what `xp` prints. */
function valuesOf(text: string, command: string, count: number): bigint[] {
  const values = [...text.matchAll(ROW)].flatMap(([, row]) => row!.trim().split(/\s+/)).map((value) => (/^0x[0-9a-f]{8,16}$/.test(value) ? BigInt(value) : null));
  if (values.length !== count || values.includes(null)) throw new Error(`QEMU answered ${command} with ${JSON.stringify(text.slice(0, 80))}, expected ${count} values`);
  return values as bigint[];
}

const NOTHING_THERE = /: Cannot access memory/;

/**
 * 32-bit words at these addresses; null: nothing answers there. One word a command: QEMU reads longer runs of a device in pieces of 8 bytes, which its
 * SMMUv3 answers with 0 but for few registers.
 */
export async function readWords(monitor: Monitor, addresses: readonly bigint[]): Promise<(number | null)[]> {
  const words: (number | null)[] = [];
  for (let done = 0; done < addresses.length; done += TOGETHER) {
    const commands = addresses.slice(done, done + TOGETHER).map((address) => `xp /1wx ${hex(address)}`);
    const answers = await Promise.all(commands.map((command) => humanMonitor(monitor, command)));
    words.push(...answers.map((answer, index) => (NOTHING_THERE.test(answer) ? null : Number(valuesOf(answer, commands[index]!, 1)[0]))));
  }
  return words;
}

async function readText(monitor: Monitor, base: bigint, size: number): Promise<Uint8Array> {
  const command = `xp /${size / 8}gx ${hex(base)}`;
  const words = valuesOf(await humanMonitor(monitor, command), command, size / 8);
  return new Uint8Array(BigUint64Array.from(words).buffer);
}

export class MonitorMemory {
  readonly #monitor: Monitor;
  readonly #folder = mkdtempSync(join(tmpdir(), 'smmu-lab-capture-'));
  /** QEMU may run elsewhere, or as a user that cannot write there. */
  #sharesFiles = true;
  /** Bytes that were read. */
  total = 0;

  constructor(monitor: Monitor) {
    this.#monitor = monitor;
  }

  /** How it is read, for people. */
  get way(): 'pmemsave' | 'xp' {
    return this.#sharesFiles ? 'pmemsave' : 'xp';
  }

  /** RAM, `range` in multiples of 8 bytes; `between` is called with each piece. */
  async read({ base, size }: Range, between: (base: bigint, bytes: Uint8Array) => void): Promise<void> {
    for (let done = 0n; done < size; ) {
      const left = Number(size - done);
      const saved = this.#sharesFiles ? await this.#save(base + done, Math.min(left, FILE_BYTES)) : null;
      const bytes = saved ?? (await readText(this.#monitor, base + done, Math.min(left, XP_BYTES)));
      this.total += bytes.length;
      between(base + done, bytes);
      done += BigInt(bytes.length);
    }
  }

  /** null: QEMU's file is not seen here. */
  async #save(base: bigint, size: number): Promise<Uint8Array | null> {
    const path = join(this.#folder, 'memory');
    try {
      await this.#monitor.ask('pmemsave', { val: Number(base), size, filename: path });
      const bytes = readFileSync(path);
      rmSync(path);
      if (bytes.length === size) return bytes;
    } catch {
      // What is wrong with the monitor itself, xp finds as well.
    }
    this.#sharesFiles = false;
    return null;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

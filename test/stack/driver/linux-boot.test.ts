import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DEVICE, hex16, HostMachine } from './host-machine.ts';
import type { HostOptions } from './host-machine.ts';
import { PRESETS } from '../../../src/model/spec/index.ts';

interface Segment {
  readonly base: string;
  readonly size: number;
  readonly offset: number;
}

/** The command queue, registers and STEs of a machine that a real kernel booted. */
class Capture {
  readonly #registers: Buffer;
  readonly #memory: Buffer;
  readonly #segments: readonly Segment[];

  constructor(name: string) {
    const folder = fileURLToPath(new URL(`../../fixtures/captures/${name}/`, import.meta.url));
    this.#registers = readFileSync(`${folder}registers.bin`);
    this.#memory = readFileSync(`${folder}mem-all.bin`);
    this.#segments = (JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as { segments: Segment[] }).segments;
  }

  register32(offset: number): number {
    return this.#registers.readUInt32LE(offset);
  }

  word(address: bigint): bigint {
    const segment = this.#segments.find(({ base, size }) => BigInt(base) <= address && address < BigInt(base) + BigInt(size));
    if (segment === undefined) throw new Error(`0x${address.toString(16)} is not in the capture`);
    return this.#memory.readBigUInt64LE(segment.offset + Number(address - BigInt(segment.base)));
  }

  /** The first `count` commands since boot: the ring has not wrapped. */
  firstCommands(count: number): string[] {
    const base = this.#registers.readBigUInt64LE(0x90) & 0x000f_ffff_ffff_ffe0n;
    return Array.from({ length: count }, (_, i) => base + BigInt(i) * 16n).map((at) => `${hex16(this.word(at))} ${hex16(this.word(at + 8n))}`);
  }
}

const QEMU = PRESETS['qemu-11'].id;

/** Boot and the first device, 0000:00:08.0 with StreamID 0x40, as in the captures. */
function boot(options: HostOptions, stageTwo: boolean): { host: HostMachine; all: string[] } {
  const id = stageTwo ? { ...QEMU, IDR0: QEMU.IDR0 & ~2 } : QEMU;
  const host = new HostMachine({ id, ...options });
  const bootCommands = host.commands();
  host.mark();
  host.attached({ ...DEVICE, name: '0000:00:08.0', streamIds: [0x40] }, false);
  const all = [...bootCommands, ...host.commands()].map(([a, b]) => `${hex16(a)} ${hex16(b)}`);
  return { host, all };
}

/** Commands of the kernel that the IOMMU core asks for around the attach (iommu_flush_iotlb_all). */
const isCoreFlush = (line: string): boolean => /11 0{16}$|28 0{16}$/.test(line);

/** Without those and the CMD_SYNC of each. */
const withoutCoreFlushes = (lines: readonly string[]): string[] => lines.filter((line, i) => !isCoreFlush(line) && !(i > 0 && isCoreFlush(lines[i - 1]!)));

describe('what a real kernel put into its command queue, word for word', () => {
  test('6.1, stage 1: reset, CD, STE (the 5.15 writer)', () => {
    const { all } = boot({ generation: 'v16' }, false);
    expect(all).toEqual(new Capture('s1-6.1').firstCommands(all.length));
    expect(all).toHaveLength(11);
  });

  test('6.12, stage 1: CD and STE by the hitless writer', () => {
    const { all } = boot({ generation: 'modern' }, false);
    const kernel = withoutCoreFlushes(new Capture('s1-6.12').firstCommands(all.length + 2));
    expect(all).toEqual(kernel);
  });

  test('6.12, stage 2', () => {
    const { all } = boot({ generation: 'modern' }, true);
    const kernel = withoutCoreFlushes(new Capture('s2-6.12').firstCommands(all.length + 2));
    expect(all).toEqual(kernel);
  });

  test('registers after the reset', () => {
    const { host } = boot({ generation: 'v16' }, false);
    const capture = new Capture('s1-6.1');
    for (const offset of [0x20, 0x28, 0x50, 0x88]) expect([offset, host.smmu.read32(offset)]).toEqual([offset, capture.register32(offset)]);
    // CR2.PTM is RES0 without BTM; QEMU keeps what is written.
    expect(host.smmu.read32(0x2c)).toBe(capture.register32(0x2c) & ~4);
  });

  test('STE and CD of a stage-1 device have the words of 6.1, apart from addresses and ASID', () => {
    const { host } = boot({ generation: 'v16' }, false);
    const [word0, ...rest] = host.ste(0x40);
    expect(rest).toEqual(['00000000000000d6', '0000000000000000', '0000000000000000']);
    const cd = BigInt(`0x${word0}`) & ~0x3fn;
    expect(BigInt(`0x${word0}`) & 0x3fn).toBe(0xbn);
    expect([0n, 16n, 24n].map((at) => hex16(host.memory.read64(cd + at)!))).toEqual(['0001e204c0003510', '0000000000000000', 'fffffffff404ff44']);
  });

  test('STE of a stage-2 device has the words of 6.12, apart from address and VMID', () => {
    const { host } = boot({ generation: 'modern' }, true);
    expect(host.ste(0x40).slice(0, 3)).toEqual(['000000000000000d', '0000000000000000', '044c359400000001']);
  });
});

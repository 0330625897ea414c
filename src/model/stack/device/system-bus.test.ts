import { describe, expect, it } from 'vitest';
import { PhysicalMemory } from '../../memory/physical-memory.ts';
import type { Mmio } from './mmio.ts';
import { SystemBus } from './system-bus.ts';

const RAM = 0x4000_0000n;
const DEVICE = 0x1000_0000n;

/** Notes every access; reads give the offset. */
class Probe implements Mmio {
  readonly size = 0x1000;
  readonly narrowest: 1 | 4;
  readonly widest: 4 | 8;
  readonly accesses: string[] = [];

  constructor(narrowest: 1 | 4, widest: 4 | 8) {
    this.narrowest = narrowest;
    this.widest = widest;
  }

  read(offset: number, width: number): bigint {
    this.accesses.push(`r${width}@${offset.toString(16)}`);
    return BigInt(offset);
  }

  write(offset: number, width: number, value: bigint): void {
    this.accesses.push(`w${width}@${offset.toString(16)}=${value.toString(16)}`);
  }
}

function busWith(mmio: Mmio): { bus: SystemBus; memory: PhysicalMemory } {
  const memory = new PhysicalMemory([{ base: RAM, size: 0x2000n }]);
  const range = { base: DEVICE, size: 0x2000n, decode: (offset: number) => (offset < mmio.size ? { mmio, offset } : null) };
  return { bus: new SystemBus(memory, [range]), memory };
}

describe('SystemBus', () => {
  it('stores and loads memory at any address and length', () => {
    const { bus, memory } = busWith(new Probe(4, 8));
    bus.write(RAM + 3n, Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
    expect([...bus.read(RAM + 2n, 9)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0]);
    bus.fill(RAM + 0xffen, 4, 0xa5);
    expect(memory.read32(RAM + 0x1000n)).toBe(0xa5a5);
  });

  it('reads 0 and drops writes where nothing answers, also across the edges of memory', () => {
    const { bus } = busWith(new Probe(4, 8));
    bus.fill(RAM - 4n, 0x2008, 0xff);
    expect([...bus.read(RAM - 2n, 4)]).toEqual([0, 0, 0xff, 0xff]);
    expect([...bus.read(RAM + 0x1ffen, 4)]).toEqual([0xff, 0xff, 0, 0]);
    expect([...bus.read(0xffff_ffff_ffff_fff0n, 4)]).toEqual([0, 0, 0, 0]);
  });

  it('crosses a hole of any size in one step', () => {
    const { bus } = busWith(new Probe(4, 8));
    bus.fill(RAM, 2 ** 50, 0x11);
    expect(bus.read(RAM + 0x1fffn, 1)[0]).toBe(0x11);
  });

  it('gives a device naturally aligned accesses no wider than it takes', () => {
    const probe = new Probe(4, 8);
    const { bus } = busWith(probe);
    bus.write(DEVICE + 4n, Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0));
    expect(probe.accesses).toEqual(['w4@4=1', 'w8@8=300000002']);
    const narrow = new Probe(4, 4);
    busWith(narrow).bus.read(DEVICE + 8n, 8);
    expect(narrow.accesses).toEqual(['r4@8', 'r4@c']);
  });

  it('does not let accesses through that are narrower than the device takes', () => {
    const probe = new Probe(4, 8);
    const { bus } = busWith(probe);
    expect([...bus.read(DEVICE + 0x11n, 2)]).toEqual([0, 0]);
    bus.write(DEVICE + 6n, Uint8Array.of(9));
    expect(probe.accesses).toEqual([]);
  });

  it('reads bytes of a device little-endian and stops at its end', () => {
    const { bus } = busWith(new Probe(1, 4));
    expect([...bus.read(DEVICE + 0xffcn, 8)]).toEqual([0xfc, 0x0f, 0, 0, 0, 0, 0, 0]);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { PhysicalMemory } from './physical-memory.ts';

const MIB = 1n << 20n;
let memory: PhysicalMemory;

afterEach(() => memory.release());

describe('PhysicalMemory', () => {
  it('keeps bytes in the window and in further regions, little-endian', () => {
    memory = new PhysicalMemory([
      { base: 0x4000_0000n, size: 4n * MIB },
      { base: 0x80_0000_0000n, size: 4096n * MIB },
    ]);
    for (const pa of [0x4000_0008n, 0x80_0000_1000n, 0x80_ffff_fff8n]) {
      expect(memory.write64(pa, 0x0123_4567_89ab_cdefn)).toBe(true);
      expect(memory.readBytes(pa, 3)).toEqual(Uint8Array.of(0xef, 0xcd, 0xab));
      expect(memory.writeBytes(pa + 1n, Uint8Array.of(0x11, 0x22))).toBe(true);
      expect(memory.read64(pa)).toBe(0x0123_4567_8922_11efn);
      expect(memory.load(Number(pa >> 32n), Number(BigInt.asIntN(32, pa)))).toBe(true);
      expect([memory.hi >>> 0, memory.lo >>> 0]).toEqual([0x0123_4567, 0x8922_11ef]);
    }
  });

  it('aborts outside every region and writes nothing of a range that leaves one', () => {
    memory = new PhysicalMemory([{ base: 0x4000_0000n, size: MIB }]);
    expect(memory.readBytes(0x3fff_ffffn, 2)).toBeNull();
    expect(memory.writeBytes(0x400f_fffen, Uint8Array.of(1, 2, 3))).toBe(false);
    expect(memory.readBytes(0x400f_fffen, 2)).toEqual(Uint8Array.of(0, 0));
    expect(memory.load(0x10, 0)).toBe(false);
    expect(memory.store32(0, 0x3000_0000, 1)).toBe(false);
    expect(memory.read64(1n << 60n)).toBeNull();
  });

  it('spans adjoining regions', () => {
    memory = new PhysicalMemory([
      { base: 0x4000_0000n, size: MIB },
      { base: 0x4010_0000n, size: MIB },
    ]);
    expect(memory.writeBytes(0x400f_fffen, Uint8Array.of(1, 2, 3, 4))).toBe(true);
    expect(memory.readBytes(0x400f_fffen, 4)).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it('is zero again after clear, and so is a window that is used again', () => {
    const regions = [{ base: 0n, size: MIB }];
    memory = new PhysicalMemory(regions);
    const before = memory.words;
    memory.fill(0x1ff0n, 32, 0xff);
    memory.clear();
    expect(memory.readBytes(0x1ff0n, 32)).toEqual(new Uint8Array(32));
    memory.write32(0x40n, 7);
    memory.release();
    memory = new PhysicalMemory(regions);
    expect(memory.words).toBe(before);
    expect(memory.read32(0x40n)).toBe(0);
  });
});

import { expect, test } from 'vitest';
import { PhysicalMemory } from '../memory/physical-memory.ts';
import { GuestRam } from './guest-ram.ts';

const memory = (): PhysicalMemory => new PhysicalMemory([{ base: 0x4000_0000n, size: 0x10_0000n }]);

test('bytes of one IPA range lie at the PAs of its pieces', () => {
  const pm = memory();
  const ram = new GuestRam(pm);
  ram.back(0x8000_0000n, 0x4000_4000n, 0x1000n);
  ram.back(0x8000_1000n, 0x4000_1000n, 0x1000n);
  expect(ram.writeBytes(0x8000_0ffen, Uint8Array.of(1, 2, 3, 4))).toBe(true);
  expect(pm.readBytes(0x4000_4ffen, 2)).toEqual(Uint8Array.of(1, 2));
  expect(pm.readBytes(0x4000_1000n, 2)).toEqual(Uint8Array.of(3, 4));
  expect(ram.readBytes(0x8000_0ffen, 4)).toEqual(Uint8Array.of(1, 2, 3, 4));
});

test('what the host takes cannot be reached, what it maps again is elsewhere', () => {
  const ram = new GuestRam(memory());
  ram.back(0x8000_0000n, 0x4000_0000n, 0x4000n);
  ram.take(0x8000_1000n, 0x1000n);
  expect(ram.toPa(0x8000_0fffn)).toBe(0x4000_0fffn);
  expect(ram.toPa(0x8000_1000n)).toBeNull();
  expect(ram.toPa(0x8000_2008n)).toBe(0x4000_2008n);
  expect(ram.write64(0x8000_1000n, 1n)).toBe(false);
  expect(ram.read64(0x8000_1000n)).toBeNull();
  expect(ram.writeBytes(0x8000_0ff8n, new Uint8Array(16))).toBe(false);
  ram.back(0x8000_1000n, 0x4000_8000n, 0x1000n);
  expect(ram.toPa(0x8000_1010n)).toBe(0x4000_8010n);
});

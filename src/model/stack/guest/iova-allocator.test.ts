import { expect, test } from 'vitest';
import { IovaAllocator } from './iova-allocator.ts';

const make = () => new IovaAllocator(0x10000n, 0x1000n);

test('from the top downwards, whole pages', () => {
  const iovas = make();
  expect([iovas.allocate(1n), iovas.allocate(0x1000n), iovas.allocate(0x1001n)]).toEqual([0xf000n, 0xe000n, 0xc000n]);
});

test('aligned to the next power of two of the size', () => {
  const iovas = make();
  iovas.allocate(0x1000n);
  expect(iovas.allocate(0x3000n)).toBe(0xc000n);
  expect(iovas.allocate(0x1000n)).toBe(0xb000n);
});

test('reserved ranges are passed over, the first page is never given out', () => {
  const iovas = make();
  iovas.reserve(0x2000n, 0xe000n);
  expect([iovas.allocate(0x1000n), iovas.allocate(0x1000n)]).toEqual([0x1000n, null]);
});

test('ranges that are reserved may overlap', () => {
  const iovas = make();
  iovas.reserve(0x2000n, 0xe000n);
  iovas.reserve(0x4000n, 0x1000n);
  iovas.reserve(0x1000n, 0x1800n);
  expect(iovas.allocate(0x1000n)).toBeNull();
});

test('what is freed is given out again, and only that', () => {
  const iovas = make();
  const [first, second] = [iovas.allocate(0x1000n)!, iovas.allocate(0x1000n)!];
  iovas.free(first, 0x2000n);
  expect(iovas.allocate(0x1000n)).toBe(0xd000n);
  iovas.free(second, 0x800n);
  expect(iovas.allocate(0x1000n)).toBe(second);
});

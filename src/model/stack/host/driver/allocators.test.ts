import { describe, expect, test } from 'vitest';
import { IdAllocator } from './id-allocator.ts';
import { PageAllocator } from './page-allocator.ts';

describe('ASIDs and VMIDs (d.5)', () => {
  test('0 is never given, the smallest free number is', () => {
    const ids = new IdAllocator(16);
    expect([ids.allocate(), ids.allocate(), ids.allocate()]).toEqual([1, 2, 3]);
    ids.free(2);
    expect([ids.allocate(), ids.allocate()]).toEqual([2, 4]);
    ids.free(0);
    expect(ids.used).toEqual([1, 2, 3, 4]);
  });

  test('8 bits are 255 numbers, then -ENOSPC', () => {
    const ids = new IdAllocator(8);
    const all = Array.from({ length: 255 }, () => ids.allocate());
    expect(new Set(all).size).toBe(255);
    expect(ids.allocate()).toBe(-28);
  });
});

describe('pages', () => {
  const filled: string[] = [];
  const allocator = () => new PageAllocator(0x1000n, 0x10000n, (address, length) => filled.push(`${address} ${length}`) > 0);

  test('blocks are aligned to their size and zeroed; freed ones come back', () => {
    const pages = allocator();
    expect([pages.allocate(256), pages.allocate(0x2001), pages.allocate(0x1000)]).toEqual([0x1000n, 0x4000n, 0x8000n]);
    expect(filled).toEqual(['4096 4096', '16384 16384', '32768 4096']);
    pages.free(0x4000n, 0x2001);
    expect(pages.allocate(0x4000)).toBe(0x4000n);
  });

  test('no memory is null', () => {
    expect(allocator().allocate(0x20000)).toBeNull();
    expect(new PageAllocator(0n, 0x1000n, () => false).allocate(1)).toBeNull();
  });

  test('freeing what was not allocated is a bug', () => {
    expect(() => allocator().free(0x1000n, 1)).toThrow('what is freed was allocated');
  });
});

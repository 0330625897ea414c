import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indexMask, isConsistent, isEmpty, isFull, nextIndex, occupancy, slotOf, wrapOf } from './queue-index.ts';

const log2Size = fc.integer({ min: 0, max: 19 });

/** `start` advanced `steps` times, without the loop. */
const advanced = (start: number, steps: number, log2: number): number => (start + steps) & indexMask(log2);

describe('queue indexes (IHI 0070 3.5.1)', () => {
  test('a queue of one entry has its wrap flag in bit 0', () => {
    expect(nextIndex(0, 0)).toBe(1);
    expect(nextIndex(1, 0)).toBe(0);
    expect(isFull(1, 0, 0)).toBe(true);
    expect(isEmpty(1, 1, 0)).toBe(true);
    expect(slotOf(1, 0)).toBe(0);
    expect(wrapOf(1, 0)).toBe(1);
  });

  test('the wrap flag toggles exactly when the slot returns to 0', () => {
    fc.assert(
      fc.property(log2Size, fc.nat(), (log2, seed) => {
        const index = seed & indexMask(log2);
        const next = nextIndex(index, log2);
        expect(slotOf(next, log2)).toBe((slotOf(index, log2) + 1) % 2 ** log2);
        expect(wrapOf(next, log2) !== wrapOf(index, log2)).toBe(slotOf(next, log2) === 0);
      }),
    );
  });

  test('size entries after empty the queue is full, and only then', () => {
    fc.assert(
      fc.property(log2Size, fc.nat(), fc.nat(), (log2, seed, count) => {
        const cons = seed & indexMask(log2);
        const used = count % (2 ** log2 + 1);
        const prod = advanced(cons, used, log2);
        expect(occupancy(prod, cons, log2)).toBe(used);
        expect(isEmpty(prod, cons, log2)).toBe(used === 0);
        expect(isFull(prod, cons, log2)).toBe(used === 2 ** log2);
        expect(isConsistent(prod, cons, log2)).toBe(true);
      }),
    );
  });

  test('indexes further apart than the queue is long are inconsistent and count as full', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 19 }), fc.nat(), fc.nat(), (log2, seed, excess) => {
        const cons = seed & indexMask(log2);
        const prod = advanced(cons, 2 ** log2 + 1 + (excess % (2 ** log2 - 1)), log2);
        expect(isConsistent(prod, cons, log2)).toBe(false);
        expect(isFull(prod, cons, log2)).toBe(true);
        expect(isEmpty(prod, cons, log2)).toBe(false);
      }),
    );
  });

  test('bits above the wrap flag change nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 18 }), fc.nat(), fc.nat(), fc.nat(), (log2, prod, cons, junk) => {
        const above = (junk << (log2 + 1)) & 0xfffff;
        expect(occupancy(prod | above, cons, log2)).toBe(occupancy(prod & ~above, cons, log2));
      }),
    );
  });
});

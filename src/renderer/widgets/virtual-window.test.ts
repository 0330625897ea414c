import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aboveFor, contentHeight, isAtEnd, isScaled, MAX_PIXELS, mostAbove, rowsAbove, scrollTopFor, windowAt } from './virtual-window.ts';

const small = { total: 100, rowHeight: 20, height: 200 };
const huge = { total: 5_000_000, rowHeight: 22, height: 440 };

describe('windowAt', () => {
  it('renders what is visible and a little around it', () => {
    expect(windowAt(small, 0)).toEqual({ first: 0, count: 16, top: 0 });
    expect(windowAt(small, 400)).toEqual({ first: 14, count: 22, top: 280 });
  });

  it('stops at the last row', () => {
    expect(windowAt(small, 1800)).toEqual({ first: 84, count: 16, top: 1680 });
    expect(windowAt({ ...small, total: 0 }, 0).count).toBe(0);
  });

  it('reaches the first and the last of five million rows', () => {
    expect(contentHeight(huge)).toBe(MAX_PIXELS);
    expect(windowAt(huge, 0).first).toBe(0);
    const end = windowAt(huge, MAX_PIXELS - huge.height);
    expect(end.first + end.count).toBe(huge.total);
  });
});

describe('a row that is to be seen', () => {
  it('moves nothing when it is', () => expect(aboveFor(small, 5, 0)).toBe(0));
  it('moves just far enough', () => {
    expect(aboveFor(small, 12, 0)).toBe(60);
    expect(aboveFor(small, 12, 400)).toBe(240);
  });
  it('moves to the middle of what surrounds a row that is further than a page away', () => {
    expect(aboveFor(small, 50, 0)).toBe(910);
    expect(aboveFor(small, 3, 400)).toBe(0);
    expect(aboveFor(small, 99, 0)).toBe(1800);
  });

  it('is seen whole, whatever the list and however coarse its scroll bar', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000_000 }), fc.nat(), fc.nat(), (total, row, from) => {
        const list = { total, rowHeight: 22, height: 440 };
        const target = row % total;
        const above = aboveFor(list, target, from % Math.max(1, mostAbove(list)));
        const window = windowAt(list, Math.round(scrollTopFor(list, above)), above);
        expect(target * 22 - above).toBeGreaterThanOrEqual(0);
        expect(target * 22 + 22 - above).toBeLessThanOrEqual(440);
        expect(target).toBeGreaterThanOrEqual(window.first);
        expect(target).toBeLessThan(window.first + window.count);
      }),
    );
  });

  it('puts the scroll bar where it stands for those rows', () => {
    expect([isScaled(small), isScaled(huge)]).toEqual([false, true]);
    for (const above of [0, 1_000_000, mostAbove(huge)]) expect(rowsAbove(huge, scrollTopFor(huge, above))).toBeCloseTo(above, 3);
  });
});

it('tells the end of a list, for lists that follow their tail', () => {
  expect(isAtEnd(small, 1800)).toBe(true);
  expect(isAtEnd(small, 1700)).toBe(false);
});

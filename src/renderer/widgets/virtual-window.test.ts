import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHeight, isAtEnd, MAX_PIXELS, scrollToRow, windowAt } from './virtual-window.ts';

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

describe('scrollToRow', () => {
  it('does not move when the row is visible', () => expect(scrollToRow(small, 5, 0)).toBe(0));
  it('moves just far enough', () => {
    expect(scrollToRow(small, 12, 0)).toBe(60);
    expect(scrollToRow(small, 3, 400)).toBe(60);
  });

  it('always makes the row visible, whatever the list', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6_000_000 }), fc.nat(), fc.nat(), (total, row, from) => {
        const list = { total, rowHeight: 22, height: 440 };
        const target = row % total;
        const start = from % Math.max(1, contentHeight(list) - list.height);
        const window = windowAt(list, scrollToRow(list, target, start));
        expect(target).toBeGreaterThanOrEqual(window.first);
        expect(target).toBeLessThan(window.first + window.count);
      }),
    );
  });
});

it('tells the end of a list, for lists that follow their tail', () => {
  expect(isAtEnd(small, 1800)).toBe(true);
  expect(isAtEnd(small, 1700)).toBe(false);
});

import { expect, it } from 'vitest';
import { countOf, holds, rangeOf, toggled, type RowRanges } from './row-ranges.ts';

it('ranges of rows grow, join, split and are counted', () => {
  expect(rangeOf(7, 3)).toEqual([[3, 7]]);
  let ranges: RowRanges = rangeOf(3, 7);
  for (const row of [9, 8, 1, 5]) ranges = toggled(ranges, row);
  expect(ranges).toEqual([[1, 1], [3, 4], [6, 9]]);
  expect([countOf(ranges), holds(ranges, 5), holds(ranges, 6)]).toEqual([7, false, true]);
  expect(toggled(toggled(ranges, 1), 9)).toEqual([[3, 4], [6, 8]]);
  expect(toggled([[2, 2]], 2)).toEqual([]);
});

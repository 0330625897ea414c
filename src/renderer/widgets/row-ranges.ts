/** Rows that are selected together: ranges of indexes, ascending, that do not touch. */
export type RowRange = readonly [first: number, last: number];
export type RowRanges = readonly RowRange[];

export const rangeOf = (a: number, b: number): RowRanges => [a <= b ? [a, b] : [b, a]];

export const holds = (ranges: RowRanges, row: number): boolean => ranges.some(([first, last]) => row >= first && row <= last);

export const countOf = (ranges: RowRanges): number => ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);

/** With one row more, or without it where it was selected. */
export function toggled(ranges: RowRanges, row: number): RowRanges {
  if (holds(ranges, row)) {
    return ranges.flatMap(([first, last]): RowRange[] => {
      if (row < first || row > last) return [[first, last]];
      return [...(first < row ? [[first, row - 1] as const] : []), ...(row < last ? [[row + 1, last] as const] : [])];
    });
  }
  const sorted: RowRange[] = [...ranges, [row, row] as const].sort(([a], [b]) => a - b);
  return sorted.reduce<RowRange[]>((joined, [first, last]) => {
    const before = joined.at(-1);
    if (before === undefined || before[1] + 1 < first) return [...joined, [first, last]];
    return [...joined.slice(0, -1), [before[0], last]];
  }, []);
}

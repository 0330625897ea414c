/** Keeps both panes of a split at least as large as their minimum (pixels); if both cannot be, it divides what there is. */
export function moveBar(share: number, { size, minFirst, minSecond }: { size: number; minFirst: number; minSecond: number }): number {
  if (size <= minFirst + minSecond) return minFirst / (minFirst + minSecond);
  return Math.min(1 - minSecond / size, Math.max(minFirst / size, share));
}

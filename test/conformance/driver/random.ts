/** A repeatable sequence of numbers below `limit`: the same seed, the same machine and the same history. */
export type Random = (limit: number) => number;

export function randomNumbers(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e37_79b1);
  return (limit) => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

export const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)]!;
export const chance = (random: Random, percent: number): boolean => random(100) < percent;

/** Sets of unsigned numbers as sorted ranges that neither touch nor overlap, both ends inside. */
export type Range = readonly [first: bigint, last: bigint];
export type Ranges = readonly Range[];

export const largest = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

export function unionOf(ranges: Ranges): Ranges {
  const out: [bigint, bigint][] = [];
  for (const [first, last] of [...ranges].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))) {
    const before = out.at(-1);
    if (before !== undefined && first <= before[1] + 1n) before[1] = last > before[1] ? last : before[1];
    else out.push([first, last]);
  }
  return out;
}

/** Numbers of `bits` bits that are in none of the ranges. */
export function complementOf(ranges: Ranges, bits: number): Ranges {
  const out: Range[] = [];
  let next = 0n;
  for (const [first, last] of unionOf(ranges)) {
    if (first > next) out.push([next, first - 1n]);
    next = last + 1n;
  }
  return next <= largest(bits) ? [...out, [next, largest(bits)]] : out;
}

/** The exponents of the powers of two in the ranges. */
export const exponentsIn = (ranges: Ranges, bits: number): Ranges =>
  unionOf(
    Array.from({ length: bits }, (_, exponent) => BigInt(exponent))
      .filter((exponent) => ranges.some(([first, last]) => 1n << exponent >= first && 1n << exponent <= last))
      .map((exponent): Range => [exponent, exponent]),
  );

/** Whether a range holds a number whose low `zeros` bits are 0. */
export const holdsAligned = (ranges: Ranges, zeros: number): boolean =>
  ranges.some(([first, last]) => (last >> BigInt(zeros)) << BigInt(zeros) >= first);

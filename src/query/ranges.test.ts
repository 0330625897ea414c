import fc from 'fast-check';
import { expect, it } from 'vitest';
import { complementOf, exponentsIn, holdsAligned, unionOf } from './ranges.ts';
import type { Range, Ranges } from './ranges.ts';

const range = fc.tuple(fc.bigInt(0n, 63n), fc.bigInt(0n, 63n)).map(([a, b]): Range => (a < b ? [a, b] : [b, a]));
const has = (ranges: Ranges, value: bigint): boolean => ranges.some(([first, last]) => value >= first && value <= last);
const all = Array.from({ length: 64 }, (_, value) => BigInt(value));

it('unites, complements and looks for aligned numbers as sets do', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 6 }), fc.integer({ min: 0, max: 4 }), (ranges, zeros) => {
      const union = unionOf(ranges);
      const complement = complementOf(ranges, 6);
      for (const value of all) {
        expect(has(union, value)).toBe(has(ranges, value));
        expect(has(complement, value)).toBe(!has(ranges, value));
      }
      union.forEach(([first], at) => expect(at === 0 || first > union[at - 1]![1] + 1n).toBe(true));
      expect(holdsAligned(ranges, zeros)).toBe(all.some((value) => has(ranges, value) && value % (1n << BigInt(zeros)) === 0n));
      const powers = [0n, 1n, 2n, 3n, 4n, 5n];
      for (const power of powers) expect(has(exponentsIn(ranges, 6), power)).toBe(has(ranges, 1n << power));
    }),
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitRange, digitsOf, layOut, markedDigits } from './bit-layout.ts';

const fields = [
  { name: 'Type', bits: [7, 0] },
  { name: 'StreamID', bits: [63, 32] },
  { name: 'InputAddr', bits: [191, 128] },
] as const;

describe('layOut', () => {
  it('draws words in their order, the upper half of each first', () => expect(layOut(fields, 256).map((row) => row.lo)).toEqual([32, 0, 96, 64, 160, 128, 224, 192]));

  it('draws one row of a register of 32 bits', () => expect(layOut(fields, 32).map((row) => row.lo)).toEqual([0]));

  it('fills what no field names', () => {
    expect(layOut(fields, 64).at(-1)?.segments).toEqual([
      { field: null, hi: 31, lo: 8, width: 24, whole: true },
      { field: 0, hi: 7, lo: 0, width: 8, whole: true },
    ]);
  });

  it('splits a field that crosses rows', () => {
    const rows = layOut(fields, 256);
    expect(rows.find((row) => row.lo === 160)?.segments).toEqual([{ field: 2, hi: 191, lo: 160, width: 32, whole: false }]);
    expect(rows.find((row) => row.lo === 128)?.segments).toEqual([{ field: 2, hi: 159, lo: 128, width: 32, whole: false }]);
  });

  it('covers each row exactly, whatever the fields, even where they overlap', () => {
    const field = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(field, { maxLength: 12 }), (ranges) => {
        const bits = ranges.map(([a, b]) => ({ name: 'f', bits: [Math.max(a, b), Math.min(a, b)] as const }));
        for (const row of layOut(bits, 256)) expect(row.segments.reduce((sum, segment) => sum + segment.width, 0)).toBe(32);
      }),
    );
  });
});

it('reads bits out of hex words', () => {
  expect(digitsOf(['000000100000000a', '8000000000000000'], 7, 0)).toBe('00001010');
  expect(digitsOf(['000000100000000a', '8000000000000000'], 39, 32)).toBe('00010000');
  expect(digitsOf(['000000100000000a', '8000000000000000'], 127, 124)).toBe('1000');
  expect(digitsOf(['0080047a'], 7, 0)).toBe('01111010');
});

it('marks the hex digits that hold a field', () => {
  expect(markedDigits(0, [7, 0]).map(Number).join('')).toBe('0000000000000011');
  expect(markedDigits(0, [4, 4]).map(Number).join('')).toBe('0000000000000010');
  expect(markedDigits(1, [70, 60]).map(Number).join('')).toBe('0000000000000011');
  expect(markedDigits(2, [70, 60])).not.toContain(true);
  expect(markedDigits(0, [7, 0], 8).map(Number).join('')).toBe('00000011');
  expect(markedDigits(0, null)).not.toContain(true);
});

it('prints bits as the specification does', () => {
  expect(bitRange([7, 0])).toBe('[7:0]');
  expect(bitRange([3, 3])).toBe('[3]');
});

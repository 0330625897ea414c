import { expect, test } from 'vitest';
import { leafBytes, levelOfLeaf, psCode, rootBytes, s2sl0, stage1StartLevel, stage2InputBits, stage2LevelsFor, tg0, tg1 } from './geometry.ts';

test.each([
  ['4K', 48, 0],
  ['4K', 40, 0],
  ['4K', 39, 1],
  ['4K', 30, 2],
  ['4K', 25, 2],
  ['16K', 48, 0],
  ['16K', 47, 1],
  ['16K', 36, 2],
  ['16K', 25, 3],
  ['64K', 48, 1],
  ['64K', 42, 2],
  ['64K', 29, 3],
] as const)('stage 1 with %s and %i bits starts at level %i (smmuv3.md 4.4)', (granule, bits, level) => {
  expect(stage1StartLevel(granule, bits)).toBe(level);
});

test.each([
  ['4K', 2, 22, 34],
  ['4K', 1, 31, 43],
  ['4K', 0, 40, 52],
  ['16K', 3, 15, 29],
  ['16K', 2, 26, 40],
  ['16K', 1, 37, 51],
  ['64K', 3, 17, 33],
  ['64K', 2, 30, 46],
  ['64K', 1, 43, 59],
] as const)('stage 2 with %s from level %i takes %i to %i bits (smmuv3.md 4.5)', (granule, level, min, max) => {
  expect(stage2InputBits(granule, level)).toEqual([min, max]);
});

test('an IPA size can have two start levels: concatenated tables first', () => {
  expect(stage2LevelsFor('4K', 40, true)).toEqual([1, 0]);
  expect(stage2LevelsFor('4K', 44, false)).toEqual([0]);
  expect(stage2LevelsFor('4K', 24, true)).toEqual([3, 2]);
  expect(stage2LevelsFor('4K', 24, false)).toEqual([2]);
  expect(rootBytes('4K', 1, 40)).toBe(8192n);
  expect(rootBytes('4K', 0, 40)).toBe(16n);
  expect(s2sl0('4K', 0)).toBe(2);
  expect(s2sl0('64K', 3)).toBe(0);
});

test('leaf sizes and their levels', () => {
  expect(leafBytes('4K', 1)).toBe(1n << 30n);
  expect(leafBytes('16K', 2)).toBe(32n << 20n);
  expect(leafBytes('64K', 2)).toBe(512n << 20n);
  expect(levelOfLeaf('4K', 2n << 20n)).toBe(2);
  expect(levelOfLeaf('64K', 2n << 20n)).toBeNull();
});

test('encodings of granule and output size', () => {
  expect([tg0('4K'), tg0('16K'), tg0('64K')]).toEqual([0, 2, 1]);
  expect([tg1('4K'), tg1('16K'), tg1('64K')]).toEqual([2, 1, 3]);
  expect([psCode(32), psCode(40), psCode(44), psCode(48), psCode(52), psCode(56)]).toEqual([0, 2, 4, 5, 6, 6]);
});

import { expect, it } from 'vitest';
import { moveBar } from './split.ts';

it('keeps both panes usable', () => {
  const limits = { size: 1000, minFirst: 200, minSecond: 300 };
  expect(moveBar(0.5, limits)).toBe(0.5);
  expect(moveBar(0.05, limits)).toBe(0.2);
  expect(moveBar(0.95, limits)).toBeCloseTo(0.7);
});

it('divides what there is when both cannot have their minimum', () => {
  expect(moveBar(0.9, { size: 300, minFirst: 200, minSecond: 200 })).toBe(0.5);
});

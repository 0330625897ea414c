import { expect, it } from 'vitest';
import { arcOf, pointOf } from './ring-path.ts';

it('slots go round clockwise from the top', () => {
  const { x, y } = pointOf(4, 16, 10);
  expect(x).toBeCloseTo(10);
  expect(y).toBeCloseTo(0);
});

it('what waits is an arc from CONS on: none, a part, more than half, all', () => {
  expect(arcOf(3, 0, 16, 10)).toBe('');
  expect(arcOf(0, 4, 16, 10)).toContain('A10 10 0 0 1 ');
  expect(arcOf(0, 12, 16, 10)).toContain('A10 10 0 1 1 ');
  expect(arcOf(0, 16, 16, 10)).toContain('A10 10 0 1 1 ');
});

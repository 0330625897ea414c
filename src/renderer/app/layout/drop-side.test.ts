import { expect, it } from 'vitest';
import { dropSide } from './drop-side.ts';

const box = { width: 400, height: 330, header: 30 };

it.each([
  [200, 180, 'into'],
  [200, 10, 'into'],
  [20, 180, 'left'],
  [390, 180, 'right'],
  [200, 40, 'up'],
  [200, 320, 'down'],
] as const)('at %i, %i: %s', (x, y, side) => expect(dropSide(x, y, box)).toBe(side));

it('has no edges without room', () => expect(dropSide(0, 0, { width: 0, height: 0, header: 0 })).toBe('into'));

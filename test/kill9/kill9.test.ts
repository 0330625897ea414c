// A few of the kills of run.ts: one of each kind of work.
import { expect, it } from 'vitest';
import { killAndLook, textOf, WORKS } from './kill9.ts';

it('loses nothing that it acknowledged, wherever it is killed', async () => {
  const figures = await killAndLook(WORKS.length);
  console.log(textOf(figures));
  expect(figures.lost).toEqual([]);
  expect(figures.kills - figures.early).toBeGreaterThan(2);
}, 300_000);

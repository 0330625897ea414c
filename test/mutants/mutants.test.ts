// The mistakes of `npm run mutants` still fit the sources.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AREAS } from './areas.ts';
import { applyTo, mutatedSource } from './mutant.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ALL = Object.values(AREAS).flat();

it.each(ALL.map((mutant) => [mutant.id, mutant] as const))('%s applies exactly once and changes something', (_id, mutant) => {
  expect(mutatedSource(ROOT, mutant), `${mutant.file} has "${mutant.text}" exactly once`).not.toBeNull();
  expect(mutant.replacement).not.toBe(mutant.text);
});

it.each(ALL.map((mutant) => [mutant.id, mutant] as const))('%s names tests that exist', (_id, { tests }) => {
  expect(tests.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(tests.length).toBeGreaterThan(0);
});

it('has an id for each', () => {
  const ids = ALL.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

it('has at least forty', () => {
  expect(ALL.length).toBeGreaterThanOrEqual(40);
});

it('applies to a text that is there once, and to no other', () => {
  const mutant = { ...ALL[0]!, text: 'a + b', replacement: 'a - b' };
  expect(applyTo('x = a + b;', mutant)).toBe('x = a - b;');
  expect(applyTo('x = a + b; y = a + b;', mutant)).toBeNull();
  expect(applyTo('x = b + a;', mutant)).toBeNull();
});

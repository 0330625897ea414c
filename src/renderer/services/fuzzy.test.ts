import { expect, it } from 'vitest';
import { fuzzyRank, fuzzyScore } from './fuzzy.ts';

it('takes letters in order only', () => {
  expect(fuzzyScore('nf', 'Next fault')).not.toBeNull();
  expect(fuzzyScore('fn', 'Next fault')).toBeNull();
  expect(fuzzyScore('Next  FAULT', 'next fault')).not.toBeNull();
});

it('puts starts of words and whole words first', () => {
  const titles = ['Confine faults', 'Next fault', 'Reset'];
  expect(fuzzyRank('nf', titles, String)).toEqual(['Next fault', 'Confine faults']);
  expect(fuzzyRank('reset', ['Relative offset', 'Reset'], String)[0]).toBe('Reset');
});

// After the E of Next, a T is found in it, and then no S: the letters need not be those that come first.
it('does not miss a match that is there', () => expect(fuzzyScore('step', 'a st step')).not.toBeNull());

it('keeps the order when nothing is typed', () => expect(fuzzyRank(' ', ['b', 'a'], String)).toEqual(['b', 'a']));

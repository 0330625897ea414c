import { expect, it } from 'vitest';
import { insertStep, stepLines } from './step-lines.ts';

it('finds the items of the steps, under a key or bare', () => {
  expect(stepLines('steps:\n  - note: one\n  - dma:\n      device: nic0\n\n  # next\n  - sync: {}\n')).toEqual([
    { line: 2, endLine: 2 },
    { line: 3, endLine: 4 },
    { line: 7, endLine: 7 },
  ]);
  expect(stepLines('- sync: {}\n-\n  note: two')).toEqual([
    { line: 1, endLine: 1 },
    { line: 2, endLine: 3 },
  ]);
});

it('does not take lists inside a step for steps', () => {
  expect(stepLines('steps:\n- map:\n    - { iova: 0x0 }\n    - { iova: 0x1000 }\n- sync: {}')).toEqual([
    { line: 2, endLine: 4 },
    { line: 5, endLine: 5 },
  ]);
});

it('stops at the key after the steps', () => {
  expect(stepLines('steps:\n- sync: {}\nother:\n- 1\n')).toEqual([{ line: 2, endLine: 2 }]);
});

it('finds none in an empty text or a flow sequence', () => {
  expect(stepLines('')).toEqual([]);
  expect(stepLines('steps: [{sync: {}}]')).toEqual([]);
});

it('puts a step where the run stands, as far in as its neighbours', () => {
  const text = '- note: one\n- dma: { a: 1,\n         b: 2 }\n- sync:\n';
  expect(insertStep(text, 2, '- x:')).toBe('- note: one\n- dma: { a: 1,\n         b: 2 }\n- x:\n- sync:\n');
  expect(insertStep(text, 0, '- x:')).toBe(`- x:\n${text}`);
  expect(insertStep(text, 3, '- x:')).toBe(`${text}- x:\n`);
  expect(insertStep(text, 4, '- x:')).toBeNull();
  expect(insertStep('', 0, '- x:')).toBe('- x:\n');
  expect(insertStep('steps:\n  - sync:\n', 1, '- x:')).toBe('steps:\n  - sync:\n  - x:\n');
});

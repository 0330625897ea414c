import { expect, it } from 'vitest';
import { KIND, RECORD_WORDS } from '../../model/trace/record.ts';
import { Outline } from './outline.ts';

const records = (...kinds: (keyof typeof KIND)[]): Int32Array => {
  const words = new Int32Array(kinds.length * RECORD_WORDS);
  kinds.forEach((kind, index) => (words[index * RECORD_WORDS] = KIND[kind]));
  return words;
};

it('lists what is between transactions, and each transaction by its ends, over batches and by step', () => {
  const outline = new Outline();
  outline.add(records('REG_WRITE', 'REG_READ', 'STEP', 'TXN_BEGIN', 'READ'), 0);
  outline.add(records('READ_STRUCT', 'FAULT', 'EVENT', 'TXN_END', 'STEP', 'COMMAND'), 5);
  const positions = Array.from({ length: outline.length }, (_, line) => outline.at(line));
  expect(positions).toEqual([0, 2, 3, 7, 8, 9, 10]);
  expect([0, 1, 2, 3].map((step) => outline.linesOf(step))).toEqual([{ from: 0, end: 1 }, { from: 1, end: 5 }, { from: 5, end: 7 }, { from: 7, end: 7 }]);
});

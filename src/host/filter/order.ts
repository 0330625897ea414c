/** Rows of a list sorted by a field: positions in that order, made once. Rows alike stay in the order of the list; those without the field come last. */
import type { SortKey } from '../../query/index.ts';
import type { Elements } from './elements.ts';
import { inSlices } from './slices.ts';
import type { Watch } from './slices.ts';

/** Rows of a list, one of two ways: all between two positions, or those at some of them, ascending. */
export interface Rows {
  readonly length: number;
  /** Position in the whole list of row `n`, which is there. */
  at(n: number): number;
}

export async function orderOf(elements: Elements, rows: Rows, keyOf: SortKey, descending: boolean, watch: Watch): Promise<Uint32Array> {
  const { length } = rows;
  const high = new Uint32Array(length);
  const low = new Uint32Array(length);
  const positions = new Uint32Array(length);
  const missing: number[] = [];
  const key = new Uint32Array(2);
  let [row, kept] = [0, 0];
  const end = length === 0 ? 0 : rows.at(length - 1) + 1;
  await inSlices(length === 0 ? 0 : rows.at(0), () => end, (from, to) =>
    elements.each(from, to, (element, position) => {
      if (row === length || rows.at(row) !== position) return;
      row++;
      if (!keyOf(element, key)) return void missing.push(position);
      high[kept] = descending ? ~key[0]! : key[0]!;
      low[kept] = descending ? ~key[1]! : key[1]!;
      positions[kept++] = position;
    }), watch);
  const sorted = await radixSorted([low.subarray(0, kept), high.subarray(0, kept)], positions.subarray(0, kept));
  const order = new Uint32Array(kept + missing.length);
  order.set(sorted);
  order.set(missing, kept);
  return order;
}

const DIGIT = 16;
const DIGITS = 1 << DIGIT;

/** Least digit first, so that what is alike keeps its order; a digit that all have alike is passed over. */
async function radixSorted(words: readonly Uint32Array[], positions: Uint32Array): Promise<Uint32Array> {
  const { length } = positions;
  let [order, next]: [Uint32Array, Uint32Array] = [ascending(length), new Uint32Array(length)];
  for (const word of words) {
    for (const shift of [0, DIGIT]) {
      const starts = startsOf(word, shift);
      if (starts === null) continue;
      for (let n = 0; n < length; n++) {
        const element = order[n]!;
        next[starts[(word[element]! >>> shift) & (DIGITS - 1)]!++] = element;
      }
      [order, next] = [next, order];
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return order.map((element) => positions[element]!);
}

/** Where each value of a digit begins; null when there is only one. */
function startsOf(word: Uint32Array, shift: number): Uint32Array | null {
  const starts = new Uint32Array(DIGITS);
  for (let n = 0; n < word.length; n++) starts[(word[n]! >>> shift) & (DIGITS - 1)]!++;
  let start = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = starts[digit]!;
    if (count === word.length) return null;
    starts[digit] = start;
    start += count;
  }
  return starts;
}

function ascending(length: number): Uint32Array {
  const numbers = new Uint32Array(length);
  for (let n = 0; n < length; n++) numbers[n] = n;
  return numbers;
}

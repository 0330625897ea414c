/** A field as what rows are sorted by: 64 bits of each row, of which smaller comes first. For a whole list: it allocates nothing per row. */
import type { Field, Place } from './field.ts';
import { guardsPass } from './predicate.ts';
import type { Element } from './predicate.ts';

/** Two words, high and low, written for a row that has the field; false where it has none. */
export type SortKey = (element: Element, out: Uint32Array) => boolean;

type Writer = (words: Int32Array, at: number, out: Uint32Array) => void;

export function sortKeyOf(field: Field): SortKey {
  const places = field.places.map((place) => ({ source: place.source, passes: guardsPass(place.guards), write: writerOf(field, place) }));
  return (element, out) => {
    for (const { source, passes, write } of places) {
      const at = source === 'record' ? element.recordAt : element.transactionAt;
      if (at < 0) continue;
      const words = source === 'record' ? element.record : element.transaction;
      if (!passes(words, at)) continue;
      write(words, at, out);
      return true;
    }
    return false;
  };
}

function writerOf(field: Field, { word, shift, width, mask }: Place): Writer {
  if (mask !== undefined) {
    const [high, low] = [Number(mask >> 32n) | 0, Number(mask & 0xffff_ffffn) | 0];
    return (words, at, out) => {
      out[0] = words[at + word + 1]! & high;
      out[1] = words[at + word]! & low;
    };
  }
  const bits = width === 32 ? -1 : (1 << width) - 1;
  const ranks = ranksOf(field);
  return (words, at, out) => {
    const value = ((words[at + word]! >>> shift) & bits) >>> 0;
    out[0] = 0;
    out[1] = ranks === null ? value : (ranks.get(value) ?? ranks.size + value);
  };
}

/** Names are sorted as such, values without one behind them. */
function ranksOf(field: Field): ReadonlyMap<number, number> | null {
  if (field.type !== 'enum') return null;
  const named = [...field.values].flatMap(([name, values]) => values.map((value) => [value, name] as const));
  const names = [...new Set(named.map(([, name]) => name))].sort();
  return new Map(named.map(([value, name]) => [value, names.indexOf(name)]));
}

/**
 * Every object that a machine is made of: what can be reached from its parts through fields, elements and entries. Fields that are
 * declared `private` are seen, those with a # are not: they are for what is no state, such as where records go and words that are only
 * used during a call. What only a closure refers to is not seen either: a part keeps such things in a field.
 */
import { isWords, WeakEntries } from './saved.ts';
import type { Words } from './saved.ts';

/** Longer arrays of words are looked at in pieces: of a cache little changes at once. */
const PIECE_BYTES = 4096;

export class Reach {
  readonly #roots: readonly object[];
  /** Not of the machine: neither they nor what only they lead to. */
  readonly #apart: ReadonlySet<object>;
  readonly #pieces = new WeakMap<object, readonly object[]>();
  readonly #weak = new WeakMap<object, WeakEntries>();
  #found = new Set<object>();

  constructor(roots: readonly object[], apart: ReadonlySet<object>) {
    this.#roots = roots;
    this.#apart = apart;
  }

  all(): ReadonlySet<object> {
    const found = (this.#found = new Set<object>());
    for (const root of this.#roots) this.#meet(root);
    // A set is iterated to its end, with what is added meanwhile: weak maps last, when their keys are known.
    for (const one of found) this.#inside(one);
    for (const one of found) if (one instanceof WeakEntries) this.#entriesOf(one);
    return found;
  }

  #meet(value: unknown): void {
    if (typeof value !== 'object' || value === null || this.#apart.has(value) || this.#found.has(value)) return;
    if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return;
    if (isWords(value)) this.#words(value);
    else this.#found.add(value instanceof WeakMap ? this.#weakOf(value) : value);
  }

  #inside(one: object): void {
    if (isWords(one) || one instanceof WeakEntries) return;
    if (Array.isArray(one) || one instanceof Set) for (const element of one) this.#meet(element);
    else if (one instanceof Map) {
      for (const [key, value] of one) {
        this.#meet(key);
        this.#meet(value);
      }
    } else for (const name of Object.keys(one)) this.#meet((one as Record<string, unknown>)[name]);
  }

  #words(words: Words): void {
    if (this.#apart.has(words.buffer)) return;
    let pieces = this.#pieces.get(words);
    if (pieces === undefined) {
      const length = PIECE_BYTES / words.BYTES_PER_ELEMENT;
      pieces = words.length <= length ? [words] : Array.from({ length: Math.ceil(words.length / length) }, (_, n) => words.subarray(n * length, (n + 1) * length));
      this.#pieces.set(words, pieces);
    }
    for (const piece of pieces) this.#found.add(piece);
  }

  #weakOf(map: WeakMap<object, unknown>): WeakEntries {
    const known = this.#weak.get(map) ?? new WeakEntries(map);
    this.#weak.set(map, known);
    return known;
  }

  /** Values may lead to what nothing else does, though not to keys of other weak maps. */
  #entriesOf(weak: WeakEntries): void {
    const entries: unknown[] = [];
    for (const key of [...this.#found]) {
      if (!weak.map.has(key)) continue;
      const value = weak.map.get(key);
      entries.push(key, value);
      this.#meet(value);
    }
    weak.entries = entries;
    // What the values lead to.
    for (const one of this.#found) this.#inside(one);
  }
}

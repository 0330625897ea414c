/**
 * Two traces, step by step: which records one has and the other has not, which changed and in what, which came in another order. A
 * trace compared with itself has no difference.
 */
import { align } from './align.ts';
import { RECORD_FIELD, STRETCH } from './item.ts';
import type { ItemStretch, TraceItem } from './item.ts';

/** How much is compared: what shows of the SMMU (but for CMD_SYNC) and at the ends of a path; all that the stack's parts did; every read and lookup too. */
export const DEPTHS = ['outcome', 'path', 'all'] as const;
export type Depth = (typeof DEPTHS)[number];

export interface CompareOptions {
  readonly depth: Depth;
  /** What is left out: a kind (`LOOKUP`), a field (`address`), or a field of a kind (`READ.address`). */
  readonly ignore: readonly string[];
}

export const DIFFERENCE_CLASSES = ['missing', 'extra', 'changed', 'reordered'] as const;
export type DifferenceClass = (typeof DIFFERENCE_CLASSES)[number];

export interface ChangedField {
  readonly name: string;
  /** Null: the side does not have it. */
  readonly a: string | null;
  readonly b: string | null;
}

export interface Difference {
  /** `missing`: only `a` has it; `extra`: only `b`; `reordered`: both, at other places of the step. */
  readonly class: DifferenceClass;
  /** From 1; 0: before the first. */
  readonly step: number;
  readonly a: TraceItem | null;
  readonly b: TraceItem | null;
  /** Of `changed`. */
  readonly fields: readonly ChangedField[];
}

/** The fields that count, and the item as one text. */
interface Compared {
  readonly item: TraceItem;
  readonly fields: Readonly<Record<string, string>>;
  readonly content: string;
}

/** What shows of a hop: each part words its details in its own way. */
const CROSSED: readonly string[] = ['bytes', 'result', 'dropped'];
const isCrossed = (name: string): boolean => CROSSED.includes(name) || name.startsWith(RECORD_FIELD);

function comparedOf({ depth, ignore }: CompareOptions): (items: readonly TraceItem[]) => Compared[] {
  const left = new Set(ignore);
  const isWithin = ({ kind, shows }: TraceItem): boolean => depth === 'all' || shows || (depth === 'path' && kind === 'HOP');
  const counts = (item: TraceItem): boolean => !left.has(item.kind) && isWithin(item);
  return (items) =>
    items.filter(counts).map((item) => {
      const isCounted = (name: string): boolean => depth !== 'outcome' || item.kind !== 'HOP' || isCrossed(name);
      const fields = Object.fromEntries(Object.entries(item.fields).filter(([name]) => isCounted(name) && !left.has(name) && !left.has(`${item.kind}.${name}`)));
      return { item, fields, content: JSON.stringify([item.kind, item.name, fields]) };
    });
}

/** What is compared of the items, as one text: that of two steps which do not differ is the same. */
export const contentsOf = (items: readonly TraceItem[], options: CompareOptions): string => comparedOf(options)(items).map(({ content }) => `${content}\n`).join('');

/** Differences of one step, in the order of `a`, what only `b` has where it stands. */
export function compareItems(step: number, itemsA: readonly TraceItem[], itemsB: readonly TraceItem[], options: CompareOptions): Difference[] {
  const compared = comparedOf(options);
  return compareAll(step, compared(itemsA), compared(itemsB));
}

function compareAll(step: number, a: readonly Compared[], b: readonly Compared[]): Difference[] {
  const hunks = hunksOf(a, b);
  const moved = reordered(hunks);
  return hunks.flatMap((hunk) => differencesIn(step, hunk, moved));
}

/** A part in which the two have nothing in common. */
interface Hunk {
  readonly a: Compared[];
  readonly b: Compared[];
}

function hunksOf(a: readonly Compared[], b: readonly Compared[]): Hunk[] {
  const hunks: Hunk[] = [];
  let open: Hunk | null = null;
  for (const [i, j] of align(a.map(({ content }) => content), b.map(({ content }) => content))) {
    if (i !== null && j !== null) {
      open = null;
      continue;
    }
    if (open === null) hunks.push((open = { a: [], b: [] }));
    if (i !== null) open.a.push(a[i]!);
    else open.b.push(b[j]!);
  }
  return hunks;
}

/** What is alike but stands elsewhere: of each of `a` its like in `b`, first with first. */
function reordered(hunks: readonly Hunk[]): ReadonlyMap<Compared, Compared> {
  const inB = new Map<string, Compared[]>();
  for (const one of hunks.flatMap(({ b }) => b)) {
    const like = inB.get(one.content);
    if (like === undefined) inB.set(one.content, [one]);
    else like.push(one);
  }
  const found = new Map<Compared, Compared>();
  for (const one of hunks.flatMap(({ a }) => a)) {
    const other = inB.get(one.content)?.shift();
    if (other !== undefined) found.set(one, other);
  }
  return found;
}

function differencesIn(step: number, hunk: Hunk, moved: ReadonlyMap<Compared, Compared>): Difference[] {
  const arrived = new Set(moved.values());
  const a = hunk.a.filter((one) => !moved.has(one));
  const b = hunk.b.filter((one) => !arrived.has(one));
  const changed = changes(a, b);
  const taken = new Set(changed.values());
  return [
    ...hunk.a.map((one): Difference => {
      const elsewhere = moved.get(one);
      if (elsewhere !== undefined) return { class: 'reordered', step, a: one.item, b: elsewhere.item, fields: [] };
      const other = changed.get(one);
      if (other !== undefined) return { class: 'changed', step, a: one.item, b: other.item, fields: changedFields(one, other) };
      return { class: 'missing', step, a: one.item, b: null, fields: [] };
    }),
    ...b.filter((one) => !taken.has(one)).map((one): Difference => ({ class: 'extra', step, a: null, b: one.item, fields: [] })),
  ];
}

/** What may be one record that changed: hops only by name, commands only among their like, all else of a kind. */
function familyOf({ kind, name }: TraceItem): string | null {
  if (kind === 'HOP') return null;
  return kind === 'COMMAND' ? name.split('_').slice(0, 2).join('_') : kind;
}

/** Records of the same kind and name are one that changed; then those of one family. */
function changes(a: readonly Compared[], b: readonly Compared[]): ReadonlyMap<Compared, Compared> {
  const pairs = new Map<Compared, Compared>();
  const left = [...b];
  const pairBy = (key: (one: Compared) => string | null): void => {
    for (const one of a.filter((each) => !pairs.has(each))) {
      const at = left.findIndex((other) => key(other) !== null && key(other) === key(one));
      if (at >= 0) pairs.set(one, left.splice(at, 1)[0]!);
    }
  };
  pairBy(({ item }) => `${item.kind} ${item.name}`);
  pairBy(({ item }) => familyOf(item));
  return pairs;
}

function changedFields(a: Compared, b: Compared): ChangedField[] {
  const names = [...new Set([...Object.keys(a.fields), ...Object.keys(b.fields)])];
  const fields = names.map((name): ChangedField => ({ name, a: a.fields[name] ?? null, b: b.fields[name] ?? null }));
  const what = a.item.name === b.item.name ? [] : [{ name: 'what', a: a.item.name, b: b.item.name }];
  return [...what, ...fields.filter((one) => one.a !== one.b)];
}

type SideName = 'a' | 'b';

/**
 * Two traces as they arrive, stretch by stretch. While `wants` names a side, `give` it the next stretch of that side, null at its end; then
 * `take` gives the differences of what is at hand, the first first. Steps that only one side came to are compared with nothing.
 */
export class TraceComparison {
  readonly #compared: (items: readonly TraceItem[]) => Compared[];
  /** Undefined: not given yet. */
  #heads: Record<SideName, ItemStretch | null | undefined> = { a: undefined, b: undefined };
  /** Of the step under way: what may yet find its like in the next stretch. */
  #rest: Record<SideName, readonly Compared[]> = { a: [], b: [] };

  constructor(options: CompareOptions) {
    this.#compared = comparedOf(options);
  }

  get wants(): SideName | null {
    return this.#heads.a === undefined ? 'a' : this.#heads.b === undefined ? 'b' : null;
  }

  get isDone(): boolean {
    return this.#heads.a === null && this.#heads.b === null;
  }

  give(side: SideName, stretch: ItemStretch | null): void {
    this.#heads[side] = stretch;
  }

  take(): Difference[] {
    const step = Math.min(this.#heads.a?.index ?? Infinity, this.#heads.b?.index ?? Infinity);
    const [a, b] = [this.#next('a', step), this.#next('b', step)];
    const cut = a.last && b.last ? null : lastPair(a.items, b.items);
    const [endA, endB] = cut ?? [a.items.length, b.items.length];
    this.#rest = { a: a.items.slice(endA), b: b.items.slice(endB) };
    return compareAll(step, a.items.slice(0, endA), b.items.slice(0, endB));
  }

  #next(side: SideName, step: number): { readonly items: readonly Compared[]; readonly last: boolean } {
    const head = this.#heads[side];
    const rest = this.#rest[side];
    if (head?.index !== step) return { items: rest, last: true };
    this.#heads[side] = undefined;
    return { items: [...rest, ...this.#compared(head.items)], last: head.last };
  }
}

/** Behind the last that both have in common; null where more than a stretch would be left over. */
function lastPair(a: readonly Compared[], b: readonly Compared[]): readonly [number, number] | null {
  const pairs = align(a.map(({ content }) => content), b.map(({ content }) => content));
  let at = pairs.length - 1;
  while (at >= 0 && (pairs[at]![0] === null || pairs[at]![1] === null)) at--;
  if (at < 0) return null;
  const [endA, endB] = [pairs[at]![0]! + 1, pairs[at]![1]! + 1];
  return a.length - endA > STRETCH || b.length - endB > STRETCH ? null : [endA, endB];
}

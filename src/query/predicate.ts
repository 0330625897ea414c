/** Condition -> a function over rows: closures over constants, no allocation and no bigint per row. */
import { Marks } from './age.ts';
import type { AgeOf, Ages } from './age.ts';
import type { Condition } from './condition.ts';
import type { Field, Guard, Place, Source } from './field.ts';
import type { Ranges } from './ranges.ts';

/** One element of a list: a word index of -1 says that it has no such row. Reused from row to row. */
export interface Element {
  record: Int32Array;
  recordAt: number;
  transaction: Int32Array;
  transactionAt: number;
}

export type Predicate = (element: Element) => boolean;
export type RowTest = (words: Int32Array, at: number) => boolean;

const NO_WORDS = new Int32Array(0);
export const emptyElement = (): Element => ({ record: NO_WORDS, recordAt: -1, transaction: NO_WORDS, transactionAt: -1 });

const always: RowTest = () => true;
/** A row that is one number. */
const WORD = { word: 0, shift: 0, width: 32 };

/** A test of any row of a trace. `ages` knows what was before each transaction. */
export function toPredicate(condition: Condition, ages: Ages): Predicate {
  const over = (field: Field, test: (place: Place) => RowTest): Predicate => any(field.places.map((place) => onSource(place.source, guarded(place.guards, test(place)))));
  switch (condition.kind) {
    case 'and':
      return all(condition.of.map((one) => toPredicate(one, ages)));
    case 'or':
      return any(condition.of.map((one) => toPredicate(one, ages)));
    case 'not': {
      const of = toPredicate(condition.of, ages);
      return (element) => !of(element);
    }
    case 'has': {
      const { field } = condition;
      return over(field, field.since === null ? () => always : aged(ages(field.since), always));
    }
    case 'test': {
      const { field, ranges } = condition;
      return over(field, field.since === null ? (place) => inRanges(place, ranges) : aged(ages(field.since), narrow(WORD, ranges)));
    }
  }
}

/** The same, of the records of a trace that are all looked at, in order and each once. */
export function toStreamPredicate(condition: Condition): Predicate {
  const known: Marks[] = [];
  const test = toPredicate(condition, (landmark) => {
    const marks = new Marks(landmark);
    known.push(marks);
    return marks.ageOf;
  });
  if (known.length === 0) return test;
  return (element) => {
    for (const marks of known) marks.pass(element.record, element.recordAt);
    return test(element);
  };
}

/** The place holds the number of a transaction, `test` is of its age. */
function aged(ageOf: AgeOf, test: RowTest): (place: Place) => RowTest {
  const age = new Int32Array(1);
  return ({ word }) => (words, at) => (age[0] = ageOf(words[at + word]! >>> 0)) >= 0 && test(age, 0);
}

function all(tests: readonly Predicate[]): Predicate {
  const [a, b] = tests;
  if (a === undefined) return () => true;
  if (b === undefined) return a;
  if (tests.length === 2) return (element) => a(element) && b(element);
  return (element) => tests.every((test) => test(element));
}

function any(tests: readonly Predicate[]): Predicate {
  const [a, b] = tests;
  if (a === undefined) return () => false;
  if (b === undefined) return a;
  if (tests.length === 2) return (element) => a(element) || b(element);
  return (element) => tests.some((test) => test(element));
}

function onSource(source: Source, test: RowTest): Predicate {
  if (source === 'record') return ({ record, recordAt }) => recordAt >= 0 && test(record, recordAt);
  return ({ transaction, transactionAt }) => transactionAt >= 0 && test(transaction, transactionAt);
}

const maskOf = (width: number): number => (width === 32 ? -1 : (1 << width) - 1);

/** The field is at a place of a row if all of these pass. */
export const guardsPass = (guards: readonly Guard[]): RowTest => guarded(guards, always);

function guarded(guards: readonly Guard[], test: RowTest): RowTest {
  const [first, ...rest] = guards;
  if (first === undefined) return test;
  const inner = guarded(rest, test);
  const passes = guardTest(first);
  return inner === always ? passes : (words, at) => passes(words, at) && inner(words, at);
}

function guardTest({ word, shift, width, among }: Guard): RowTest {
  const mask = maskOf(width);
  if (among === 'nonzero') return (words, at) => ((words[at + word]! >>> shift) & mask) !== 0;
  const [only] = among;
  if (among.length === 1 && only !== undefined) {
    const wanted = only | 0;
    return (words, at) => ((words[at + word]! >>> shift) & mask) === wanted;
  }
  const set = new Set(among);
  if (width > 8) return (words, at) => set.has(((words[at + word]! >>> shift) & mask) >>> 0);
  const table = Uint8Array.from({ length: 1 << width }, (_, value) => (set.has(value) ? 1 : 0));
  return (words, at) => table[(words[at + word]! >>> shift) & mask] === 1;
}

const inRanges = (place: Place, ranges: Ranges): RowTest => (place.mask === undefined ? narrow(place, ranges) : wide(place, place.mask, ranges));

function narrow({ word, shift, width }: Pick<Place, 'word' | 'shift' | 'width'>, ranges: Ranges): RowTest {
  const mask = maskOf(width);
  const firsts = ranges.map(([first]) => Number(first));
  const lasts = ranges.map(([, last]) => Number(last));
  const [first, last] = [firsts[0], lasts[0]];
  if (first === undefined || last === undefined) return () => false;
  if (firsts.length === 1) {
    if (first === last) return (words, at) => ((words[at + word]! >>> shift) & mask) >>> 0 === first;
    return (words, at) => {
      const value = ((words[at + word]! >>> shift) & mask) >>> 0;
      return value >= first && value <= last;
    };
  }
  return (words, at) => {
    const value = ((words[at + word]! >>> shift) & mask) >>> 0;
    for (let i = 0; i < firsts.length; i++) if (value <= lasts[i]!) return value >= firsts[i]!;
    return false;
  };
}

const high = (value: bigint): number => Number(value >> 32n);
const low = (value: bigint): number => Number(value & 0xffff_ffffn);

function wide({ word }: Place, mask: bigint, ranges: Ranges): RowTest {
  const [highMask, lowMask] = [high(mask) | 0, low(mask) | 0];
  const bounds = ranges.map(([first, last]) => [high(first), low(first), high(last), low(last)] as const);
  return (words, at) => {
    const hi = (words[at + word + 1]! & highMask) >>> 0;
    const lo = (words[at + word]! & lowMask) >>> 0;
    for (const [firstHi, firstLo, lastHi, lastLo] of bounds) {
      if (hi < firstHi || (hi === firstHi && lo < firstLo)) return false;
      if (hi < lastHi || (hi === lastHi && lo <= lastLo)) return true;
    }
    return false;
  };
}

/** The first place at which an element has a field, or null. For the edge: it allocates. */
export const placeIn = (field: Field, element: Element): Place | null => field.places.find((place) => onSource(place.source, guarded(place.guards, always))(element)) ?? null;

/** The value of a field as it is stored, or null where it is not there. For the edge: it allocates. */
export function readField(field: Field, element: Element): bigint | null {
  const place = placeIn(field, element);
  if (place === null) return null;
  const [words, at] = place.source === 'record' ? [element.record, element.recordAt] : [element.transaction, element.transactionAt];
  const word = (index: number): bigint => BigInt(words[at + index]! >>> 0);
  if (place.mask !== undefined) return ((word(place.word + 1) << 32n) | word(place.word)) & place.mask;
  return (word(place.word) >> BigInt(place.shift)) & BigInt(maskOf(place.width) >>> 0);
}

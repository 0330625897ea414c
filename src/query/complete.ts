/** What can be written at a cursor, from the grammar and the registry. */
import { LANDMARK_NAMES } from './age.ts';
import { FilterError } from './filter-error.ts';
import type { Field } from './field.ts';
import { tokensOf } from './lexer.ts';
import { Parser } from './parser.ts';
import type { Expectation } from './parser.ts';
import { printName } from './print.ts';
import type { Registry } from './registry.ts';
import type { Span } from './syntax.ts';

export interface Completion {
  /** What replaces the text from `from` to `to`. */
  readonly text: string;
  readonly kind: 'field' | 'value' | 'operator';
  /** In a word: the type of a field, what an operator takes. */
  readonly detail: string;
  readonly doc: string;
}

export interface Completions extends Span {
  readonly items: readonly Completion[];
}

/** Completions offered at once. */
const MOST = 100;

const operator = (text: string, doc: string): Completion => ({ text, kind: 'operator', detail: '', doc });
const CONNECTIVES = [operator('&&', 'Both.'), operator('||', 'Either, or both.')];
const EQUAL = [operator('==', 'Is this value.'), operator('!=', 'Is another value.')];
const ORDER = [operator('<', 'Is less.'), operator('<=', 'Is at most.'), operator('>', 'Is more.'), operator('>=', 'Is at least.')];
const IN_NUMBERS = operator('in', 'Is in a range 0x10..0x1f, a block 0x4000_1000/12 or a list {1, 2}.');
const IN_NAMES = operator('in', 'Is one of a list {a, b}.');
const MATCHES = operator('matches', 'Its name is like "TLBI_*".');
const AGE = operator('age(', 'Transactions begun since the last record of a kind: age(CMD_SYNC) > 3.');
const OPERAND_WORDS = [operator('!', 'Not what follows.'), operator('has(', 'The field is there: has(evt.STAG).'), AGE];

/** The word that is being written at the cursor, and what stands before it. */
function wordAt(text: string, cursor: number): Span {
  const before = /(?:[A-Za-z_"][A-Za-z0-9_."*?-]*)?$/.exec(text.slice(0, cursor))?.[0] ?? '';
  const after = /^[A-Za-z0-9_.-]*/.exec(text.slice(cursor))?.[0] ?? '';
  return { from: cursor - before.length, to: cursor + (before === '' ? 0 : after.length) };
}

/** Completions at a cursor: a number of characters from the start. A text that is wrong before it has none. */
export function completeFilter(text: string, cursor: number, registry: Registry): Completions {
  const { from, to } = wordAt(text, cursor);
  const typed = text.slice(from, cursor).replace(/^"/, '');
  const expected = expectedAfter(text.slice(0, from));
  // A flag can stand alone; after any other field only an operator can follow.
  const isOpen = expected.some((one) => one.kind === 'operator' && registry.asked(one.field)?.type !== 'flag');
  const items = expected.filter(({ kind }) => !(isOpen && kind === 'connective')).flatMap((one) => itemsFor(one, registry));
  return { from, to, items: ranked(items, typed).slice(0, MOST) };
}

function expectedAfter(before: string): readonly Expectation[] {
  if (!isWellFormed(before)) return [];
  const parser = new Parser(before);
  try {
    parser.parse();
  } catch (error) {
    // Anything that is wrong before the end of the text leaves nothing to expect there.
    if (!(error instanceof FilterError)) throw error;
  }
  return parser.expected;
}

function isWellFormed(text: string): boolean {
  try {
    return tokensOf(text).length > 0;
  } catch {
    return false;
  }
}

function itemsFor(expected: Expectation, registry: Registry): readonly Completion[] {
  switch (expected.kind) {
    case 'operand':
      return [...fieldItems(registry), ...OPERAND_WORDS];
    case 'field-of-has':
      return [...fieldItems(registry), AGE];
    case 'landmark':
      return LANDMARK_NAMES.map((text) => ({ text, kind: 'value', detail: '', doc: '' }));
    case 'connective':
      return CONNECTIVES;
    default: {
      const field = registry.asked(expected.field);
      if (field === undefined) return [];
      return expected.kind === 'operator' ? operatorItems(field) : expected.kind === 'pattern' ? patternItems(field) : valueItems(field);
    }
  }
}

const fieldItems = (registry: Registry): readonly Completion[] =>
  registry.fields.filter(({ places }) => places.length > 0).map(({ name, type, bits, doc }) => ({ text: name, kind: 'field', detail: type === 'number' ? `${bits} bits` : type, doc }));

function operatorItems(field: Field): readonly Completion[] {
  if (field.type === 'flag') return [];
  return field.type === 'enum' ? [...EQUAL, IN_NAMES, MATCHES] : [...EQUAL, ...ORDER, IN_NUMBERS];
}

/** Names that the architecture gives; the numbers without one are many. */
const isGiven = (name: string): boolean => !/^(RESERVED|IMPDEF)_/.test(name);

const valueItems = (field: Field): readonly Completion[] =>
  [...field.values]
    .filter(([name]) => isGiven(name))
    .map(([name, values]) => ({ text: printName(name), kind: 'value', detail: values.map((value) => `0x${value.toString(16)}`).join(', '), doc: '' }));

/** Groups of names that begin alike, such as "CMD_TLBI_*". */
function patternItems(field: Field): readonly Completion[] {
  const starts = new Map<string, number>();
  for (const name of [...field.values.keys()].filter(isGiven)) {
    const start = /^(?:CMD_(?!$))?[A-Z]+_(?=[A-Z])/.exec(name)?.[0];
    if (start !== undefined) starts.set(start, (starts.get(start) ?? 0) + 1);
  }
  return [...starts].filter(([, count]) => count > 1).map(([start, count]) => ({ text: `"${start}*"`, kind: 'value', detail: `${count} names`, doc: '' }));
}

/** Those that begin as typed, then those of which a part does, then those that hold it. */
function ranked(items: readonly Completion[], typed: string): readonly Completion[] {
  const wanted = typed.toLowerCase();
  const rank = ({ text }: Completion): number => {
    const name = text.toLowerCase().replace(/^"/, '');
    if (name.startsWith(wanted)) return 0;
    if (name.includes(`.${wanted}`) || name.includes(`_${wanted}`)) return 1;
    return name.includes(wanted) ? 2 : 3;
  };
  return items
    .map((item) => [rank(item), item] as const)
    .filter(([order]) => order < 3)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

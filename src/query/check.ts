/** Tree -> condition: names are fields, values fit them, and what can never be true is said. */
import { nearest } from '../model/spec/nearest.ts';
import type { Condition } from './condition.ts';
import type { Field } from './field.ts';
import { FilterError } from './filter-error.ts';
import { complementOf, exponentsIn, holdsAligned, largest, unionOf } from './ranges.ts';
import type { Range, Ranges } from './ranges.ts';
import type { List, Registry } from './registry.ts';
import type { BlockValue, Comparison, Expression, FieldName, NameValue, NumberValue, RangeValue, Span, Value } from './syntax.ts';

/** Something in a filter that is allowed but cannot be meant. */
export interface Warning extends Span {
  readonly message: string;
}

export interface Checked {
  readonly condition: Condition;
  readonly warnings: readonly Warning[];
}

const ELEMENT: Readonly<Record<List, string>> = { transactions: 'a transaction', events: 'an event', records: 'a trace record' };
const WHAT = { flag: 'a flag', number: 'a number', enum: 'one of its names', address: 'an address' } as const;
const EXAMPLE = { flag: '1', number: '481', enum: 'a name', address: '0x8000_0000' } as const;

export class Checker {
  readonly #registry: Registry;
  readonly #warnings: Warning[] = [];

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Throws a FilterError. */
  check(expression: Expression): Checked {
    return { condition: this.#condition(expression), warnings: this.#warnings };
  }

  #condition(expression: Expression): Condition {
    switch (expression.kind) {
      case 'and':
      case 'or':
        return { kind: expression.kind, of: [this.#condition(expression.left), this.#condition(expression.right)] };
      case 'not':
        return { kind: 'not', of: this.#condition(expression.of) };
      case 'has':
        return { kind: 'has', field: this.#field(expression.field) };
      case 'flag':
        return this.#flag(expression.field);
      case 'compare':
        return this.#test(expression.field, expression, (field) => compared(field, expression.operator, expression.value));
      case 'in':
        return this.#test(expression.field, expression, (field) => unionOf(expression.values.flatMap((value) => rangesOf(field, value))));
      case 'matches':
        return this.#test(expression.field, expression, (field) => matching(field, expression.pattern));
    }
  }

  #field(name: FieldName): Field {
    const field = this.#registry.asked(name.name);
    if (field === undefined) throw this.#unknown(name);
    if (field.places.length === 0) this.#warn(name, `never true: ${ELEMENT[this.#registry.list]} has no ${field.name}`);
    return field;
  }

  #unknown({ since, ...name }: FieldName): FilterError {
    const hint = since === undefined ? this.#registry.suggest(name.name) : this.#registry.suggestSince(since.name);
    const help = hint === null ? '' : `: did you mean ${hint}?`;
    if (since === undefined) return new FilterError('filter-field', name, `no field is called ${name.name}${help}`);
    return new FilterError('filter-value', since, `no command, event or kind of record is called ${since.name}${help}`);
  }

  #flag(name: FieldName): Condition {
    const field = this.#field(name);
    if (field.type === 'flag') return { kind: 'test', field, ranges: [[1n, 1n]] };
    throw new FilterError('filter-type', name, `${field.name} is ${WHAT[field.type]}, not a flag: compare it, as in ${field.name} == ${exampleOf(field)}, or write has(${field.name})`);
  }

  #test(name: FieldName, span: Span, values: (field: Field) => Ranges): Condition {
    const field = this.#field(name);
    const given = values(field);
    const ranges = field.exponent ? exponentsIn(given, field.bits) : given;
    if (ranges.length === 0) this.#warn(span, `never true: no value of ${field.name} is like this`);
    else if (!holdsAligned(ranges, field.zeros)) this.#warn(span, `never true: the low ${field.zeros} bits of ${field.name} are 0; write the address with /${field.zeros} for the block it is in`);
    return { kind: 'test', field, ranges };
  }

  #warn({ from, to }: Span, message: string): void {
    this.#warnings.push({ from, to, message });
  }
}

const exampleOf = (field: Field): string => (field.type === 'enum' ? ([...field.values.keys()][0] ?? '0') : EXAMPLE[field.type]);

function compared(field: Field, operator: Comparison, value: Value): Ranges {
  const ranges = rangesOf(field, value);
  if (operator === '==') return ranges;
  if (operator === '!=') return complementOf(ranges, field.bits);
  if (field.type === 'enum' || field.type === 'flag') throw new FilterError('filter-type', value, `${field.name} is ${WHAT[field.type]}: it has no order, use ==, != or in`);
  if (value.kind !== 'number') throw new FilterError('filter-type', value, `${operator} takes a number`);
  const top = largest(field.bits);
  const bounds: Record<string, Range> = { '<': [0n, value.value - 1n], '<=': [0n, value.value], '>': [value.value + 1n, top], '>=': [value.value, top] };
  const range = bounds[operator]!;
  return range[0] <= range[1] ? [range] : [];
}

function rangesOf(field: Field, value: Value): Ranges {
  switch (value.kind) {
    case 'number':
      return numberRanges(field, value);
    case 'name':
      return nameRanges(field, value);
    case 'range':
      return [rangeOf(field, value)];
    case 'block':
      return [blockOf(field, value)];
  }
}

function numberRanges(field: Field, value: NumberValue): Ranges {
  // `4K` is also a name, of a granule.
  const named = field.values.get(value.text);
  if (named !== undefined) return single(named);
  return [[fitting(field, value), value.value]];
}

const single = (values: readonly number[]): Ranges => unionOf(values.map((value): Range => [BigInt(value), BigInt(value)]));

function fitting(field: Field, value: NumberValue): bigint {
  if (value.value <= largest(field.bits)) return value.value;
  const what = field.type === 'flag' ? 'is a flag: 0 or 1' : `has ${field.bits} bits: at most 0x${largest(field.bits).toString(16)}`;
  throw new FilterError('filter-value', value, `${field.name} ${what}`);
}

function nameRanges(field: Field, value: NameValue): Ranges {
  if (field.type === 'flag' && (value.name === 'true' || value.name === 'false')) return value.name === 'true' ? [[1n, 1n]] : [[0n, 0n]];
  if (field.type !== 'enum') throw new FilterError('filter-type', value, `${field.name} is ${WHAT[field.type]}: expected one such as ${EXAMPLE[field.type]}, not ${value.name}`);
  const wanted = value.name.toLowerCase();
  const found = [...field.values].find(([name]) => name.toLowerCase() === wanted || bare(name).toLowerCase() === wanted);
  if (found !== undefined) return single(found[1]);
  const hint = nearest(value.name, field.values.keys()) ?? nearest(value.name, [...field.values.keys()].map(bare));
  const names = [...field.values.keys()];
  const known = names.length === 0 ? 'there is none here' : names.length <= 8 ? `expected ${names.join(', ')}` : '';
  const help = hint !== null ? `: did you mean ${hint}?` : known === '' ? '' : `: ${known}`;
  throw new FilterError('filter-value', value, `${field.name} is never called ${value.name}${help}`);
}

/** Commands may be named without their CMD_. */
const bare = (name: string): string => name.replace(/^CMD_/, '');

function requireNumeric(field: Field, span: Span): void {
  if (field.type === 'enum' || field.type === 'flag') throw new FilterError('filter-type', span, `${field.name} is ${WHAT[field.type]}: list values, as in ${field.name} in {${[...field.values.keys()].slice(0, 2).join(', ') || '0, 1'}}`);
}

function rangeOf(field: Field, value: RangeValue): Range {
  requireNumeric(field, value);
  const range: Range = [fitting(field, value.first), fitting(field, value.last)];
  if (range[0] > range[1]) throw new FilterError('filter-value', value, `the range ends before it begins: expected ${value.last.text}..${value.first.text}`);
  return range;
}

function blockOf(field: Field, { inside, bits, ...span }: BlockValue): Range {
  requireNumeric(field, span);
  if (bits.value > BigInt(field.bits)) throw new FilterError('filter-value', bits, `a block of ${field.name} has at most ${field.bits} bits: ${inside.text}/12 is one of 4096`);
  const size = largest(Number(bits.value));
  const first = fitting(field, inside) & ~size;
  return [first, first | size];
}

/** Values whose name is like the pattern: `*` is any text, `?` any character. */
function matching(field: Field, pattern: NameValue): Ranges {
  if (field.type !== 'enum') throw new FilterError('filter-type', pattern, `${field.name} is ${WHAT[field.type]}: matches is for fields with names, such as evt.type`);
  const source = pattern.name.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  const like = new RegExp(`^${source}$`, 'i');
  return single([...field.values].filter(([name]) => like.test(name) || like.test(bare(name))).flatMap(([, values]) => values));
}

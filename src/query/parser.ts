/** Tokens -> tree: a Pratt parser. At the end of the text it knows what could have followed, which is what completion asks. */
import { FilterError } from './filter-error.ts';
import { tokensOf } from './lexer.ts';
import type { Token } from './lexer.ts';
import { COMPARISONS } from './syntax.ts';
import type { Comparison, Expression, FieldName, NameValue, NumberValue, Span, Value } from './syntax.ts';

/** Longest filter, in characters. */
export const MAX_FILTER = 4096;

/** What may stand at the end of the text. */
export type Expectation =
  | { readonly kind: 'operand' | 'connective' | 'field-of-has' | 'landmark' }
  | { readonly kind: 'operator'; readonly field: string }
  | { readonly kind: 'value' | 'value-or-brace' | 'pattern'; readonly field: string };

/** How close a connective binds. */
const POWER: Readonly<Record<string, number>> = { or: 1, and: 2 };
const comparisons: ReadonlySet<string> = new Set(COMPARISONS);

const join = (first: Span, last: Span): Span => ({ from: first.from, to: last.to });
const shown = (token: Token): string => (token.kind === 'end' ? 'the end' : JSON.stringify(token.text));

export class Parser {
  /** What could have followed where the text ends. */
  readonly expected: Expectation[] = [];
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(text: string) {
    if (text.length > MAX_FILTER) throw new FilterError('filter-syntax', { from: MAX_FILTER, to: text.length }, `a filter has at most ${MAX_FILTER} characters`);
    this.#tokens = tokensOf(text);
  }

  /** The whole text as one expression. Throws a FilterError. */
  parse(): Expression {
    const expression = this.#expression(0);
    if (this.#token.kind !== 'end') this.#fail(`expected and, or, or the end, not ${shown(this.#token)}`);
    return expression;
  }

  get #token(): Token {
    return this.#tokens[this.#index]!;
  }

  #next(): Token {
    return this.#tokens[this.#index++]!;
  }

  #fail(message: string): never {
    throw new FilterError('filter-syntax', this.#token, message);
  }

  /** Notes what may come next, if the text ends here. */
  #expecting(...expected: Expectation[]): void {
    if (this.#token.kind === 'end') this.expected.push(...expected);
  }

  #is(sign: string): boolean {
    return this.#token.kind === 'sign' && this.#token.text === sign;
  }

  #take(sign: string, message: string): Token {
    if (!this.#is(sign)) this.#fail(message);
    return this.#next();
  }

  #expression(power: number): Expression {
    let left = this.#prefix();
    for (;;) {
      this.#expecting({ kind: 'connective' });
      const own = this.#token.kind === 'sign' ? POWER[this.#token.text] : undefined;
      if (own === undefined || own <= power) return left;
      const kind = this.#next().text as 'and' | 'or';
      const right = this.#expression(own);
      left = { kind, left, right, ...join(left, right) };
    }
  }

  #prefix(): Expression {
    this.#expecting({ kind: 'operand' });
    if (this.#is('not')) {
      const not = this.#next();
      const of = this.#prefix();
      return { kind: 'not', of, ...join(not, of) };
    }
    if (this.#is('(')) {
      this.#next();
      const inner = this.#expression(0);
      this.#take(')', 'expected ) here');
      return inner;
    }
    return this.#is('has') ? this.#has() : this.#test();
  }

  #has(): Expression {
    const has = this.#next();
    this.#take('(', 'expected ( and a field, as in has(evt.STAG)');
    this.#expecting({ kind: 'field-of-has' });
    const field = this.#field();
    return { kind: 'has', field, ...join(has, this.#take(')', 'expected ) after the field')) };
  }

  #field(): FieldName {
    const token = this.#token;
    if (token.kind !== 'word') this.#fail(`expected a field, such as sid or evt.type, not ${shown(token)}`);
    this.#next();
    // No word of the language: something else may be called so.
    if (token.text === 'age' && this.#is('(')) return this.#age(token);
    return { name: token.text, from: token.from, to: token.to };
  }

  #age(age: Token): FieldName {
    this.#next();
    this.#expecting({ kind: 'landmark' });
    const { kind, text: name, from, to } = this.#token;
    if (kind !== 'word') this.#fail(`expected a command, an event or a kind of record, as in age(CMD_SYNC), not ${shown(this.#token)}`);
    this.#next();
    const last = this.#take(')', 'expected ) after the name');
    return { name: `age(${name})`, since: { name, from, to }, ...join(age, last) };
  }

  #test(): Expression {
    const field = this.#field();
    this.#expecting({ kind: 'operator', field: field.name });
    const { kind, text } = this.#token;
    if (kind === 'sign' && comparisons.has(text)) return this.#compare(field);
    if (this.#is('in')) return this.#in(field);
    if (this.#is('matches')) return this.#matches(field);
    return { kind: 'flag', field, from: field.from, to: field.to };
  }

  #compare(field: FieldName): Expression {
    const operator = this.#next().text as Comparison;
    this.#expecting({ kind: 'value', field: field.name });
    const value = this.#value();
    if (value.kind === 'range') throw new FilterError('filter-syntax', value, `a range goes with in: ${field.name} in ${value.first.text}..${value.last.text}`);
    return { kind: 'compare', field, operator, value, ...join(field, value) };
  }

  #in(field: FieldName): Expression {
    this.#next();
    this.#expecting({ kind: 'value-or-brace', field: field.name });
    if (!this.#is('{')) {
      const value = this.#value();
      return { kind: 'in', field, values: [value], braces: false, ...join(field, value) };
    }
    const values: Value[] = [];
    do {
      this.#next();
      this.#expecting({ kind: 'value', field: field.name });
      values.push(this.#value());
    } while (this.#is(','));
    return { kind: 'in', field, values, braces: true, ...join(field, this.#take('}', 'expected , or } here')) };
  }

  #matches(field: FieldName): Expression {
    this.#next();
    this.#expecting({ kind: 'pattern', field: field.name });
    const token = this.#token;
    if (token.kind !== 'string' && token.kind !== 'word') this.#fail(`expected a pattern in quotes, such as "TLBI_*", not ${shown(token)}`);
    this.#next();
    const pattern: NameValue = { kind: 'name', name: token.text, from: token.from, to: token.to };
    return { kind: 'matches', field, pattern, ...join(field, pattern) };
  }

  #value(): Value {
    const token = this.#token;
    if (token.kind === 'word' || token.kind === 'string') {
      this.#next();
      return { kind: 'name', name: token.text, from: token.from, to: token.to };
    }
    if (token.kind !== 'number') this.#fail(`expected a value, not ${shown(token)}`);
    const first = this.#number();
    if (this.#is('..')) {
      this.#next();
      const last = this.#number();
      return { kind: 'range', first, last, ...join(first, last) };
    }
    if (!this.#is('/')) return first;
    this.#next();
    const bits = this.#number();
    return { kind: 'block', inside: first, bits, ...join(first, bits) };
  }

  #number(): NumberValue {
    const token = this.#token;
    if (token.kind !== 'number') this.#fail(`expected a number, not ${shown(token)}`);
    this.#next();
    return { kind: 'number', value: token.value, text: token.text, from: token.from, to: token.to };
  }
}

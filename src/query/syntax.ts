/**
 * The filter language as a tree.
 *
 *     expression = expression 'or' expression | expression 'and' expression | 'not' expression | '(' expression ')' | test
 *     field      = name | 'age' '(' name ')'
 *     test       = flag | 'has' '(' field ')' | field compare value | field 'in' (value | '{' value, ... '}') | field 'matches' pattern
 *     compare    = '==' '!=' '<' '<=' '>' '>='
 *     value      = number | name | number '..' number | number '/' bits
 *
 * `||`, `&&` and `!` are the same words; `and` binds closer than `or`. A range holds both its ends; `0x4000_1000/12` is the block of
 * 2^12 that holds the address.
 */

/** Where in the text: `from` is the first character, from 0, `to` the one behind the last. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface FieldName extends Span {
  /** `sid`, `age(CMD_SYNC)`. */
  readonly name: string;
  /** What is in the brackets of age( ). */
  readonly since?: FieldName;
}

export interface NumberValue extends Span {
  readonly kind: 'number';
  readonly value: bigint;
  /** As it was written: `0x8000_0000`, `4K`. */
  readonly text: string;
}

export interface NameValue extends Span {
  readonly kind: 'name';
  readonly name: string;
}

export interface RangeValue extends Span {
  readonly kind: 'range';
  readonly first: NumberValue;
  readonly last: NumberValue;
}

export interface BlockValue extends Span {
  readonly kind: 'block';
  readonly inside: NumberValue;
  /** log2 of the block's size. */
  readonly bits: NumberValue;
}

export type Value = NumberValue | NameValue | RangeValue | BlockValue;

export const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const;
export type Comparison = (typeof COMPARISONS)[number];

export type Expression =
  | (Span & { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression })
  | (Span & { readonly kind: 'not'; readonly of: Expression })
  | (Span & { readonly kind: 'flag' | 'has'; readonly field: FieldName })
  | (Span & { readonly kind: 'compare'; readonly field: FieldName; readonly operator: Comparison; readonly value: Value })
  | (Span & { readonly kind: 'in'; readonly field: FieldName; readonly values: readonly Value[]; readonly braces: boolean })
  | (Span & { readonly kind: 'matches'; readonly field: FieldName; readonly pattern: NameValue });

/** Words of the grammar, in lower case only: `IN` is a value of evt.Class. */
export const WORDS = ['and', 'or', 'not', 'in', 'matches', 'has'] as const;

/** Tree -> text, in one form. Parsing it again gives the same tree. */
import { isPlainWord } from './lexer.ts';
import type { Expression, Value } from './syntax.ts';

/** A name as the language writes it: bare if it can be, else in quotes. */
export const printName = (name: string): string => (isPlainWord(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`);

function printValue(value: Value): string {
  switch (value.kind) {
    case 'number':
      return value.text;
    case 'name':
      return printName(value.name);
    case 'range':
      return `${value.first.text}..${value.last.text}`;
    case 'block':
      return `${value.inside.text}/${value.bits.text}`;
  }
}

const powers = { or: 1, and: 2 } as const;
const powerOf = (expression: Expression): number => (expression.kind === 'or' || expression.kind === 'and' ? powers[expression.kind] : 3);

const inside = (expression: Expression, least: number): string => (powerOf(expression) < least ? `(${print(expression)})` : print(expression));

export function print(expression: Expression): string {
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const power = powers[expression.kind];
      // Both group to the left: brackets on the right keep another grouping.
      return `${inside(expression.left, power)} ${expression.kind === 'and' ? '&&' : '||'} ${inside(expression.right, power + 1)}`;
    }
    case 'not':
      return `!${inside(expression.of, 3)}`;
    case 'flag':
      return expression.field.name;
    case 'has':
      return `has(${expression.field.name})`;
    case 'compare':
      return `${expression.field.name} ${expression.operator} ${printValue(expression.value)}`;
    case 'in': {
      const values = expression.values.map(printValue).join(', ');
      return `${expression.field.name} in ${expression.braces ? `{${values}}` : values}`;
    }
    case 'matches':
      return `${expression.field.name} matches "${expression.pattern.name.replace(/["\\]/g, '\\$&')}"`;
  }
}

/** The text of a filter as tokens. */
import { FilterError } from './filter-error.ts';
import { COMPARISONS, WORDS } from './syntax.ts';
import type { Span } from './syntax.ts';

export type Token =
  | (Span & { readonly kind: 'word'; readonly text: string })
  | (Span & { readonly kind: 'string'; readonly text: string })
  | (Span & { readonly kind: 'number'; readonly text: string; readonly value: bigint })
  /** An operator, a bracket or a word of the grammar, `&&`, `||` and `!` as `and`, `or` and `not`. */
  | (Span & { readonly kind: 'sign'; readonly text: string })
  | (Span & { readonly kind: 'end'; readonly text: '' });

/** A name of a field or a value: `evt.type`, `F_TRANSLATION`, `s2.permission-read`. Two dots are a range. */
const WORD = /[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*/y;
const NUMBER = /0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*|0[bB][01](?:_?[01])*|[0-9](?:_?[0-9])*[KMG]?/y;
const SIGNS = ['&&', '||', '..', ...COMPARISONS, '!', '(', ')', '{', '}', ',', '/'].sort((a, b) => b.length - a.length);
const SAME: Readonly<Record<string, string>> = { '&&': 'and', '||': 'or', '!': 'not' };
const UNITS: Readonly<Record<string, bigint>> = { K: 1n << 10n, M: 1n << 20n, G: 1n << 30n };

const words: ReadonlySet<string> = new Set(WORDS);

/** True for a text that is one word of the language and none of its own. */
export function isPlainWord(text: string): boolean {
  WORD.lastIndex = 0;
  return WORD.exec(text)?.[0] === text && !words.has(text);
}

function at(pattern: RegExp, text: string, from: number): string | null {
  pattern.lastIndex = from;
  return pattern.exec(text)?.[0] ?? null;
}

function valueOf(text: string): bigint {
  const unit = UNITS[text.at(-1) ?? ''];
  const digits = text.replaceAll('_', '');
  return unit === undefined || /^0x/i.test(text) ? BigInt(digits) : BigInt(digits.slice(0, -1)) * unit;
}

function stringAt(text: string, from: number): Token {
  let value = '';
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '"') return { kind: 'string', text: value, from, to: i + 1 };
    if (text[i] === '\\') i++;
    value += text[i] ?? '';
  }
  throw new FilterError('filter-syntax', { from, to: text.length }, 'the text has no closing "');
}

function tokenAt(text: string, from: number): Token {
  const word = at(WORD, text, from);
  if (word !== null) return { kind: words.has(word) ? 'sign' : 'word', text: word, from, to: from + word.length };
  const number = at(NUMBER, text, from);
  if (number !== null) return numberAt(text, from, number);
  if (text[from] === '"') return stringAt(text, from);
  const sign = SIGNS.find((one) => text.startsWith(one, from));
  if (sign !== undefined) return { kind: 'sign', text: SAME[sign] ?? sign, from, to: from + sign.length };
  const hint = { '=': ': write == to compare', '&': ': write && or and', '|': ': write || or or', "'": ': quote with "' }[text[from] ?? ''] ?? '';
  throw new FilterError('filter-syntax', { from, to: from + 1 }, `${JSON.stringify(text[from])} means nothing here${hint}`);
}

function numberAt(text: string, from: number, number: string): Token {
  const to = from + number.length;
  const rest = at(/[A-Za-z0-9_]+/y, text, to);
  if (rest !== null) throw new FilterError('filter-syntax', { from, to: to + rest.length }, `${number}${rest} is no number: expected 481, 0x8000_0000, 0b101 or 4K`);
  return { kind: 'number', text: number, value: valueOf(number), from, to };
}

/** All tokens; the last is the end. Throws a FilterError at what is no token. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let i = 0; i < text.length; ) {
    if (/\s/.test(text[i]!)) {
      i++;
      continue;
    }
    const token = tokenAt(text, i);
    tokens.push(token);
    i = token.to;
  }
  tokens.push({ kind: 'end', text: '', from: text.length, to: text.length });
  return tokens;
}

/**
 * A document as everybody would indent it: two columns for each level of a block, one space within braces and behind colons and
 * commas, continued lines under the first entry of their braces. Line breaks, comments and how values are written stay.
 */
import { parseDocument, Parser } from 'yaml';
import type { CST, Document } from 'yaml';

interface Lexeme {
  readonly type: string;
  readonly source: string;
  readonly offset: number;
  /** The column that a key or dash of a block should have, from 0. */
  readonly column?: number;
}

const INDENT = 2;

function flatTokens(tokens: readonly CST.SourceToken[] | undefined, into: Lexeme[], column?: number): void {
  for (const { type, source, offset } of tokens ?? []) into.push({ type, source, offset, ...(column !== undefined && type === 'seq-item-ind' ? { column } : {}) });
}

/** The lexemes of a token in order; `column` is where a block that begins with it should stand, `key` that it is a key of one. */
function flat(token: CST.Token | null | undefined, into: Lexeme[], column: number, key = false): void {
  if (token === null || token === undefined) return;
  if (token.type === 'block-map' || token.type === 'block-seq') {
    const isMap = token.type === 'block-map';
    for (const item of token.items) {
      flatTokens(item.start, into, isMap ? undefined : column);
      flat(item.key, into, column, isMap);
      flatTokens(item.sep, into);
      flat(item.value, into, column + INDENT);
    }
  } else if (token.type === 'flow-collection') {
    flatTokens([token.start], into);
    for (const item of token.items) {
      flatTokens(item.start, into);
      flat(item.key, into, column);
      flatTokens(item.sep, into);
      flat(item.value, into, column);
    }
    flatTokens(token.end, into);
  } else if (token.type === 'block-scalar') {
    flatTokens(token.props as CST.SourceToken[], into);
    into.push({ type: 'block-scalar', source: token.source, offset: token.offset });
  } else if ('source' in token) {
    into.push({ type: token.type, source: token.source, offset: token.offset, ...(key ? { column } : {}) });
    if ('end' in token) flatTokens(token.end, into);
  }
}

const OPENS: readonly string[] = ['flow-map-start', 'flow-seq-start'];
const CLOSES: readonly string[] = ['flow-map-end', 'flow-seq-end'];

/** Blanks between two lexemes of a line. */
function gap(before: Lexeme, after: Lexeme, blanks: number): number {
  if (after.type === 'comment') return Math.max(1, blanks);
  if (after.type === 'comma' || after.type === 'map-value-ind') return 0;
  if (before.type === 'flow-seq-start' || after.type === 'flow-seq-end') return 0;
  if (before.type === 'flow-map-start' && after.type === 'flow-map-end') return 0;
  return 1;
}

class Writer {
  #text = '';
  #line = '';
  /** Lines that ended since something was written; a document begins without empty ones. */
  #breaks = 2;
  #before: Lexeme | null = null;
  /** How far the block at hand has moved. */
  #shift = 0;
  /** Column of the last key or dash of a block. */
  #block = 0;
  /** Columns of what is inside the braces that are open. */
  readonly #inside: { column: number | null; readonly opener: number }[] = [];
  readonly #starts: (offset: number) => number;

  constructor(columnOf: (offset: number) => number) {
    this.#starts = columnOf;
  }

  get text(): string {
    return `${(this.#text + this.#line).trimEnd()}\n`;
  }

  newline(): void {
    this.#breaks++;
    if (this.#breaks > 2) return;
    this.#text += `${this.#line.trimEnd()}\n`;
    this.#line = '';
    this.#before = null;
  }

  write(lexeme: Lexeme, blanks: number, follows: Lexeme | undefined): void {
    this.#line = this.#before === null ? ' '.repeat(this.#columnOf(lexeme, follows)) : this.#line + ' '.repeat(gap(this.#before, lexeme, blanks));
    this.#breaks = 0;
    if (lexeme.column !== undefined) this.#block = this.#line.length;
    const open = this.#inside.at(-1);
    if (open !== undefined && open.column === null && lexeme.type !== 'comment' && !CLOSES.includes(lexeme.type)) open.column = this.#line.length;
    if (CLOSES.includes(lexeme.type)) this.#inside.pop();
    if (OPENS.includes(lexeme.type)) this.#inside.push({ column: null, opener: this.#line.length });
    this.#put(lexeme);
    this.#before = lexeme;
  }

  /** The lines of a text behind `|` or `>`: they move as the block that they are in, and their blanks count. */
  writeText(source: string): void {
    this.#text += source.split('\n').map((line) => this.#moved(line)).join('\n');
    this.#breaks = 1;
  }

  /** A scalar of several lines: blanks at their ends do not count. */
  #put({ source }: Lexeme): void {
    const [first = '', ...rest] = source.split('\n');
    this.#line += first;
    for (const line of rest) {
      this.#text += `${this.#line.trimEnd()}\n`;
      this.#line = this.#moved(line);
    }
  }

  #moved(line: string): string {
    const content = line.trimStart();
    return content === '' ? '' : ' '.repeat(Math.max(0, line.length - content.length + this.#shift)) + content;
  }

  #columnOf(lexeme: Lexeme, follows: Lexeme | undefined): number {
    const was = this.#starts(lexeme.offset);
    if (lexeme.column !== undefined) {
      this.#shift = lexeme.column - was;
      return lexeme.column;
    }
    const open = this.#inside.at(-1);
    if (open !== undefined) {
      if (open.column === null) open.column = this.#block + INDENT;
      return CLOSES.includes(lexeme.type) ? Math.min(open.opener, open.column) : open.column;
    }
    if (lexeme.type === 'comment' && follows !== undefined && this.#starts(follows.offset) === was) return follows.column!;
    return Math.max(0, was + this.#shift);
  }
}

function print(text: string, lexemes: readonly Lexeme[]): string {
  const columnOf = (offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1);
  const writer = new Writer(columnOf);
  let blanks = 0;
  lexemes.forEach((lexeme, i) => {
    if (lexeme.type === 'newline') return writer.newline();
    if (lexeme.type === 'block-scalar') return writer.writeText(lexeme.source);
    if (lexeme.type === 'space') return void (blanks = lexeme.source.length);
    const follows = lexeme.type === 'comment' ? lexemes.slice(i).find(({ column }) => column !== undefined) : undefined;
    writer.write(lexeme, blanks, follows);
    blanks = 0;
  });
  return writer.text;
}

const parsed = (text: string): Document => parseDocument(text, { intAsBigInt: true, logLevel: 'silent', prettyErrors: false });

const plain = (document: Document): string => JSON.stringify(document.toJS({ maxAliasCount: 100 }), (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));

/** What stands outside a document is comments and empty lines; false: something else does. */
function take(token: CST.Token, into: Lexeme[]): boolean {
  if (token.type === 'document') {
    flatTokens(token.start, into);
    flat(token.value, into, 0);
    flatTokens(token.end, into);
    return true;
  }
  if (token.type !== 'comment' && token.type !== 'newline' && token.type !== 'space') return false;
  flatTokens([token as CST.SourceToken], into);
  return true;
}

/** Null: the text is no single document of sound YAML, and stays as it is. */
export function format(text: string): string | null {
  const before = parsed(text);
  if (before.errors.length > 0) return null;
  const lexemes: Lexeme[] = [];
  const tokens = [...new Parser().parse(text)];
  if (tokens.filter(({ type }) => type === 'document').length > 1 || !tokens.every((token) => take(token, lexemes))) return null;
  const formatted = print(text, lexemes);
  const after = parsed(formatted);
  return after.errors.length === 0 && plain(after) === plain(before) ? formatted : null;
}

/**
 * A verb as words on one line: `dma device=nic0 iova=0x1000 access=read expect.status=success`. A bare word opens the map that
 * the words behind it fill (`command CMD_TLBI_NH_ASID ASID=1`); a second one is its value (`inspect STE nic0`). `expect.` is
 * always a key of the verb.
 */
import { parseDocument } from 'yaml';
import { pathText } from './problem.ts';
import type { Path, Range } from './problem.ts';

export interface LineValue {
  readonly value: unknown;
  locate(path: Path): Range;
}

interface Word {
  readonly text: string;
  /** 1-based. */
  readonly column: number;
}

type Tree = { [key: string]: unknown };

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

/** Words end at blanks, but not within quotes, braces and brackets. */
function wordsOf(text: string, from: number): Word[] {
  const words: Word[] = [];
  let start = -1;
  let quote = '';
  const open: string[] = [];
  for (let i = from; i <= text.length; i++) {
    const char = text[i] ?? ' ';
    const inside = i < text.length && (quote !== '' || open.length > 0);
    if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (CLOSING[char] !== undefined) open.push(CLOSING[char]);
    else if (char === open.at(-1)) open.pop();
    if (start < 0 && char !== ' ' && char !== '\t') start = i;
    if (start >= 0 && !inside && (char === ' ' || char === '\t')) {
      words.push({ text: text.slice(start, i), column: start + 1 });
      start = -1;
    }
  }
  return words;
}

/** A scalar, list or map as YAML has it; text that is none is text. */
function valueOf(text: string): unknown {
  try {
    const parsed = parseDocument(text, { intAsBigInt: true, prettyErrors: false, logLevel: 'error' });
    return parsed.errors.length > 0 ? text : (parsed.toJS({ maxAliasCount: 100 }) as unknown);
  } catch {
    // An alias of nothing, or nested too deeply.
    return text;
  }
}

/** No prototype: a key of any name is a key. */
const tree = (): Tree => Object.create(null) as Tree;

class Builder {
  readonly #top = tree();
  readonly #columns = new Map<string, Range>();
  #open: string | null = null;
  #filled = false;

  /** Null where the line ends behind the verb. */
  build(words: readonly Word[]): unknown {
    for (const word of words) this.#take(word);
    return words.length === 0 ? null : this.#top;
  }

  /** The place of the value at a path, or of the nearest above it. */
  locate(path: Path): Range | null {
    for (let length = path.length; length > 0; length--) {
      const found = this.#columns.get(pathText(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return null;
  }

  #take({ text, column }: Word): void {
    const equals = /^[\w.-]+=/.exec(text);
    if (equals === null) {
      this.#bare(text, column);
      return;
    }
    const key = text.slice(0, equals[0].length - 1).split('.');
    const path = this.#open === null || key[0] === 'expect' ? key : [this.#open, ...key];
    this.#filled = true;
    this.#put(path, valueOf(text.slice(equals[0].length)), column, text.length);
  }

  #bare(text: string, column: number): void {
    if (this.#open !== null && !this.#filled) {
      this.#put([this.#open], valueOf(text), column, text.length);
      this.#open = null;
      return;
    }
    this.#put([text], null, column, text.length);
    this.#open = text;
    this.#filled = false;
  }

  #put(path: readonly string[], value: unknown, column: number, length: number): void {
    let at = this.#top;
    for (const key of path.slice(0, -1)) {
      const next = at[key];
      if (typeof next !== 'object' || next === null) at[key] = tree();
      at = at[key] as Tree;
    }
    at[path.at(-1)!] = value;
    const range = { line: 1, column, endLine: 1, endColumn: column + length };
    for (let depth = 1; depth <= path.length; depth++) this.#columns.set(pathText(path.slice(0, depth)), range);
  }
}

/** `from`: where the words behind the verb begin. */
export function readWords(text: string, from: number): LineValue {
  const builder = new Builder();
  const value = builder.build(wordsOf(text, from));
  return { value, locate: (path) => builder.locate(path) ?? { line: 1, column: 1, endLine: 1, endColumn: Math.max(2, text.length + 1) } };
}

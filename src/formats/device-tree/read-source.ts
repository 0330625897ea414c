/** Device tree source (`dtc -O dts`, /proc/device-tree through dtc, a board's .dts without its preprocessor). */
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import type { Cell, Property, TreeNode } from './tree.ts';

/** Deeper trees than this are not written by anybody. */
const MAX_DEPTH = 64;
const MAX_TOKENS = 2_000_000;

interface Token {
  readonly text: string;
  readonly line: number;
}

const TOKEN = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|#(?:include|define|undef|if|ifdef|ifndef|else|endif)\b[^\n]*|"(?:\\.|[^"\\])*"|\/(?:dts-v1|plugin|memreserve|include|bits|delete-node|delete-property|omit-if-no-ref)\/|&\{[^}]*\}|[A-Za-z0-9_,.+*?#@&~^|!%$'\\-][A-Za-z0-9_,.+*?#@&~^|!%$'\\-]*|[{}<>[\];=():/]|\n/g;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '\n') line++;
    else if (token.startsWith('/*') || token.startsWith('//') || /^#(?:include|define|undef|if|ifdef|ifndef|else|endif)/.test(token)) line += token.split('\n').length - 1;
    else if (tokens.length < MAX_TOKENS) tokens.push({ text: token, line });
  }
  return tokens;
}

class Bad extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

const unquoted = (text: string): string => text.slice(1, -1).replace(/\\(.)/g, '$1');

class SourceReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The tree under `/`; nodes that extend others by their label (`&smmu { ... }`) stand beside it. */
  root(): TreeNode {
    const children: TreeNode[] = [];
    let properties = new Map<string, Property>();
    while (this.#at < this.#tokens.length) {
      const { text, line } = this.#next('a node');
      if (text === '/' && this.#peek() === '{') {
        this.#at++;
        const root = this.#body('', null, line, 0);
        children.push(...root.children);
        properties = new Map([...properties, ...root.properties]);
      } else if (text.startsWith('&') && this.#peek() === '{') {
        this.#at++;
        children.push(this.#body(text, null, line, 0));
      } else this.#skipStatement();
    }
    return { path: '/', label: null, properties, children, place: 1 };
  }

  #body(path: string, label: string | null, place: number, depth: number): TreeNode {
    const properties = new Map<string, Property>();
    const children: TreeNode[] = [];
    if (depth > MAX_DEPTH) throw new Bad(`nodes are nested deeper than ${MAX_DEPTH}`, place);
    for (;;) {
      const token = this.#next('"}"');
      if (token.text === '}') break;
      if (token.text.startsWith('/')) this.#skipStatement();
      else this.#member(token, path, depth, properties, children);
    }
    if (this.#peek() === ';') this.#at++;
    return { path: path === '' ? '/' : path, label, properties, children, place };
  }

  #member({ text, line }: Token, path: string, depth: number, properties: Map<string, Property>, children: TreeNode[]): void {
    let [name, label]: [string, string | null] = [text, null];
    while (this.#peek() === ':') {
      this.#at++;
      label = name;
      name = this.#next('a name').text;
    }
    const next = this.#next('"{", "=" or ";"');
    if (next.text === '{') children.push(this.#body(`${path}/${name}`, label, line, depth + 1));
    else if (next.text === '=') properties.set(name, this.#value(name, line));
    else if (next.text === ';') properties.set(name, { name, cells: [], strings: [], place: line });
    else throw new Bad(`expected "{", "=" or ";" behind ${name}, not "${next.text}"`, next.line);
  }

  #value(name: string, place: number): Property {
    const cells: Cell[] = [];
    const strings: string[] = [];
    let inCells = false;
    for (;;) {
      const { text, line } = this.#next('";"');
      if (text === ';') return { name, cells, strings, place };
      if (text === '{' || text === '}') throw new Bad(`the value of ${name} has no end: expected ";"`, line);
      if (text === '<') inCells = true;
      else if (text === '>') inCells = false;
      else if (text.startsWith('"')) strings.push(unquoted(text));
      else if (inCells && text.startsWith('&')) cells.push({ reference: text.slice(1).replace(/^\{|\}$/g, '') });
      else if (inCells && /^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text)) cells.push(Number(text) >>> 0);
    }
  }

  #skipStatement(): void {
    while (this.#at < this.#tokens.length && this.#next('";"').text !== ';');
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at]?.text;
  }

  #next(wanted: string): Token {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Bad(`the source ends where ${wanted} was expected`, this.#tokens.at(-1)?.line ?? 1);
    return token;
  }
}

export const isTreeSource = (text: string): boolean => /^\s*\/dts-v1\/;/m.test(text) || /\biommu(?:s|-map)\s*=\s*</.test(text);

/** What is between nodes is one tree; a fragment without `/ { }` is taken as the inside of one. */
export function readTreeSource(text: string): Result<TreeNode> {
  const whole = /^\s*\/\s*\{/m.test(text) || /^\s*&\w+\s*\{/m.test(text);
  try {
    // A fragment's own lines keep their numbers.
    return ok(new SourceReader(tokensOf(whole ? text : `/ {${text}};`)).root());
  } catch (error) {
    if (error instanceof Bad) return fail('bad-device-tree', `device tree source: ${error.message}`, { line: error.line });
    throw error;
  }
}

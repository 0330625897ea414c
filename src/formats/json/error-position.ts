const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const STRING_START = '"';

/** Walks over a JSON text as far as it is one; `at` is where it stops. */
class Scanner {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** False when there is no value at `at`. */
  value(): boolean {
    this.space();
    const open = this.#text[this.at];
    if (open === '{') return this.#list('}', () => this.#member());
    if (open === '[') return this.#list(']', () => this.value());
    LITERAL.lastIndex = this.at;
    const literal = LITERAL.exec(this.#text);
    if (literal === null) return false;
    this.at += literal[0].length;
    return true;
  }

  space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.at] ?? '')) this.at++;
  }

  #take(character: string): boolean {
    this.space();
    if (this.#text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  #member(): boolean {
    this.space();
    return this.#text[this.at] === STRING_START && this.value() && this.#take(':') && this.value();
  }

  #list(close: string, item: () => boolean): boolean {
    this.at++;
    if (this.#take(close)) return true;
    do if (!item()) return false;
    while (this.#take(','));
    return this.#take(close);
  }
}

/** Where a text stops being JSON, since the runtime's own message does not always say: 1-based line and column. */
export function errorPosition(text: string): { line: number; column: number } {
  const scanner = new Scanner(text);
  if (scanner.value()) scanner.space();
  const before = text.slice(0, scanner.at);
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}

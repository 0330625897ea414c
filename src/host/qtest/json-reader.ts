/** Longest request that is looked at, in characters. */
const LIMIT = 1 << 20;

/**
 * Cuts a character stream into JSON objects, wherever their line ends are: requests may be pretty-printed, or several
 * on one line. Calls back with the text of each top-level object, and with other text that ends at a newline.
 */
export class JsonReader {
  readonly #emit: (text: string) => void;
  #text = '';
  #scanned = 0;
  #depth = 0;
  #inString = false;

  constructor(emit: (text: string) => void) {
    this.#emit = emit;
  }

  push(chunk: string): void {
    this.#text += chunk;
    while (this.#scanned < this.#text.length) this.#step(this.#text[this.#scanned]!);
    if (this.#text.length > LIMIT) this.#cut();
  }

  #step(character: string): void {
    this.#scanned++;
    if (this.#inString) {
      // The character after a backslash never ends the string.
      if (character === '\\') this.#scanned++;
      else if (character === '"') this.#inString = false;
    } else if (character === '"') this.#inString = true;
    else if (character === '{' || character === '[') this.#depth++;
    else if (character === '}' || character === ']') this.#close();
    else if (character === '\n' && this.#depth === 0) this.#cut();
  }

  #close(): void {
    this.#depth--;
    if (this.#depth <= 0) this.#cut();
  }

  #cut(): void {
    const text = this.#text.slice(0, this.#scanned).trim();
    this.#text = this.#text.slice(this.#scanned);
    this.#scanned = 0;
    this.#depth = 0;
    this.#inString = false;
    if (text !== '') this.#emit(text);
  }
}

/** Rows of 16 words: millions of them in pieces of 4 MiB, so that growing copies nothing. */
const ROW_WORDS = 16;
/** log2 of the rows of a piece. */
const PIECE = 16;
const PIECE_ROWS = 1 << PIECE;

export class RowTable {
  readonly #pieces: (Int32Array | null)[] = [];
  #length = 0;
  #released = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds a row of zeros. */
  push(): void {
    // A short list should not cost 4 MiB: the system gives pages of a fresh array as they are written.
    if (this.#length % PIECE_ROWS === 0) this.#pieces.push(new Int32Array(PIECE_ROWS * ROW_WORDS));
    this.#length++;
  }

  /** Lets go the rows from `length` on; a row that is added later is of zeros all the same. */
  cut(length: number): void {
    if (length >= this.#length) return;
    this.#pieces.length = Math.ceil(length / PIECE_ROWS);
    const end = Math.min(this.#length, this.#pieces.length * PIECE_ROWS);
    if (length < end) this.words(length).fill(0, this.at(length), this.at(end - 1) + ROW_WORDS);
    this.#length = length;
  }

  /** The words among which row `index` is; it begins at `at(index)`. */
  words(index: number): Int32Array {
    return this.#pieces[index >>> PIECE]!;
  }

  /** Lets go whole pieces of the rows before `index`: they are asked for no more. */
  release(index: number): void {
    for (; (this.#released + 1) * PIECE_ROWS <= index; this.#released++) this.#pieces[this.#released] = null;
  }

  at(index: number): number {
    return (index & (PIECE_ROWS - 1)) * ROW_WORDS;
  }
}

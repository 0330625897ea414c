export interface LineSink {
  line(text: string): void;
  /** A line of more than the allowed bytes ended; it was dropped. */
  tooLong(): void;
}

const NEWLINE = 0x0a;

/** Cuts a byte stream into lines. Pieces of a long line are kept apart until it ends, so that it costs no more than its length. */
export class LineReader {
  readonly #sink: LineSink;
  readonly #limit: number;
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(limit: number, sink: LineSink) {
    this.#limit = limit;
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#finish();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  #keep(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length <= this.#limit) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  #finish(): void {
    const line = Buffer.concat(this.#pieces).toString('latin1');
    const tooLong = this.#length > this.#limit;
    this.#pieces = [];
    this.#length = 0;
    if (tooLong) this.#sink.tooLong();
    else this.#sink.line(line);
  }
}

/** Where two traces part, word by word: for a run that is done anew and should be the same. */
import type { RecordDifference } from '../../protocol/contract.ts';
import { decodeRecord, RECORD_WORDS } from '../../model/trace/record.ts';
import { stepOf } from '../../model/trace/steps.ts';
import type { ReadOptions, RecordSource } from '../trace/record-source.ts';

/** The first record that is not the same in both; null: there is none. */
export async function firstDifference(before: RecordSource, now: RecordSource, options: ReadOptions = {}): Promise<RecordDifference | null> {
  const [a, b] = [new Reader(before, options), new Reader(now, {})];
  try {
    for (let position = 0; ; position++) {
      const [one, other] = [await a.next(), await b.next()];
      if (one === null && other === null) return null;
      if (one === null || other === null || one.some((word, at) => word !== other[at])) return { position, before: textOf(one), now: textOf(other) };
    }
  } finally {
    await Promise.all([a.end(), b.end()]);
  }
}

const textOf = (words: Int32Array | null): string | null => (words === null ? null : stepOf(decodeRecord(words, 0)).text);

/** One record after the other, however many are in a piece. */
class Reader {
  readonly #pieces: AsyncIterator<{ readonly words: Int32Array }>;
  #words: Int32Array = new Int32Array(0);
  #at = 0;

  constructor(source: RecordSource, options: ReadOptions) {
    this.#pieces = source.pieces(options)[Symbol.asyncIterator]();
  }

  async next(): Promise<Int32Array | null> {
    while (this.#at >= this.#words.length) {
      const piece = await this.#pieces.next();
      if (piece.done === true) return null;
      [this.#words, this.#at] = [piece.value.words, 0];
    }
    const from = this.#at;
    this.#at += RECORD_WORDS;
    return this.#words.subarray(from, this.#at);
  }

  async end(): Promise<void> {
    await this.#pieces.return?.();
  }
}

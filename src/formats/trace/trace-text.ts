/** A trace as the text of another format, made piece by piece: what is written is `head`, then `records` for each piece, then `end`. */
export interface TraceText {
  readonly head: string;
  /** Whole records (RECORD_WORDS words each), in order. */
  records(words: Int32Array): string;
  end(): string;
}

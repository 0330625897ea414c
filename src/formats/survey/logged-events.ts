/** Events that a text tells of, to be put beside structures: of kernel logs, traces of QEMU, and words. */
import type { DecodedText } from '../words/decoded-text.ts';

export interface EventOfText {
  /** 1-based. */
  readonly line: number;
  /** Eight 32-bit words. */
  readonly words: Uint32Array;
}

const EVENT_WORDS = 4;

export const wordsOfTexts = (texts: readonly string[]): Uint32Array =>
  Uint32Array.from(texts.flatMap((text) => [Number(BigInt.asUintN(32, BigInt(`0x${text}`))), Number(BigInt(`0x${text}`) >> 32n)]));

export const eventsOfText = ({ records }: DecodedText): EventOfText[] =>
  records.filter(({ kind, words }) => kind === 'event' && words.length === EVENT_WORDS).map(({ line = 1, words }) => ({ line, words: wordsOfTexts(words) }));

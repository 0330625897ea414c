import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';

/** 64-bit words as people and tools write them: a command line, a dump, a log, a memory image in hex. */

const DIGITS = /^[0-9a-fA-F]+$/;
const WORD_DIGITS = 16;

/** Bytes in memory order as 64-bit little-endian words. */
function wordsOfBytes(digits: string): bigint[] {
  const words: bigint[] = [];
  for (let at = 0; at < digits.length; at += WORD_DIGITS) {
    const bytes = digits.slice(at, at + WORD_DIGITS).match(/../g)!;
    words.push(BigInt(`0x${bytes.reverse().join('')}`));
  }
  return words;
}

/** One token: a word with or without `0x`, or more than 16 digits as bytes in memory order. */
function wordsOfToken(token: string): bigint[] | null {
  const prefixed = /^0x/i.test(token);
  const digits = prefixed ? token.slice(2) : token;
  if (!DIGITS.test(digits)) return null;
  if (digits.length <= WORD_DIGITS) return [BigInt(`0x${digits}`)];
  return !prefixed && digits.length % WORD_DIGITS === 0 ? wordsOfBytes(digits) : null;
}

const isHalf = (token: string): boolean => /^(?:0x)?[0-9a-fA-F]{8}$/i.test(token);

/** Pairs of 32-bit words, low half first, as a dump of 32-bit words has them. */
const joinHalves = (halves: readonly bigint[]): bigint[] =>
  Array.from({ length: halves.length / 2 }, (_, at) => (halves[at * 2 + 1]! << 32n) | halves[at * 2]!);

/**
 * The 64-bit words in `text`. Words may be written with or without `0x`, separated by spaces, commas, quotes or brackets;
 * a row of four or more 8-digit words is read as 32-bit words, low half first; more than 16 digits in a row are
 * bytes in memory order.
 */
export function parseWords(text: string): Result<bigint[]> {
  const tokens = text.split(/[\s,;'"[\](){}]+/).filter((token) => token !== '');
  const words: bigint[] = [];
  for (const token of tokens) {
    const some = wordsOfToken(token);
    if (some === null) return fail('bad-word', `"${token}" is no word: expected up to 16 hexadecimal digits, or bytes in groups of 16 digits`);
    words.push(...some);
  }
  const halves = words.length >= 4 && words.length % 4 === 0 && tokens.length === words.length && tokens.every(isHalf);
  return ok(halves ? joinHalves(words) : words);
}

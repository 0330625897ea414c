/** Trace records back from the JSON lines that `run --trace` writes: the words of each, in order. */
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { RECORD_WORDS } from '../../model/trace/record.ts';

const WORD = /^[0-9a-f]{8}$/;

function wordsOf(line: string): readonly string[] | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const words: unknown = typeof value === 'object' && value !== null && 'words' in value ? value.words : null;
  return Array.isArray(words) && words.length === RECORD_WORDS && words.every((word): word is string => typeof word === 'string' && WORD.test(word)) ? words : null;
}

/** The words of one line; `number` counts lines from 1, for the error. */
export function readTraceLine(line: string, number: number): Result<Int32Array> {
  const words = wordsOf(line);
  if (words === null) return fail('bad-trace', `expected a record of a trace, such as {"seq": 0, ..., "words": [${RECORD_WORDS} words of 8 hex digits]}; got ${line.slice(0, 60)}`, { line: number });
  return ok(Int32Array.from(words, (word) => parseInt(word, 16) | 0));
}

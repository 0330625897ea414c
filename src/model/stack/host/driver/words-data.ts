import type { HopData } from '../../journal.ts';

/** 64-bit words of a command or an event, as they lie in its queue. */
export function wordsData(type: 'command' | 'event', words: readonly bigint[]): HopData {
  const bytes = new Uint8Array(words.length * 8);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setBigUint64(i * 8, word, true));
  return { type, bytes };
}

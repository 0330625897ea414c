/** The cause of a misuse in words 3 to 7 of the payload of its record. */
import { fromWords, hiWord, loWord } from '../base/address.ts';
import { MISUSE_CAUSES, MISUSE_STRUCTURES } from '../spec/misuse.ts';
import type { MisuseCause } from '../spec/misuse.ts';

const STRUCTURE_SHIFT = 8;
const LEVEL_SHIFT = 12;

/** Word 0: MISUSE_CAUSES, MISUSE_STRUCTURES [11:8], level [15:12]; then the command, bit and number of fields, or the word that was and the one that is. */
export function causeWords(cause: MisuseCause): number[] {
  const kind = MISUSE_CAUSES.indexOf(cause.kind);
  if (cause.kind === 'command') return [kind, ...Array.from(cause.words)];
  const structure = kind | (MISUSE_STRUCTURES.indexOf(cause.structure) << STRUCTURE_SHIFT);
  if (cause.kind === 'fields') return [structure, cause.bit, cause.count];
  return [structure | (cause.level << LEVEL_SHIFT), loWord(cause.old), hiWord(cause.old), loWord(cause.now), hiWord(cause.now)];
}

/** The cause in the payload of a MISUSE record; undefined: there is none. */
export function causeOf(payload: Uint32Array): MisuseCause | undefined {
  const [first = 0, ...words] = payload.subarray(3);
  const kind = MISUSE_CAUSES[first & 0xff];
  const structure = MISUSE_STRUCTURES[(first >>> STRUCTURE_SHIFT) & 15] ?? 'STE';
  if (kind === 'command') return { kind, words };
  if (kind === 'fields') return { kind, structure, bit: words[0]!, count: words[1]! };
  if (kind === 'change') return { kind, structure, level: (first >>> LEVEL_SHIFT) & 15, old: fromWords(words[1]!, words[0]!), now: fromWords(words[3]!, words[2]!) };
  return undefined;
}

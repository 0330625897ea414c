import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { caseOf, CD, COMMANDS, EVENTS, PRI_ENTRY, STE } from '../../model/spec/index.ts';
import type { RecordDef } from '../../model/spec/index.ts';
import { KIND_TITLES, WORD_KINDS, WORDS_OF } from './decode-as.ts';
import type { WordKind } from './decode-as.ts';
import { decodeFields, reservedBits, toWords32 } from './decoded.ts';

/** Reserved bits are 0, and coded fields have codes that exist. */
function fits(record: RecordDef, words: Uint32Array): boolean {
  if (reservedBits(record, words).length > 0) return false;
  const fields = new Map(record.fields.map((field) => [field.name, field]));
  return decodeFields(record, words).every(({ name, raw }) => {
    const values = fields.get(name)?.values;
    return values === undefined || values[Number(raw)] !== undefined;
  });
}

/** X, R, W and Last of a PRI queue entry, from bit 59 up. */
const ASKS = 0xf;

/** Whether words can be of a kind, as far as the words themselves tell. A structure that is not valid tells nothing. */
const COULD_BE: Readonly<Record<WordKind, (words: Uint32Array) => boolean>> = {
  // The number decides: QEMU fills bits that the architecture reserves, and its records are events all the same.
  event: (words) => caseOf(EVENTS, words, 0) !== null,
  cmd: (words) => {
    const found = caseOf(COMMANDS, words, 0);
    return found !== null && fits(found, words);
  },
  // A request asks for something, or is the last of its group or a stop marker.
  pri: (words) => ((words[1]! >>> 27) & ASKS) !== 0 && fits(PRI_ENTRY, words),
  ste: (words) => (words[0]! & 1) === 1 && fits(STE, words),
  // V and AA64.
  cd: (words) => words[0]! >>> 31 === 1 && (words[1]! & (1 << 9)) !== 0 && fits(CD, words),
  pte: () => true,
};

/** Which kind of record the words are; an error when they fit none, or two alike. */
export function recognise(words: readonly bigint[]): Result<WordKind> {
  const long = WORD_KINDS.filter((kind) => WORDS_OF[kind] === words.length);
  if (long.length === 0) {
    const lengths = WORD_KINDS.map((kind) => `${KIND_TITLES[kind]} ${WORDS_OF[kind]}`).join(', ');
    return fail('not-recognised', `${words.length} words of 64 bits are no record of the SMMU; expected ${lengths}`);
  }
  const words32 = toWords32(words);
  const [first, ...more] = long.filter((kind) => COULD_BE[kind](words32));
  const named = (kinds: readonly WordKind[], between: string): string => kinds.map((kind) => KIND_TITLES[kind]).join(between);
  if (first === undefined) return fail('not-recognised', `these ${words.length} words are not ${named(long, ' or ')}; say which with --kind to decode them anyway`);
  if (more.length > 0) return fail('ambiguous', `these ${words.length} words can be ${named([first, ...more], ' and ')}; say which with --kind`);
  return ok(first);
}

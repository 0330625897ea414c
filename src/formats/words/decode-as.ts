import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { caseOf, CD, COMMANDS, commandName, eventName, EVENTS, PRI_ENTRY, STE } from '../../model/spec/index.ts';
import type { CaseDef, RecordDef, TaggedDef } from '../../model/spec/index.ts';
import { decodeFields, reservedBits, toWords32, wordText } from './decoded.ts';
import type { DecodedRecord, RecordKind } from './decoded.ts';
import { decodeDescriptor } from './descriptor.ts';
import type { DescriptorPlace } from './descriptor.ts';
import { explainEvent } from './explain-event.ts';

/** Kinds that words alone can be decoded as. */
export const WORD_KINDS = ['event', 'ste', 'cd', 'cmd', 'pri', 'pte'] as const;
export type WordKind = (typeof WORD_KINDS)[number];

/** 64-bit words of one record. */
export const WORDS_OF: Readonly<Record<WordKind, number>> = { event: 4, ste: 8, cd: 8, cmd: 2, pri: 2, pte: 1 };

/** What a kind is called in a message. */
export const KIND_TITLES: Readonly<Record<WordKind, string>> = {
  event: 'an event record',
  ste: 'an STE',
  cd: 'a CD',
  cmd: 'a command',
  pri: 'a PRI queue entry',
  pte: 'a translation table descriptor',
};

/** Decodes words as a record that is known. */
export function decodeWith(kind: RecordKind, record: RecordDef, words: readonly bigint[], notes: readonly string[] = []): DecodedRecord {
  const words32 = toWords32(words);
  const reserved = reservedBits(record, words32);
  const all = reserved.length === 0 ? notes : [...notes, `reserved bits are not 0: ${reserved.join(' ')}`];
  return {
    kind,
    type: record.id,
    title: record.title,
    section: record.section,
    words: words.map(wordText),
    fields: decodeFields(record, words32),
    ...(all.length === 0 ? {} : { notes: all }),
  };
}

const tagOf = (tagged: TaggedDef, words: readonly bigint[]): number => Number(words[0]! & ((1n << BigInt(tagged.tag.hi + 1)) - 1n));

const known = (tagged: TaggedDef): string => tagged.cases.map((one) => `0x${one.number.toString(16).padStart(2, '0')}`).join(' ');

/** An implementation defined event or command has a name but no fields. */
function unnamed(kind: WordKind, type: string, section: string, words: readonly bigint[]): DecodedRecord {
  return { kind, type, title: type, section, words: words.map(wordText), fields: [], notes: ['implementation defined: its fields are not known'] };
}

/** An event with what it means. */
export function decodeEvent(event: CaseDef, words: readonly bigint[], notes: readonly string[] = []): DecodedRecord {
  const said = explainEvent(event, toWords32(words));
  return { ...decodeWith('event', event, words, notes), ...(said === null ? {} : { cause: said.cause, remedy: said.remedy }) };
}

function decodeTagged(kind: 'event' | 'cmd', words: readonly bigint[]): Result<DecodedRecord> {
  const tagged = kind === 'event' ? EVENTS : COMMANDS;
  const found = caseOf(tagged, toWords32(words), 0);
  if (found !== null) return ok(kind === 'event' ? decodeEvent(found, words) : decodeWith(kind, found, words));
  const number = tagOf(tagged, words);
  const name = kind === 'event' ? eventName(number) : commandName(number);
  if (name.startsWith('IMPDEF')) return ok(unnamed(kind, name, tagged.section, words));
  const what = kind === 'event' ? 'event number' : 'command opcode';
  return fail(`no-${kind}`, `0x${number.toString(16).padStart(2, '0')} is no ${what} (IHI 0070 ${tagged.section}); expected one of ${known(tagged)}`);
}

/**
 * Decodes the words of one record through the one table. The error says what is wrong with them: their number, or an
 * event number or opcode that does not exist. `place` says of a descriptor what its bits do not.
 */
export function decodeAs(kind: WordKind, words: readonly bigint[], place: DescriptorPlace = {}): Result<DecodedRecord> {
  const wanted = WORDS_OF[kind];
  if (words.length !== wanted) {
    return fail('wrong-length', `${KIND_TITLES[kind]} has ${wanted} word${wanted === 1 ? '' : 's'} of 64 bits, got ${words.length}`);
  }
  switch (kind) {
    case 'event':
    case 'cmd':
      return decodeTagged(kind, words);
    case 'ste':
      return ok(decodeWith(kind, STE, words));
    case 'cd':
      return ok(decodeWith(kind, CD, words));
    case 'pri':
      return ok(decodeWith(kind, PRI_ENTRY, words));
    case 'pte':
      return ok(decodeDescriptor(words[0]!, place));
  }
}

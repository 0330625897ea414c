/** Bytes that lie in a queue or crossed a boundary, decoded. */
import { decodeFields, toWords32, wordText } from '../../formats/words/decoded.ts';
import { decodeUapi } from '../../formats/words/uapi.ts';
import { hex } from '../../model/base/address.ts';
import { caseOf, COMMANDS, EVENTS, PRI_ENTRY } from '../../model/spec/index.ts';
import type { RecordDef } from '../../model/spec/index.ts';
import type { Crossing } from '../../protocol/contract.ts';
import { toField } from './field.ts';

/** `command`, `event`, `page-request`, or what decodeUapi knows. */
export function crossingOf(type: string, bytes: Uint8Array): Crossing {
  const words = wordsOf(bytes);
  if (type === 'command' || type === 'event') return crossingOfQueue(type, toWords32(words));
  if (type === 'page-request') return crossingOfRecord(PRI_ENTRY, toWords32(words));
  const { title, members } = decodeUapi(type, bytes);
  const fields = members.map(({ bits, ...member }) => ({ ...member, bits: [...bits] as [number, number], section: '' }));
  return { title, section: null, words: words.map(wordText), bytes: bytes.length, fields };
}

const QUEUED = { command: { table: COMMANDS, words: 4 }, event: { table: EVENTS, words: 8 } } as const;

/** `raw` has at least the words of an entry. */
export function crossingOfQueue(type: 'command' | 'event', raw: Uint32Array): Crossing {
  const { table, words: length } = QUEUED[type];
  const words = raw.subarray(0, length);
  const record = caseOf(table, words, 0);
  const bytes = new Uint8Array(Uint32Array.from(words).buffer);
  return {
    title: record?.id ?? `${type} ${hex(BigInt(words[0]! & 0xff))}`,
    section: record?.section ?? null,
    words: wordsOf(bytes).map(wordText),
    bytes: bytes.length,
    fields: record === null ? [] : decodeFields(record, words).map(toField),
  };
}

/** A record of one kind only. */
const crossingOfRecord = (record: RecordDef, words: Uint32Array): Crossing => ({
  title: record.title,
  section: record.section,
  words: wordsOf(new Uint8Array(words.buffer)).map(wordText),
  bytes: record.bytes,
  fields: decodeFields(record, words).map(toField),
});

function wordsOf(bytes: Uint8Array): bigint[] {
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return Array.from({ length: padded.length / 8 }, (_, word) => view.getBigUint64(word * 8, true));
}

import type { LabError, Result } from '../../model/base/result.ts';
import { importText } from '../import/importers.ts';
import { decodeAs, WORDS_OF } from './decode-as.ts';
import type { WordKind } from './decode-as.ts';
import type { DecodedRecord } from './decoded.ts';
import type { DecodedText } from './decoded-text.ts';
import type { DescriptorPlace } from './descriptor.ts';
import { parseWords } from './parse-words.ts';
import { recognise } from './recognise.ts';

/** Words that stand together: on one line, or one below the other. */
interface Group {
  readonly line: number;
  readonly words: bigint[];
}

function groupsOf(text: string): { groups: Group[]; problems: LabError[] } {
  const groups: Group[] = [];
  const problems: LabError[] = [];
  let column: Group | null = null;
  for (const [index, raw] of text.split('\n').entries()) {
    const parsed = parseWords(raw.replace(/#.*$/, ''));
    if (!parsed.ok) problems.push({ ...parsed.error, at: { line: index + 1 } });
    const words = parsed.ok ? parsed.value : [];
    if (words.length === 1 && column !== null) column.words.push(words[0]!);
    else if (words.length > 0) groups.push({ line: index + 1, words });
    column = words.length === 1 ? (column ?? groups[groups.length - 1]!) : null;
  }
  return { groups, problems };
}

/** A group of words as records of `kind`, or of the kind that they show. */
function decodeGroup(words: readonly bigint[], kind: WordKind | null, place: DescriptorPlace): Result<DecodedRecord[]> {
  const known = kind === null ? recognise(words) : null;
  if (known !== null && !known.ok) return known;
  const as = kind ?? known!.value;
  const length = WORDS_OF[as];
  const records: DecodedRecord[] = [];
  for (let at = 0; at < words.length; at += length) {
    const one = decodeAs(as, words.slice(at, at + length), place);
    if (!one.ok) return one;
    records.push(one.value);
  }
  return { ok: true, value: records };
}

/**
 * Decodes what `text` holds: kernel log lines, or words of one record on a line (or one below the other; an empty line
 * ends a record, `#` starts a comment). Without `kind` each record's kind is recognised.
 */
export function decodeText(text: string, kind: WordKind | null = null, place: DescriptorPlace = {}): DecodedText {
  const imported = kind === null ? importText(text) : null;
  if (imported !== null) return imported;
  const { groups, problems } = groupsOf(text);
  // Some other text altogether: one line of it says so.
  if (groups.length === 0) return { records: [], problems: problems.slice(0, 1) };
  const records: DecodedRecord[] = [];
  for (const { line, words } of groups) {
    const decoded = decodeGroup(words, kind, place);
    if (decoded.ok) records.push(...decoded.value.map((one) => ({ ...one, line })));
    else problems.push({ ...decoded.error, at: { line } });
  }
  return { records, problems };
}

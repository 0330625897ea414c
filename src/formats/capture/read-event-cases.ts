/** The cases of an event capture as records: one structure was damaged, one access made; what the SMMU then said of it. */
import type { LabError } from '../../model/base/result.ts';
import { readJson } from '../json/read-json.ts';
import { decodeAs } from '../words/decode-as.ts';
import type { DecodedText } from '../words/decoded-text.ts';
import type { DecodedRecord } from '../words/decoded.ts';
import { eventCasesSchema } from './known-answers.ts';
import type { EventCase } from './known-answers.ts';

const FILE = 'events-cases.json';
const CASE = /"case"\s*:/;

export const isEventCases = (text: string): boolean => CASE.test(text) && /"records"\s*:/.test(text) && /"kernel"\s*:/.test(text) && text.trimStart().startsWith('{');

function notesOf({ case: name, poke, dma }: EventCase): string[] {
  const done = poke === undefined || poke === 'none' ? [] : [`what had been done before: ${poke}`];
  return [`case ${name}`, ...done, ...(dma === undefined ? [] : [`the access: ${dma} (r reads, w writes)`])];
}

const silent = (one: EventCase): DecodedRecord => ({
  kind: 'message', type: one.case, title: 'an access of which no event was recorded', section: '7.2', words: [], fields: [],
  cause: 'Nothing lies in the event queue for it.', notes: notesOf(one),
});

export function readEventCases(text: string): DecodedText {
  const read = readJson(text, eventCasesSchema, FILE);
  if (!read.ok) return { records: [], problems: [read.error] };
  const lines = text.split('\n').flatMap((line, at) => (CASE.test(line) ? [at + 1] : []));
  const records: DecodedRecord[] = [];
  const problems: LabError[] = [];
  for (const [index, one] of read.value.cases.entries()) {
    const line = lines[index] ?? 1;
    if (one.records.length === 0) records.push({ ...silent(one), line });
    for (const words of one.records) {
      const decoded = decodeAs('event', words);
      if (decoded.ok) records.push({ ...decoded.value, line, notes: [...notesOf(one), ...(decoded.value.notes ?? [])] });
      else problems.push({ ...decoded.error, at: { line } });
    }
  }
  return { records, problems };
}

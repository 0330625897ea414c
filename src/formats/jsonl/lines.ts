import { decodeRecord, RECORD_WORDS } from '../../model/trace/record.ts';
import { stepOf } from '../../model/trace/steps.ts';
import type { TraceText } from '../trace/trace-text.ts';
import { wordTexts } from '../trace/word-texts.ts';

/** Trace records as JSON lines: each with its sequence number, transaction, kind and sentence, and its 16 words in hex. */
export function traceLines(records: Int32Array): string {
  const lines: string[] = [];
  for (let at = 0; at < records.length; at += RECORD_WORDS) {
    const record = decodeRecord(records, at);
    lines.push(`${JSON.stringify({ transaction: record.transaction, ...stepOf(record), words: wordTexts(records, at) })}\n`);
  }
  return lines.join('');
}

export const traceJsonl = (): TraceText => ({ head: '', records: traceLines, end: () => '' });

import { decodeRecord, RECORD_WORDS } from '../../model/trace/record.ts';
import { stepOf } from '../../model/trace/steps.ts';

/** Trace records as JSON lines: each with its sequence number, transaction, kind and sentence, and its 16 words in hex. */
export function traceLines(records: Int32Array): string {
  const lines: string[] = [];
  for (let at = 0; at < records.length; at += RECORD_WORDS) {
    const record = decodeRecord(records, at);
    const words = Array.from(records.subarray(at, at + RECORD_WORDS), (word) => (word >>> 0).toString(16).padStart(8, '0'));
    lines.push(`${JSON.stringify({ transaction: record.transaction, ...stepOf(record), words })}\n`);
  }
  return lines.join('');
}

import { RECORD_WORDS } from '../../model/trace/record.ts';

/** The words of the record at `at`: 8 hex digits each. */
export const wordTexts = (records: Int32Array, at: number): string[] =>
  Array.from(records.subarray(at, at + RECORD_WORDS), (word) => (word >>> 0).toString(16).padStart(8, '0'));

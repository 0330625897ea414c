/** The trace in a file of JSON lines, as `run --trace` and exports write it: line by line, so that no text of the whole file is made. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { readTraceLine } from '../../formats/jsonl/read-lines.ts';
import { RECORD_WORDS } from '../../model/trace/record.ts';
import { RpcError } from '../../protocol/errors.ts';
import { recordSource } from './record-source.ts';
import type { RecordSource } from './record-source.ts';

const PIECE = 65_536;

/** Throws an RpcError: `unreadable`; `bad-trace` with the line that is no record. What was left out of such a file is not known: it has no digest. */
export async function openTraceFile(file: string): Promise<RecordSource> {
  const pieces: Int32Array[] = [];
  let [records, line] = [0, 0];
  try {
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      line++;
      if (text.trim() === '') continue;
      const words = readTraceLine(text, line);
      if (!words.ok) throw new RpcError({ ...words.error, at: { line, file } });
      if (records % PIECE === 0) pieces.push(new Int32Array(PIECE * RECORD_WORDS));
      pieces.at(-1)!.set(words.value, (records++ % PIECE) * RECORD_WORDS);
    }
  } catch (error) {
    if (error instanceof RpcError) throw error;
    throw new RpcError({ code: 'unreadable', message: `the trace cannot be read: ${(error as Error).message}`, at: { file } });
  }
  const info = { level: null, records, dropped: 0, omitted: 0, digest: null };
  return recordSource(info, (piece, first) => (pieces[piece] ?? new Int32Array(0)).subarray(0, (records - first) * RECORD_WORDS));
}

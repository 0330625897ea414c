/** What a crash left of runs under way becomes stored runs: whole where they had ended, else cut off behind the last record. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { KIND, PAYLOAD, RECORD_BYTES, RECORD_WORDS } from '../../model/trace/record.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { RunSummary } from '../store/api.ts';
import type { StoreClient } from '../store/store-client.ts';
import { recordSource } from '../trace/record-source.ts';
import type { RecordSource, TraceInfo } from '../trace/record-source.ts';
import { TraceIndex } from '../trace/trace-index.ts';
import type { RunDetails } from './run-record.ts';
import { UnfinishedRun } from './unfinished.ts';

/** Records read at once: 4 MiB. */
const PIECE = 65_536;

type Summary = Omit<RunSummary, 'version'>;

/** Resolves to how many there were. A store that cannot be written, or an abort, leaves them for another time. */
export async function recoverRuns(store: StoreClient, folder: string, signal?: AbortSignal): Promise<number> {
  if (!(await store.status()).canSave) return 0;
  let recovered = 0;
  for (const run of UnfinishedRun.claimAll(folder)) {
    if (await recover(store, run, signal)) recovered++;
    run.remove();
  }
  return recovered;
}

async function recover(store: StoreClient, run: UnfinishedRun, signal: AbortSignal | undefined): Promise<boolean> {
  const file = opened(run.records);
  if (file === null) return false;
  try {
    const { documents, whenFull, ended, summary } = run.about;
    const found = ended ? summary : await summaryOf(file, summary, whenFull, signal);
    if (found.records === 0) return false;
    const { sessionId: id, when } = summary;
    const version = await store.call('versionOf', { id, documents, when });
    await store.saveTrace({ ...found, version }, sourceIn(file, found), { signal });
    return true;
  } catch (error) {
    // The session was deleted meanwhile.
    if (error instanceof RpcError && error.code === RPC_CODES.notFound) return false;
    throw error;
  } finally {
    closeSync(file);
  }
}

function opened(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch {
    return null;
  }
}

function sourceIn(file: number, { level, records, dropped, omitted, cut = false, digest }: Omit<TraceInfo, 'level'> & Pick<Summary, 'level'>): RecordSource {
  return recordSource({ level, records, dropped, omitted, cut, digest }, (_piece, first) => {
    const words = new Int32Array(Math.min(PIECE, records - first) * RECORD_WORDS);
    const bytes = new Uint8Array(words.buffer);
    for (let done = 0; done < bytes.byteLength; ) {
      const count = readSync(file, bytes, done, bytes.byteLength - done, first * RECORD_BYTES + done);
      if (count === 0) return words.subarray(0, Math.floor(done / RECORD_BYTES) * RECORD_WORDS);
      done += count;
    }
    return words;
  });
}

/** Of a run that was cut off: what its records tell, up to the last whole one. */
async function summaryOf(file: number, summary: Summary, whenFull: 'wait' | 'drop', signal: AbortSignal | undefined): Promise<Summary> {
  const index = new TraceIndex();
  const most = Math.floor(fstatSync(file).size / RECORD_BYTES);
  let [records, next, position, isWhole] = [0, 0, 0, true];
  for await (const { words } of sourceIn(file, { ...summary, records: most }).pieces({ signal })) {
    let at = 0;
    for (; isWhole && at < words.length; at += RECORD_WORDS) {
      const [kind, seq] = [words[at]! & 0xff, words[at + 1]! >>> 0];
      // A power cut can leave room in a file that nothing was written to.
      isWhole = kind !== 0 && seq >= next;
      if (!isWhole) break;
      next = seq + 1;
      if (kind === KIND.STEP) position = words[at + PAYLOAD]!;
    }
    index.add(words.subarray(0, at), records);
    index.release(index.ended, index.events);
    records += at / RECORD_WORDS;
    if (!isWhole) break;
  }
  const missing = next - records;
  const lost = whenFull === 'drop' ? { dropped: missing, omitted: 0 } : { dropped: 0, omitted: missing };
  const details = { ...(JSON.parse(summary.details) as RunDetails), ...lost, position, expectations: '0'.repeat(position) };
  return { ...summary, ...lost, records, transactions: index.transactions, faults: index.faults, digest: null, cut: true, details: JSON.stringify(details) };
}

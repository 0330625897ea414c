/**
 * `node test/bench/storage.ts [RECORDS]` (10 million by default): what it costs to capture, store, reopen, filter and export a trace, beside raw
 * file writing in the same run. The peak of memory is that of the whole process. Prints a table.
 */
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { exportSession, importBundle } from '../../src/host/bundle/transfer.ts';
import { sourceWorkers } from '../../src/host/index.ts';
import { DATABASE_FILE } from '../../src/host/store/database.ts';
import { QueryClient } from '../../src/host/store/query/query-client.ts';
import { StoreClient } from '../../src/host/store/store-client.ts';
import { Drain } from '../../src/host/trace/drain.ts';
import { recordSource } from '../../src/host/trace/record-source.ts';
import { RECORD_BYTES, RECORD_WORDS } from '../../src/model/trace/record.ts';
import { ringBytes, TraceRing } from '../../src/model/trace/ring.ts';
import { CaptureFile } from './capture-file.ts';
import type { Spent } from './captured-walks.ts';
import type { ProducerData } from './producer.ts';

const RECORDS = Number(process.argv[2] ?? 10_000_000);
/** With and without a record of each, in turn; the best of each counts, so that many short rounds find the quiet moments. A round fills the ring four times. */
const ROUNDS = 60;
const ROUND = 250_000;
const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-storage-'));
const workers = sourceWorkers(join(import.meta.dirname, '..', '..', 'src', 'host'));
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

function row(what: string, ms: number, more = ''): void {
  console.log(`${what.padEnd(28)}${(ms / 1000).toFixed(2).padStart(8)} s ${(RECORDS / ms / 1000).toFixed(2).padStart(8)} M records/s ${megabytes((RECORDS * RECORD_BYTES) / (ms / 1000)).padStart(9)}/s  ${more}`);
}

async function timed<T>(work: () => T | Promise<T>): Promise<[number, T]> {
  const start = performance.now();
  const result = await work();
  return [performance.now() - start, result];
}

function rawWrite(): void {
  const file = openSync(join(folder, 'raw'), 'w');
  const piece = new Uint8Array(1024 * 1024).fill(7);
  for (let left = RECORDS * RECORD_BYTES; left > 0; left -= piece.byteLength) writeSync(file, piece, 0, Math.min(left, piece.byteLength));
  closeSync(file);
  rmSync(join(folder, 'raw'));
}

function best(so: [number, number], { clock, cpu }: Spent): void {
  so[0] = Math.min(so[0], clock);
  so[1] = Math.min(so[1], cpu);
}

class Producer {
  readonly #ring = new SharedArrayBuffer(ringBytes(65_536));
  readonly #worker = new Worker(join(import.meta.dirname, 'producer.ts'), { workerData: { ring: this.#ring } satisfies ProducerData });

  async #run(count: number, captured: boolean): Promise<Spent> {
    this.#worker.postMessage({ count, captured });
    return ((await once(this.#worker, 'message')) as [Spent])[0];
  }

  alone(count: number): Promise<Spent> {
    return this.#run(count, false);
  }

  async into(file: CaptureFile, count: number): Promise<Spent> {
    const drain = new Drain(new TraceRing(this.#ring), (words) => file.append(words), (error) => {
      throw error;
    });
    drain.start();
    const spent = await this.#run(count, true);
    drain.stop();
    return spent;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

async function capture(): Promise<CaptureFile> {
  const producer = new Producer();
  const small = new CaptureFile(join(folder, 'small'));
  const [alone, captured] = [[Infinity, Infinity], [Infinity, Infinity]] as [[number, number], [number, number]];
  let unhindered = 0;
  for (let round = 0; round < ROUNDS; round++) {
    best(alone, await producer.alone(ROUND));
    const spent = await producer.into(small, ROUND);
    best(captured, spent);
    if (spent.waits === 0) unhindered++;
  }
  small.close();
  for (const [at, what] of ['by the clock', "of the engine's CPU"].entries()) {
    console.log(`a walk of 24 reads ${what}: ${alone[at]!.toFixed(1)} ns alone, ${captured[at]!.toFixed(1)} ns with a record of each kept: ${(captured[at]! / alone[at]!).toFixed(2)}x`);
  }
  console.log(`the engine waited for room in ${ROUNDS - unhindered} of ${ROUNDS} rounds`);
  await producer.end();
  const recording = new Producer();
  const file = new CaptureFile(join(folder, 'trace'));
  const [ms] = await timed(() => recording.into(file, RECORDS));
  await recording.end();
  row('captured into a file', ms, `${file.records} of ${RECORDS}`);
  return file;
}

async function main(): Promise<void> {
  row('raw file writing', (await timed(rawWrite))[0]);
  const file = await capture();
  const info = { level: 'transactions', records: file.records, dropped: 0, omitted: 0, digest: file.digest() } as const;
  const store = new StoreClient(workers.store, folder);
  const { id, version } = await store.call('save', { id: null, title: 'Storage', documents: { host: '', guest: '', steps: '' }, when: '' });
  const summary = { sessionId: id, version, when: '', records: file.records, transactions: file.records, faults: 0, details: '{"position":0,"devices":[]}', level: info.level, dropped: 0, omitted: 0, digest: info.digest };
  const source = recordSource(info, (_piece, first) => file.read(first, 65_536));
  const [stored] = await timed(() => store.saveTrace(summary, source));
  await store.call('check', {});
  row('stored and indexed', stored, megabytes(statSync(join(folder, DATABASE_FILE)).size));
  file.close();
  const [run] = (await store.call('open', { id })).runs;
  const back = await store.traceSource(run!.id);
  const [read, count] = await timed(async () => {
    let records = 0;
    for await (const { words } of back.pieces()) records += words.length / RECORD_WORDS;
    return records;
  });
  row('read back', read, `${count} records`);
  const queries = new QueryClient(workers.query, folder);
  for (const filter of ['sid == 5 && iova in 0x765432000000..0x7654321fffff', 'status == fault', 'txn in 5000000..5000100']) {
    const [ms, { total }] = await timed(() => queries.find({ runId: run!.id, list: 'transactions', filter, devices: [], from: 0, count: 10 }, new AbortController().signal));
    row(`filtered: ${filter.slice(0, 16)}`, ms, `${total} found`);
  }
  const bundle = join(folder, 'all.smmulab');
  const [exported] = await timed(() => exportSession(store, { sessionId: id, runId: run!.id, file: bundle, engine: 'bench' }));
  row('exported as a bundle', exported, megabytes(statSync(bundle).size));
  const [imported] = await timed(() => importBundle(store, bundle));
  row('bundle checked and imported', imported, `${count} records`);
  await store.close();
  console.log(`peak memory ${megabytes(process.resourceUsage().maxRSS * 1024)}`);
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

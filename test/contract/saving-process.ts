/** Saves sessions and runs as fast as it can until it is killed; prints each id once the store has acknowledged it. */
import { KIND, RECORD_WORDS } from '../../src/model/trace/record.ts';
import { StoreClient } from '../../src/host/store/store-client.ts';
import { TraceLog } from '../../src/host/trace/trace-log.ts';

const [worker = '', folder = ''] = process.argv.slice(2);
const store = new StoreClient(worker, folder);
const RECORDS = 20_000;

for (let i = 0; ; i++) {
  const documents = { host: `# ${process.pid} ${i}`, guest: 'x'.repeat(1000), steps: '' };
  const { id, version } = await store.call('save', { id: null, title: `session ${i}`, documents, when: new Date().toISOString() });
  process.stdout.write(`session ${id}\n`);
  const log = new TraceLog({ spoolFolder: folder });
  const words = new Int32Array(RECORDS * RECORD_WORDS).map((_, at) => (at % RECORD_WORDS === 0 ? KIND.READ : at * i + process.pid));
  log.append(words);
  const summary = { sessionId: id, version, when: new Date().toISOString(), digest: log.digest(), records: RECORDS, transactions: 0, faults: 0, details: '{}', level: 'steps' as const, dropped: 0, omitted: 0 };
  await store.saveRun(summary, log);
  process.stdout.write(`run ${log.digest()}\n`);
}

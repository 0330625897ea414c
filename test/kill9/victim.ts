/**
 * Works on a data folder until it is killed: `victim.ts WORK FOLDER`. Prints a line for everything that the host has acknowledged, and only
 * then: `ready`, `action SESSION NUMBER`, `recording SESSION`, `run SESSION DIGEST`, `bundle FILE`, `copy FILE`, `migrated`.
 */
import { join } from 'node:path';
import { exportSession, importBundle } from '../../src/host/bundle/transfer.ts';
import { createLabHost, sourceWorkers } from '../../src/host/index.ts';
import { StoreClient } from '../../src/host/store/store-client.ts';
import { TraceLog } from '../../src/host/trace/trace-log.ts';
import { KIND, RECORD_WORDS } from '../../src/model/trace/record.ts';
import { portPair } from '../../src/protocol/port.ts';
import { RpcClient } from '../../src/protocol/rpc.ts';
import { LASTING, SMALL } from '../contract/labs.ts';
import { lineOf } from './expected.ts';

const [work = '', folder = ''] = process.argv.slice(2);
const root = join(import.meta.dirname, '..', '..');
const workers = sourceWorkers(join(root, 'src', 'host'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const when = (): string => new Date().toISOString();

function connect(): RpcClient {
  const host = createLabHost({ dataDir: folder, resourcesDir: join(root, 'resources'), version: 'victim', workers });
  const [ui, end] = portPair();
  host.connect(end);
  return new RpcClient(ui);
}

async function edit(): Promise<void> {
  const client = connect();
  const { id } = await client.call('sessions.save', { title: 'Edited', documents: { ...SMALL, guest: '' } });
  let { last } = (await client.call('sessions.open', { id })).journal;
  say('ready');
  for (;;) {
    const edits = [{ document: 'guest' as const, at: 0, removed: '', inserted: lineOf(last + 1) }];
    ({ last } = await client.call('journal.append', { id, after: last, actions: [{ kind: 'edit', edits }] }));
    say(`action ${id} ${last}`);
  }
}

async function run(): Promise<void> {
  const client = connect();
  const { id } = await client.call('sessions.save', { title: 'Ran', documents: SMALL });
  say('ready');
  for (let n = 0; ; n++) {
    const documents = { ...SMALL, steps: `# ${process.pid} ${n}\n${SMALL.steps}` };
    await client.call('run.load', { documents });
    const { digest } = await client.call('run.run', {});
    // Answered when what was being kept is kept.
    if ((await client.call('sessions.open', { id })).runs.some((one) => one.digest === digest)) say(`run ${id} ${digest}`);
  }
}

/** A run that goes on for longer than the victim lives. */
async function record(): Promise<void> {
  const client = connect();
  const { id } = await client.call('sessions.save', { title: 'Recorded', documents: SMALL });
  await client.call('run.load', { documents: LASTING.documents });
  client.on('run.changed', ({ state, records }) => {
    if (state === 'running' && records > 0) say(`recording ${id}`);
  });
  say('ready');
  await client.call('run.run', {});
}

async function capture(): Promise<void> {
  const store = new StoreClient(workers.store, folder);
  const { id, version } = await store.call('save', { id: null, title: 'Captured', documents: SMALL, when: when() });
  say('ready');
  for (let n = 1; ; n++) {
    const log = new TraceLog({ spoolFolder: join(folder, 'spool') });
    log.append(new Int32Array(60_000 * RECORD_WORDS).map((_, at) => (at % RECORD_WORDS === 0 ? KIND.READ : at * n + process.pid)));
    const digest = log.digest();
    await store.saveRun({ sessionId: id, version, when: when(), digest, records: log.records, transactions: 0, faults: 0, details: '{}', level: 'steps', dropped: 0, omitted: 0 }, log);
    log.close();
    say(`run ${id} ${digest}`);
  }
}

async function storedRun(): Promise<{ store: StoreClient; id: string; digest: string }> {
  const store = new StoreClient(workers.store, folder);
  const { id, version } = await store.call('save', { id: null, title: 'Exported', documents: SMALL, when: when() });
  const log = new TraceLog({ spoolFolder: join(folder, 'spool') });
  log.append(new Int32Array(40_000 * RECORD_WORDS).map((_, at) => (at % RECORD_WORDS === 0 ? KIND.READ : at)));
  await store.saveRun({ sessionId: id, version, when: when(), digest: log.digest(), records: log.records, transactions: 0, faults: 0, details: '{"uapi":null,"position":0}', level: 'steps', dropped: 0, omitted: 0 }, log);
  const digest = log.digest();
  log.close();
  return { store, id, digest };
}

async function exporting(): Promise<void> {
  const { store, id } = await storedRun();
  say('ready');
  for (let n = 0; ; n++) {
    const file = join(folder, `${process.pid}-${n % 3}.smmulab`);
    await exportSession(store, { sessionId: id, runId: null, file, engine: 'victim' });
    say(`bundle ${file}`);
  }
}

async function importing(): Promise<void> {
  const { store, id, digest } = await storedRun();
  const file = join(folder, `${process.pid}-imported`);
  await exportSession(store, { sessionId: id, runId: null, file, engine: 'victim' });
  say('ready');
  for (;;) say(`run ${(await importBundle(store, file)).sessionId} ${digest}`);
}

async function repair(): Promise<void> {
  const { store } = await storedRun();
  say('ready');
  for (let n = 0; ; n++) {
    const file = join(folder, `${process.pid}-${n}.copy`);
    await store.call('copyTo', { file });
    say(`copy ${file}`);
  }
}

async function migrate(): Promise<void> {
  say('ready');
  const store = new StoreClient(workers.store, folder);
  const { canSave } = await store.status();
  if (canSave) say('migrated');
  setInterval(() => undefined, 1000);
}

await ({ edit, run, record, capture, export: exporting, import: importing, repair, migrate })[work]!();

/** The store: what is saved is there again, whatever happened to the process or the file meanwhile. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { deflateRawSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASE_FILE, loadSqlite, openDatabase } from '../../src/host/store/database.ts';
import { APPLICATION_ID, MIGRATIONS } from '../../src/host/store/migrations.ts';
import { StoreClient } from '../../src/host/store/store-client.ts';
import { TraceLog } from '../../src/host/trace/trace-log.ts';
import { RECORD_WORDS } from '../../src/model/trace/record.ts';
import { startHost, WORKERS } from './hosts.ts';
import { SMALL } from './labs.ts';

const WHEN = '2026-01-02T03:04:05.000Z';
let folder: string;
let file: string;
let stores: StoreClient[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-store-'));
  file = join(folder, DATABASE_FILE);
  stores = [];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(): StoreClient {
  const store = new StoreClient(WORKERS.store, folder);
  stores.push(store);
  return store;
}

const save = (store: StoreClient, title: string, id: string | null = null, documents = SMALL) => store.call('save', { id, title, documents, when: WHEN });

function traceOf(records: number): TraceLog {
  const log = new TraceLog({ spoolFolder: folder });
  log.append(Int32Array.from({ length: records * RECORD_WORDS }, (_, i) => Math.imul(i, 2_654_435_761)));
  return log;
}

const summary = (sessionId: string, log: TraceLog) => ({
  sessionId, version: 1, when: WHEN, digest: log.digest(), records: log.records, transactions: 7, faults: 2, details: '{"a":1}', level: 'steps' as const, dropped: 0, omitted: 0, cut: false,
});

const sqlite = <T>(work: (db: Database.Database) => T): T => {
  const db = new Database(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
};

describe('sessions and runs', () => {
  it('are there again after closing, newest first, with every version', async () => {
    const first = open();
    const { id } = await save(first, 'One');
    expect(await save(first, 'One, renamed', id)).toMatchObject({ id, version: 1 });
    const edited = { ...SMALL, guest: 'vm0: {}' };
    expect(await first.call('save', { id, title: 'One', documents: edited, when: '2026-01-03T00:00:00.000Z' })).toMatchObject({ id, version: 2 });
    await save(first, 'Two');
    await first.close();
    const second = open();
    expect((await second.call('listSessions', { search: null })).map(({ title, runs }) => [title, runs])).toEqual([['One', 0], ['Two', 0]]);
    expect(await second.call('open', { id })).toMatchObject({ title: 'One', version: 2, documents: edited, runs: [] });
    sqlite((db) => expect(db.prepare('SELECT count(*) FROM document').pluck().get()).toBe(3));
  });

  it.each(['host', 'guest', 'steps'] as const)('a change of %s alone is a version', async (part) => {
    const store = open();
    const { id } = await save(store, 'One');
    const documents = { ...SMALL, [part]: `${SMALL[part]}# edited\n` };
    expect(await save(store, 'One', id, documents)).toMatchObject({ id, version: 2 });
    expect(await store.call('open', { id })).toMatchObject({ documents });
  });

  it('give a trace back byte for byte', async () => {
    const store = open();
    const { id } = await save(store, 'Traces');
    const log = traceOf(10_000);
    expect(await store.saveRun(summary(id, log), log)).toBe(true);
    const [run] = (await store.call('open', { id })).runs;
    expect(run).toMatchObject({ digest: log.digest(), records: 10_000, transactions: 7, faults: 2, when: WHEN });
    const back = new TraceLog({ spoolFolder: folder });
    expect(await store.readTrace(run?.id ?? '', back)).toEqual(summary(id, log));
    expect(back.digest()).toBe(log.digest());
  });

  it('hand a trace out piece by piece, with progress, until it is cancelled', async () => {
    const store = open();
    const { id } = await save(store, 'Pieces');
    const log = traceOf(10_000);
    await store.saveRun(summary(id, log), log);
    const source = await store.traceSource((await store.call('open', { id })).runs[0]!.id);
    expect(source.info).toEqual({ level: 'steps', records: 10_000, dropped: 0, omitted: 0, cut: false, digest: log.digest() });
    const done: number[] = [];
    const back = new TraceLog({ spoolFolder: folder });
    for await (const { first, words } of source.pieces({ progress: (at) => done.push(at) })) {
      expect(first).toBe(back.records);
      back.append(words);
    }
    expect([back.digest(), done]).toEqual([log.digest(), [4096, 8192, 10_000]]);
    const cancelled = new AbortController();
    const reading = source.pieces({ signal: cancelled.signal })[Symbol.asyncIterator]();
    await reading.next();
    cancelled.abort();
    await expect(reading.next()).rejects.toMatchObject({ code: 'cancelled' });
    const live = log.source({ level: 'steps', dropped: 0, omitted: 0, digest: null });
    for await (const { words } of live.pieces()) expect(words.length).toBe(10_000 * RECORD_WORDS);
  });

  it('keep a run that repeats another once, with the newer time', async () => {
    const store = open();
    const { id } = await save(store, 'Twice');
    const log = traceOf(10);
    await store.saveRun(summary(id, log), log);
    expect(await store.saveRun({ ...summary(id, log), when: '2026-09-09T00:00:00.000Z' }, log)).toBe(false);
    expect((await store.call('open', { id })).runs.map(({ when }) => when)).toEqual(['2026-09-09T00:00:00.000Z']);
  });

  it('have the one that was kept last as the newest, though the clock stood still', async () => {
    const store = open();
    const { id } = await save(store, 'Still');
    const [one, other] = [traceOf(10), traceOf(20)];
    for (const log of [one, other, one]) await store.saveRun(summary(id, log), log);
    expect((await store.call('open', { id })).runs.map(({ records }) => records)).toEqual([10, 20]);
  });

  it('hide a run whose trace is not complete, and remove it once its writer is gone', async () => {
    const store = open();
    const { id } = await save(store, 'Half');
    const log = traceOf(10);
    await store.call('beginRun', summary(id, log));
    expect((await store.call('open', { id })).runs).toEqual([]);
    await store.close();
    sqlite((db) => db.prepare('UPDATE run SET writer = 2147483646').run());
    await open().status();
    sqlite((db) => expect(db.prepare('SELECT count(*) FROM run').pluck().get()).toBe(0));
  });

  it('keep what a window that lives is still writing, and open it to nobody', async () => {
    const store = open();
    const { id } = await save(store, 'Half');
    const runId = await store.call('beginRun', summary(id, traceOf(10)));
    await open().status();
    sqlite((db) => expect(db.prepare('SELECT count(*) FROM run').pluck().get()).toBe(1));
    await expect(store.call('openRun', { runId: runId! })).rejects.toMatchObject({ message: `no run ${runId} in the store` });
  });

  it('refuse a damaged trace instead of showing another', async () => {
    const store = open();
    const { id } = await save(store, 'Damage');
    const log = traceOf(5000);
    await store.saveRun(summary(id, log), log);
    await store.close();
    const [runId = ''] = sqlite((db) => db.prepare('SELECT id FROM run').pluck().all()) as string[];
    const read = (): Promise<unknown> => open().readTrace(runId, new TraceLog({ spoolFolder: folder }));
    sqlite((db) => db.prepare('UPDATE chunk SET data = zeroblob(10) WHERE number = 1').run());
    await expect(read()).rejects.toMatchObject({ code: 'store-damaged', message: expect.stringContaining('chunk 1') });
    sqlite((db) => db.prepare('UPDATE chunk SET data = ? WHERE number = 1').run(deflateRawSync(new Uint8Array(64))));
    await expect(read()).rejects.toMatchObject({ code: 'store-damaged', message: expect.stringContaining('expected 904 records') });
    sqlite((db) => db.prepare('DELETE FROM chunk WHERE number = 1').run());
    await expect(read()).rejects.toMatchObject({ code: 'store-damaged' });
  });
});

describe('opening', () => {
  it('makes a database that says whose it is and which schema it has', async () => {
    expect(await open().status()).toEqual({ canRead: true, canSave: true, problem: null });
    sqlite((db) => {
      expect(db.pragma('application_id', { simple: true })).toBe(APPLICATION_ID);
      expect(db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
      expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    });
  });

  it('migrates an older database and keeps what is in it; a migration that fails changes nothing', async () => {
    const { id } = await save(open(), 'Old');
    await stores[0]?.close();
    const loaded = await loadSqlite();
    if (!loaded.ok) throw new Error(loaded.error.message);
    const bad = openDatabase(loaded.value, folder, [...MIGRATIONS, 'ALTER TABLE session ADD colour TEXT; SELECT nonsense']);
    expect(bad).toMatchObject({ ok: false, error: { message: expect.stringContaining('nonsense') } });
    sqlite((db) => expect(db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length));
    const good = openDatabase(loaded.value, folder, [...MIGRATIONS, "ALTER TABLE session ADD colour TEXT NOT NULL DEFAULT 'none'"]);
    if (!good.ok) throw new Error(good.error.message);
    expect(good.value.db.prepare('SELECT id, title, colour FROM session').all()).toEqual([{ id, title: 'Old', colour: 'none' }]);
    expect(good.value.db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length + 1);
    good.value.db.close();
  });

  it('opens a database of a newer version read-only and says so', async () => {
    const { id } = await save(open(), 'From the future');
    await stores[0]?.close();
    sqlite((db) => db.pragma(`user_version = ${MIGRATIONS.length + 1}`));
    const bytes = readFileSync(file);
    const store = open();
    expect(await store.status()).toMatchObject({ canRead: true, canSave: false, problem: { code: 'store-newer', message: expect.stringContaining('newer SMMU Lab') } });
    expect(await store.call('open', { id })).toMatchObject({ title: 'From the future' });
    await expect(save(store, 'Not this')).rejects.toMatchObject({ code: 'cannot-save' });
    await store.close();
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  it.each([
    ['a file that is no database', 'store-unopened', () => writeFileSync(file, 'Not a database, but longer than a header of one. '.repeat(40))],
    ['a database of another program', 'store-foreign', () => sqlite((db) => db.exec('CREATE TABLE theirs (x)'))],
    ['a folder in its place', 'store-unopened', () => mkdirSync(file)],
  ])('leaves %s alone and says what it found', async (_what, code, make) => {
    make();
    const before = existsSync(file) && statSync(file).isFile() ? readFileSync(file) : null;
    const store = open();
    expect(await store.status()).toMatchObject({ canRead: false, canSave: false, problem: { code, message: expect.stringContaining(DATABASE_FILE) } });
    await expect(store.call('listSessions', { search: null })).rejects.toMatchObject({ code: 'cannot-save' });
    await store.close();
    if (before !== null) expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('says so when the folder cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    const store = new StoreClient(WORKERS.store, join(folder, 'file', 'data'));
    stores.push(store);
    expect(await store.status()).toMatchObject({ canSave: false, problem: { code: 'store-folder' } });
  });

  it('waits for another program that holds the database, then gives up with the reason', async () => {
    await open().status();
    const other = new Database(file);
    other.exec('BEGIN EXCLUSIVE');
    await expect(save(stores[0]!, 'Locked out')).rejects.toMatchObject({ code: 'store-failed', message: expect.stringContaining('locked by another program') });
    other.exec('COMMIT');
    other.close();
    await expect(save(stores[0]!, 'In again')).resolves.toMatchObject({ version: 1 });
  });

  it('reads what it can of a damaged database and writes nothing', async () => {
    const store = open();
    for (let i = 0; i < 200; i++) await save(store, `Session ${i}`, null, { ...SMALL, guest: `# ${i}\n`.repeat(200) });
    await store.close();
    truncateSync(file, Math.floor(statSync(file).size / 2 / 4096) * 4096);
    const damaged = open();
    const status = await damaged.status();
    expect(status).toMatchObject({ canSave: false });
    expect(status.problem?.code).toMatch(/^store-(damaged|unopened)$/);
    await expect(save(damaged, 'Not this')).rejects.toMatchObject({ code: 'cannot-save' });
  });

  it('asks for no SQLite on a runtime that would crash on it', async () => {
    expect(await loadSqlite('9')).toMatchObject({ ok: false, error: { code: 'store-unsupported', message: expect.stringContaining('this runtime has 9') } });
    expect(await loadSqlite(undefined)).toMatchObject({ ok: true });
  });
});

it('loses nothing that it acknowledged when its process is killed while it saves', async () => {
  const script = join(import.meta.dirname, 'saving-process.ts');
  const acknowledged = { session: new Set<string>(), run: new Set<string>() };
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, [script, String(WORKERS.store), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    let count = 0;
    lines.on('line', (line) => {
      const [kind = '', id = ''] = line.split(' ');
      acknowledged[kind as 'session' | 'run'].add(id);
      // Somewhere inside what follows the fourth acknowledgement, another place each round.
      if (++count === 4) setTimeout(() => child.kill('SIGKILL'), round * 9);
    });
    await new Promise((resolve) => child.once('close', resolve));
  }
  expect(acknowledged.run.size).toBeGreaterThan(5);
  const store = open();
  expect(await store.status()).toMatchObject({ canSave: true });
  const listed = new Set((await store.call('listSessions', { search: null })).map(({ id }) => id));
  expect([...acknowledged.session].filter((id) => !listed.has(id))).toEqual([]);
  for (const id of acknowledged.session) await expect(store.call('open', { id })).resolves.toMatchObject({ id });
  sqlite((db) => {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.prepare('SELECT count(*) FROM run WHERE complete = 0').pluck().get()).toBe(0);
    const digests = new Set(db.prepare('SELECT digest FROM run').pluck().all());
    for (const digest of acknowledged.run) expect(digests).toContain(digest);
  });
  const runs = sqlite((db) => db.prepare('SELECT id FROM run').pluck().all()) as string[];
  for (const runId of runs) await store.readTrace(runId, new TraceLog({ spoolFolder: folder }));
}, 60_000);

it('opens a store that another program had when somebody tries again, and saves from then on', async () => {
  await open().status();
  await stores[0]!.close();
  const other = new Database(file);
  other.exec('BEGIN EXCLUSIVE');
  const lab = startHost({ dataDir: folder });
  const client = lab.connect();
  const locked = { canSave: false, saveProblem: expect.stringContaining('the database is locked by another program'), mayRetry: true };
  expect(await client.call('hello', { protocol: 1 })).toMatchObject(locked);
  expect(await client.call('store.retry', {})).toMatchObject(locked);
  other.exec('COMMIT');
  other.close();
  expect(await Promise.all([client.call('store.retry', {}), client.call('store.retry', {})])).toEqual([{ canSave: true }, { canSave: true }]);
  const { id } = await client.call('sessions.save', { title: 'In again', documents: SMALL });
  expect(await client.call('store.retry', {})).toEqual({ canSave: true });
  expect(await lab.connect().call('sessions.open', { id })).toMatchObject({ title: 'In again' });
  expect(lab.reported).toEqual([]);
  await lab.end();
});

describe('a lab that cannot save', () => {
  it('says why, runs all the same, and refuses to save', async () => {
    writeFileSync(join(folder, 'file'), '');
    const lab = startHost({ dataDir: join(folder, 'file') });
    const client = lab.connect();
    expect(await client.call('hello', { protocol: 1 })).toMatchObject({ canSave: false, saveProblem: expect.stringContaining('folder for sessions') });
    await client.call('run.load', { documents: SMALL });
    expect(await client.call('run.run', {})).toMatchObject({ state: 'done' });
    expect(await client.call('sessions.list', {})).toEqual([]);
    await expect(client.call('sessions.save', { title: 'x', documents: SMALL })).rejects.toMatchObject({ code: 'cannot-save' });
    expect(lab.reported).toEqual([]);
    await lab.end();
  });
});

it('opens the database of a copied folder', async () => {
  const { id } = await save(open(), 'Copied');
  await stores[0]?.close();
  mkdirSync(join(folder, 'copy'));
  copyFileSync(file, join(folder, 'copy', DATABASE_FILE));
  const copy = new StoreClient(WORKERS.store, join(folder, 'copy'));
  stores.push(copy);
  expect(await copy.call('open', { id })).toMatchObject({ title: 'Copied' });
});

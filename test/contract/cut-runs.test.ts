/** Runs that a crash ended: what was recorded until then is a stored run that says so, and one that was only being stored is whole. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DATABASE_FILE } from '../../src/host/store/database.ts';
import { RECORD_BYTES, RECORD_WORDS } from '../../src/model/trace/record.ts';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { cli } from '../cli/run-cli.ts';
import { startHost } from './hosts.ts';
import type { TestHost } from './hosts.ts';
import { SMALL } from './labs.ts';

/** No process has this number. */
const DEAD = 2_147_483_646;
let folder: string;
let spool: string;
let lab: TestHost;
let client: RpcClient;
let id: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-cut-'));
  spool = join(folder, 'spool');
  lab = startHost({ dataDir: folder, spoolFolder: spool });
  client = lab.connect();
  ({ id } = await client.call('sessions.save', { title: 'Cut', documents: SMALL }));
});
afterEach(async () => {
  await lab.end();
  rmSync(folder, { recursive: true });
});

const records = (): string => readdirSync(spool).find((name) => name.endsWith('.records'))!;

/** A data folder as a crash at this moment leaves it. */
function crash(): string {
  const left = mkdtempSync(join(folder, 'left-'));
  mkdirSync(join(left, 'spool'));
  for (const name of readdirSync(folder).filter((one) => one.startsWith(DATABASE_FILE))) copyFileSync(join(folder, name), join(left, name));
  for (const name of readdirSync(spool)) copyFileSync(join(spool, name), join(left, 'spool', name.replace(`.${process.pid}.`, `.${DEAD}.`)));
  return left;
}

/** A machine with much else to do may list the session before its run is back. */
const runsOnce = (again: RpcClient, count: number) => vi.waitUntil(async () => {
  const { runs } = await again.call('sessions.open', { id });
  return runs.length === count ? runs : undefined;
}, { timeout: 30_000 });

async function inFolder<T>(dataDir: string, work: (again: RpcClient) => Promise<T>): Promise<T> {
  const host = startHost({ dataDir, spoolFolder: join(dataDir, 'spool') });
  try {
    return await work(host.connect());
  } finally {
    expect(host.reported).toEqual([]);
    await host.end();
  }
}

it('are kept up to the last whole record, and say so wherever they are shown', async () => {
  await client.call('run.load', { documents: SMALL });
  for (let step = 0; step < 3; step++) await client.call('run.step', {});
  const { records: made, transactions } = await client.call('run.state', {});
  const left = crash();
  const [file] = readdirSync(join(left, 'spool')).filter((name) => name.endsWith('.records'));
  truncateSync(join(left, 'spool', file!), made * RECORD_BYTES - 1);
  const run = await inFolder(left, async (again) => {
    const runs = await runsOnce(again, 1);
    expect(runs).toMatchObject([{ cut: true, digest: null, level: 'steps', records: made - 1, dropped: 0, omitted: 0 }]);
    const opened = await again.call('runs.open', { runId: runs[0]!.id });
    expect(opened).toMatchObject({ state: 'paused', cut: true, position: 2, steps: (await client.call('run.state', {})).steps });
    expect(opened.digest).toBeUndefined();
    expect(opened.transactions).toBeLessThanOrEqual(transactions);
    return runs[0]!;
  });
  expect(readdirSync(join(left, 'spool'))).toEqual([]);
  const listed = await cli(['store', 'list', '--data', left]);
  expect(listed.out).toContain(`run ${run.id}  ${run.when}  ${run.records} records of level steps, partial: cut at record ${run.records} by a crash, no digest\n`);
  const to = join(folder, 'cut.smmulab');
  expect(await cli(['export', 'Cut', '--session', '--data', left, '--to', to])).toMatchObject({ code: 0 });
  expect((await cli(['verify', to])).out).toContain(`0 left out, cut at record ${run.records} by a crash; digest none\n`);
  expect(await cli(['replay', to])).toMatchObject({ code: 2, err: expect.stringContaining('cut off by a crash') });
  expect((await cli(['export', to, '--format', 'csv', '--to', join(folder, 'cut.csv')])).err).toContain(`a crash cut it off at record ${run.records} when it ran`);
});

it('are found by a command as well, and by one of two that come at the same time', async () => {
  await client.call('run.load', { documents: SMALL });
  await client.call('run.step', {});
  const left = crash();
  const both = await Promise.all([cli(['store', 'list', '--data', left, '--json']), cli(['store', 'list', '--data', left, '--json'])]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(JSON.parse((await cli(['store', 'list', '--data', left, '--json'])).out)).toMatchObject([{ stored: [{ cut: true }] }]);
});

it('are whole when only the storing was cut short', async () => {
  await client.call('run.load', { documents: SMALL });
  await client.call('run.step', {});
  const words = readFileSync(join(spool, records()));
  const left = crash();
  const digest = 'ab'.repeat(32);
  const about = join(left, 'spool', readdirSync(join(left, 'spool')).find((name) => name.endsWith('.json'))!);
  const began = JSON.parse(readFileSync(about, 'utf8')) as { summary: object };
  writeFileSync(about, JSON.stringify({ ...began, ended: true, summary: { ...began.summary, digest, cut: false, records: words.length / RECORD_BYTES } }));
  await inFolder(left, async (again) => expect(await runsOnce(again, 1)).toMatchObject([{ cut: false, digest, records: words.length / RECORD_BYTES }]));
});

it('count what is missing in between, and end where nothing was written', async () => {
  await client.call('run.load', { documents: SMALL });
  await client.call('run.step', {});
  const left = crash();
  const file = join(left, 'spool', records());
  const words = new Int32Array(new Uint8Array(readFileSync(file)).buffer);
  const [first, second] = [words.slice(0, RECORD_WORDS), words.slice(5 * RECORD_WORDS, 6 * RECORD_WORDS)];
  writeFileSync(file, new Int32Array([...first, ...second, ...new Int32Array(3 * RECORD_WORDS)]));
  await inFolder(left, async (again) => expect(await runsOnce(again, 1)).toMatchObject([{ cut: true, records: 2, omitted: 4, dropped: 0 }]));
});

it('of a session that is gone, or without a record, leave nothing', async () => {
  await client.call('run.load', { documents: SMALL });
  await client.call('run.step', {});
  const [gone, empty] = [crash(), crash()];
  const db = new Database(join(gone, DATABASE_FILE));
  db.exec('DELETE FROM session');
  db.close();
  truncateSync(join(empty, 'spool', records()), 0);
  for (const left of [gone, empty]) {
    await inFolder(left, async (again) => expect((await again.call('sessions.list', {})).map(({ runs }) => runs)).toEqual(left === gone ? [] : [0]));
    expect(readdirSync(join(left, 'spool'))).toEqual([]);
  }
});

it('leave no file when the run is over, or another takes its place', async () => {
  await client.call('run.load', { documents: SMALL });
  await client.call('run.step', {});
  expect(readdirSync(spool)).toHaveLength(2);
  await client.call('run.reset', {});
  expect(readdirSync(spool)).toEqual([]);
  await client.call('run.run', {});
  await client.call('sessions.open', { id });
  expect(readdirSync(spool)).toEqual([]);
});

it('leave what was edited meanwhile alone', async () => {
  await client.call('run.load', { documents: SMALL });
  const edits = [{ document: 'guest' as const, at: 0, removed: '', inserted: '# meanwhile\n' }];
  const { last } = (await client.call('sessions.open', { id })).journal;
  await client.call('journal.append', { id, after: last, actions: [{ kind: 'edit', edits }] });
  await client.call('run.run', {});
  const { documents, journal, runs } = await client.call('sessions.open', { id });
  expect([documents.guest, journal.last, runs.length]).toEqual([`# meanwhile\n${SMALL.guest}`, last + 1, 1]);
});

/** A disk that is full, and one that cannot be written: root writes anywhere else, so they are small mounts, and without root a counted skip. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeBundle } from '../../src/host/bundle/bundle-writer.ts';
import { DATABASE_FILE } from '../../src/host/store/database.ts';
import { exportTrace } from '../../src/host/export/export-trace.ts';
import { recordSource } from '../../src/host/trace/record-source.ts';
import { cli } from '../cli/run-cli.ts';
import { startHost } from './hosts.ts';
import type { TestHost } from './hosts.ts';
import { LASTING, SMALL } from './labs.ts';

const mount = (...args: string[]): boolean => spawnSync('mount', args).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-disk-'));
const canMount = mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder);
if (canMount) spawnSync('umount', [folder]);

let lab: TestHost;

describe.skipIf(!canMount)('a disk of 16 MiB', () => {
  beforeAll(() => {
    mount('-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder);
  });
  afterEach(async () => {
    await lab.end();
    mount('-o', 'remount,rw,size=16m', folder);
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  });
  afterAll(() => void spawnSync('umount', [folder]));

  it('that is full is told, what was saved stays, and saving goes on when there is room', async () => {
    lab = startHost({ dataDir: folder });
    const client = lab.connect();
    const { id } = await client.call('sessions.save', { title: 'First', documents: SMALL });
    const filler = join(folder, 'filler');
    expect(() => writeFileSync(filler, new Uint8Array(20 * 1024 * 1024))).toThrow('ENOSPC');
    // Not compressible, and more than the log of the database has left.
    const large = { ...SMALL, guest: `# ${Array.from({ length: 40_000 }, (_, n) => Math.imul(n, 2_654_435_761)).join(' ')}\n` };
    await expect(client.call('sessions.save', { id, title: 'First', documents: large })).rejects.toMatchObject({ code: 'store-failed', message: 'the store: the disk is full' });
    await client.call('run.load', { documents: SMALL });
    expect(await client.call('run.run', {})).toMatchObject({ state: 'done' });
    expect(await client.call('sessions.open', { id })).toMatchObject({ title: 'First', documents: SMALL });
    rmSync(filler);
    await client.call('sessions.save', { id, title: 'First', documents: large });
    expect((await client.call('sessions.open', { id })).documents).toEqual(large);
    expect(await client.call('store.check', {})).toEqual({ complaints: [] });
  });

  it('holds no half of a bundle or an export that does not fit', async () => {
    lab = startHost();
    const file = join(folder, 'large.smmulab');
    const info = { level: 'steps', records: 10 * 65_536, dropped: 0, omitted: 0, digest: null } as const;
    const trace = recordSource(info, (piece) => new Int32Array(65_536 * 16).map((_, at) => Math.imul(at + piece, 2_654_435_761)));
    const contents = { engine: '1', made: '', title: 'Large', tags: [], notes: '', documents: SMALL, journal: [], bookmarks: [], states: [], run: { about: { steps: 0, transactions: 0, faults: 0, uapi: null, details: '{}' }, trace } };
    await expect(writeBundle(file, contents)).rejects.toMatchObject({ code: 'unwritable', message: expect.stringContaining('ENOSPC'), at: { file } });
    const csv = { file: join(folder, 'large.csv'), format: 'csv', matches: null } as const;
    await expect(exportTrace({ title: 'Large', devices: [], source: trace }, csv)).rejects.toMatchObject({ code: 'unwritable', message: expect.stringMatching(/^the CSV cannot be written: ENOSPC/), at: { file: csv.file } });
    const parquet = { file: join(folder, 'large'), format: 'parquet', matches: null } as const;
    await expect(exportTrace({ title: 'Large', devices: [], source: trace }, parquet)).rejects.toMatchObject({ code: 'unwritable', message: expect.stringMatching(/^the Parquet files cannot be written: ENOSPC/), at: { file: parquet.file } });
    expect(readdirSync(folder).filter((name) => name.startsWith('large'))).toEqual([]);
    mount('-o', 'remount,ro', folder);
    await expect(writeBundle(file, contents)).rejects.toMatchObject({ code: 'unwritable', message: expect.stringMatching(/^the bundle cannot be written: E(ROFS|ACCES)/), at: { file } });
    for (const target of [csv, parquet]) await expect(exportTrace({ title: 'Large', devices: [], source: trace }, target)).rejects.toMatchObject({ code: 'unwritable', message: expect.stringMatching(/cannot be written: E(ROFS|ACCES)/) });
  });

  it('ends a run whose trace does not fit it with the reason, and the lab goes on', async () => {
    lab = startHost({ segmentsInMemory: 2, spoolFolder: join(folder, 'spool') });
    const client = lab.connect();
    writeFileSync(join(folder, 'filler'), new Uint8Array(14 * 1024 * 1024));
    await client.call('run.load', { documents: LASTING.documents });
    expect(await client.call('run.run', {})).toMatchObject({ state: 'failed', message: expect.stringMatching(/does not fit memory and cannot be written to .*ENOSPC/) });
    await client.call('run.load', { documents: SMALL });
    expect(await client.call('run.run', {})).toMatchObject({ state: 'done' });
  });

  it.each([
    ['full', 'the disk is full', () => expect(() => writeFileSync(join(folder, 'filler'), new Uint8Array(20 * 1024 * 1024))).toThrow('ENOSPC')],
    ['read-only', 'the folder cannot be written', () => void mount('-o', 'remount,ro', folder)],
  ])('that was %s before the lab began is told, and what is saved can be opened', async (_what, message, fill) => {
    lab = startHost({ dataDir: folder });
    const before = lab.connect();
    await before.call('run.load', { documents: SMALL });
    await before.call('run.run', {});
    const { id } = await before.call('sessions.save', { title: 'Before', documents: SMALL });
    await lab.host.close();
    fill();
    const again = startHost({ dataDir: folder });
    const client = again.connect();
    expect(await client.call('hello', { protocol: 1 })).toMatchObject({ canSave: false, saveProblem: expect.stringContaining(`${message}: its sessions can be opened, not saved`) });
    expect(await client.call('sessions.open', { id })).toMatchObject({ title: 'Before', documents: SMALL });
    const count = 'SELECT count(*) AS n FROM transactions WHERE status = 1';
    expect(await client.call('store.sql', { id, sql: count, limit: 10 })).toMatchObject({ rows: [[1]] });
    expect(await cli(['sql', 'Before', count, '--data', folder])).toMatchObject({ code: 0, out: 'n\n1\n' });
    const [run] = (await client.call('sessions.open', { id, look: true })).runs;
    expect(await client.call('runs.find', { runId: run!.id, list: 'transactions', filter: 'status == fault', from: 0, count: 10 })).toMatchObject({ total: 1 });
    expect(await client.call('store.size', {})).toMatchObject({ file: join(folder, DATABASE_FILE), sessions: 1 });
    await expect(client.call('sessions.save', { title: 'x', documents: SMALL })).rejects.toMatchObject({ code: 'cannot-save', message: expect.stringContaining(message) });
    await client.call('run.load', { documents: SMALL });
    expect(await client.call('run.run', {})).toMatchObject({ state: 'done' });
    expect(again.reported).toEqual([]);
    await again.end();
  });

  it('that cannot be written is told, and labs run all the same', async () => {
    mount('-o', 'remount,ro', folder);
    lab = startHost({ dataDir: folder });
    const client = lab.connect();
    expect(await client.call('hello', { protocol: 1 })).toMatchObject({ canSave: false, saveProblem: expect.stringMatching(/cannot be (written|made)/) });
    await client.call('run.load', { documents: SMALL });
    expect(await client.call('run.run', {})).toMatchObject({ state: 'done' });
    await expect(client.call('sessions.save', { title: 'x', documents: SMALL })).rejects.toMatchObject({ code: 'cannot-save' });
  });
});

afterAll(() => {
  if (existsSync(folder)) rmdirSync(folder);
});

/** Files in and out, and two runs side by side, over every transport: no path crosses, only pieces. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/formats/bundle/manifest.ts';
import { MAX_PIECE, MAX_TRANSFER } from '../../src/protocol/contract.ts';
import type { BundleChoice, Comparison, Params } from '../../src/protocol/contract.ts';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { cli } from '../cli/run-cli.ts';
import { useConnectedHost } from './connected-host.ts';
import { startHost } from './hosts.ts';
import { LASTING, SMALL, STACK } from './labs.ts';
import { TRANSPORTS } from './transports.ts';

const ALL: BundleChoice = { trace: true, states: true, notes: true, journal: true, bookmarks: true };
const PIECE = 1000;
/** One pixel. */
const PNG = new Uint8Array(Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'));

async function download(client: RpcClient, { transfer, bytes }: { readonly transfer: string; readonly bytes: number }): Promise<Uint8Array> {
  const whole = new Uint8Array(bytes);
  for (let at = 0; at < bytes; ) {
    const piece = (await client.call('transfers.read', { transfer, at, count: PIECE })).bytes;
    whole.set(piece, at);
    at += piece.byteLength;
  }
  await client.call('transfers.end', { transfer });
  return whole;
}

async function upload(client: RpcClient, bytes: Uint8Array, name = 'mine.smmulab'): Promise<string> {
  const { transfer } = await client.call('transfers.begin', { name, bytes: bytes.byteLength });
  for (let at = 0; at < bytes.byteLength; at += PIECE) await client.call('transfers.write', { transfer, at, bytes: bytes.slice(at, at + PIECE) });
  return transfer;
}

describe.each(TRANSPORTS)('exchange over $name', (transport) => {
  let client: RpcClient;
  let session: string;
  let bundle: Uint8Array;
  useConnectedHost(transport, (made) => {
    client = made;
  });

  it('makes a bundle of a session with what was chosen, and says how far it is', async () => {
    await client.call('run.load', { documents: SMALL });
    const { digest, records } = await client.call('run.run', {});
    ({ id: session } = await client.call('sessions.save', { title: 'A nested lab: one', documents: SMALL }));
    await client.call('journal.append', { id: session, after: 0, actions: [{ kind: 'notes', before: '', after: 'what I saw' }] });
    const [run] = (await client.call('sessions.open', { id: session })).runs;
    await client.call('bookmarks.add', { id: session, runId: run!.id, place: { txn: 2 }, note: 'the fault' });
    const told: string[] = [];
    client.on('jobs.progress', ({ job, what }) => told.push(`${job}: ${what}`));
    const made = await client.call('bundles.export', { job: 'j1', from: { session }, with: ALL });
    expect([made.name, made.report.run]).toEqual(['a-nested-lab-one.smmulab', expect.objectContaining({ digest, records, level: 'steps', steps: 4 })]);
    expect(new Set(told)).toEqual(new Set(['j1: Registers and memory', 'j1: Writing the bundle']));
    bundle = await download(client, made);
    expect(Object.keys(unzipSync(bundle)).sort()).toEqual(['bookmarks.jsonl', 'documents/guest.yaml', 'documents/host.yaml', 'documents/steps.yaml', 'journal.jsonl', 'manifest.json', 'notes.md', 'state/end/memory.bin', 'state/end/registers.bin', 'trace.bin']);
    const bare = await client.call('bundles.export', { job: 'j2', from: { session }, with: { trace: false, states: false, notes: false, journal: false, bookmarks: false } });
    expect([bare.report.run, bare.report.states, bare.report.parts.length]).toEqual([null, [], 3]);
    await expect(client.call('transfers.read', { transfer: made.transfer, at: 0, count: 1 })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('takes a picture of the window along, and shows it to whoever checks the bundle', async () => {
    const from = { shown: true } as const;
    const made = await client.call('bundles.export', { job: 'p', from, with: { ...ALL, screenshot: PNG } });
    const transfer = await upload(client, await download(client, made));
    const { parts, screenshots } = await client.call('bundles.verify', { job: 'p', transfer });
    expect([parts.find(({ name }) => name.endsWith('.png')), screenshots]).toEqual([{ name: 'screenshots/window.png', bytes: PNG.byteLength }, [{ name: 'screenshots/window.png', png: expect.any(Uint8Array) }]]);
    expect(Buffer.compare(screenshots[0]!.png, PNG)).toBe(0);
    await client.call('transfers.end', { transfer });
    await expect(client.call('bundles.export', { job: 'p', from, with: { ...ALL, screenshot: new Uint8Array(70) } })).rejects.toMatchObject({ code: 'bundle-bad', message: expect.stringContaining('is no PNG') });
    await expect(client.call('bundles.export', { job: 'p', from, with: { ...ALL, screenshot: new Uint8Array(MAX_PIECE + 1) } })).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('makes one of the run on screen, without a session', async () => {
    const shown = await client.call('bundles.export', { job: 'j', from: { shown: true }, with: ALL });
    const parts = unzipSync(await download(client, shown));
    const kept = unzipSync(bundle);
    for (const name of ['trace.bin', 'state/end/registers.bin', 'state/end/memory.bin']) expect([name, Buffer.compare(parts[name]!, kept[name]!)]).toEqual([name, 0]);
  });

  it('checks a bundle, replays it, and makes a session of it, bookmarks and notes with it', async () => {
    const transfer = await upload(client, bundle);
    const report = await client.call('bundles.verify', { job: 'v', transfer });
    expect(report).toMatchObject({ title: 'A nested lab: one', run: { transactions: 3, faults: 1 }, documents: SMALL, notes: 'what I saw', bookmarks: 1 });
    expect(await client.call('bundles.replay', { job: 'r', transfer })).toMatchObject({ same: true, digest: report.run!.digest, steps: 4 });
    const { id, runId } = await client.call('bundles.import', { job: 'i', transfer });
    expect(await client.call('sessions.open', { id })).toMatchObject({ notes: 'what I saw', documents: SMALL, runs: [{ id: runId, digest: report.run!.digest }] });
    expect(await client.call('bookmarks.list', { id })).toMatchObject([{ runId, place: { txn: 2 }, note: 'the fault' }]);
    await client.call('sessions.remove', { id });
    await client.call('transfers.end', { transfer });
  });

  it('says where a run parts from what the bundle has of it', async () => {
    const parts = unzipSync(bundle);
    const steps = strToU8(strFromU8(parts['documents/steps.yaml']!).replace('access: write', 'access: read'));
    const manifest = JSON.parse(strFromU8(parts['manifest.json']!)) as Manifest;
    const parted = manifest.parts.map((part) => (part.name === 'documents/steps.yaml' ? { ...part, bytes: steps.length, sha256: createHash('sha256').update(steps).digest('hex') } : part));
    const transfer = await upload(client, zipSync({ ...parts, 'documents/steps.yaml': steps, 'manifest.json': strToU8(JSON.stringify({ ...manifest, parts: parted })) }));
    const { same, differs } = await client.call('bundles.replay', { job: 'r', transfer });
    expect([same, differs]).toEqual([false, { position: expect.any(Number), before: expect.stringContaining('write'), now: expect.stringContaining('read') }]);
    await client.call('transfers.end', { transfer });
  });

  it('refuses what is no bundle by the name it came with, and touches nothing', async () => {
    const before = await client.call('sessions.list', {});
    const damaged = bundle.slice();
    damaged[bundle.length >> 1]! ^= 0xff;
    for (const bytes of [damaged, bundle.slice(0, bundle.length / 2), new TextEncoder().encode('not a zip')]) {
      const transfer = await upload(client, bytes, 'theirs.smmulab');
      for (const method of ['bundles.verify', 'bundles.import', 'bundles.replay'] as const) {
        await expect(client.call(method, { job: 'x', transfer })).rejects.toMatchObject({ code: 'bundle-bad', at: { file: 'theirs.smmulab' } });
      }
      await client.call('transfers.end', { transfer });
    }
    expect(await client.call('sessions.list', {})).toEqual(before);
  });

  it('takes pieces only where they fit', async () => {
    const { transfer } = await client.call('transfers.begin', { name: 'x', bytes: 10 });
    const write = (at: number, count: number) => client.call('transfers.write', { transfer, at, bytes: new Uint8Array(count) });
    expect(await write(0, 4)).toEqual({ bytes: 4 });
    await expect(write(0, 4)).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('4 of 10 bytes are there') });
    await expect(write(4, 7)).rejects.toMatchObject({ code: 'bad-request' });
    await expect(client.call('bundles.verify', { job: 'v', transfer })).rejects.toMatchObject({ message: expect.stringContaining('only 4 of 10 bytes') });
    await expect(client.call('transfers.begin', { name: 'x', bytes: MAX_TRANSFER + 1 })).rejects.toMatchObject({ code: 'bad-request' });
    await client.call('transfers.end', { transfer });
  });

  it('writes a trace for other tools, whole or what a filter selects', async () => {
    const whole = await client.call('traces.export', { job: 't', from: { session }, format: 'jsonl' });
    const lines = new TextDecoder().decode(await download(client, whole)).trimEnd().split('\n');
    expect([whole.name, whole.written, lines.length]).toEqual(['a-nested-lab-one.jsonl', whole.records, whole.records]);
    const events = await client.call('traces.export', { job: 't', from: { shown: true }, format: 'csv', filter: 'kind == EVENT' });
    expect([events.written, new TextDecoder().decode(await download(client, events)).trimEnd().split('\n').length]).toEqual([1, 2]);
    await expect(client.call('traces.export', { job: 't', from: { shown: true }, format: 'csv', filter: 'kimd == EVENT' })).rejects.toMatchObject({ code: 'filter-field' });
  });

  it('makes one Parquet file of a trace', async () => {
    const made = await client.call('traces.export', { job: 't', from: { session }, format: 'parquet' });
    const bytes = await download(client, made);
    const text = (from: number, end?: number): string => new TextDecoder().decode(bytes.slice(from, end));
    expect([made.name, made.written, text(0, 4), text(-4)]).toEqual(['a-nested-lab-one.parquet', made.records, 'PAR1', 'PAR1']);
  });

  it('keeps registers and memory at points of the run: after steps, and around what a filter selects', async () => {
    const choice = { ...ALL, trace: false, statesAt: [0, 1], statesAround: 'kind == FAULT' };
    for (const from of [{ session }, { shown: true as const }]) {
      const made = await client.call('bundles.export', { job: 's', from, with: choice });
      expect(made.report.states.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
      const parts = unzipSync(await download(client, made));
      expect(Buffer.compare(parts['state/step-0/memory.bin']!, parts['state/end/memory.bin']!)).not.toBe(0);
    }
    const refused: readonly (readonly [Partial<BundleChoice>, string])[] = [[{ statesAt: [9] }, 'after step 9: the run has 4 steps'], [{ statesAround: 'kimd == FAULT' }, 'kimd']];
    for (const [wrong, message] of refused) {
      await expect(client.call('bundles.export', { job: 's', from: { session }, with: { ...ALL, ...wrong } })).rejects.toMatchObject({ message: expect.stringContaining(message) });
    }
  });

  it('hands out a sound copy of the store, which opens as one', async () => {
    const made = await client.call('store.export', { job: 'c' });
    const copy = join(mkdtempSync(join(tmpdir(), 'smmu-lab-copy-')), made.name);
    writeFileSync(copy, await download(client, made));
    const db = new Database(copy, { readonly: true });
    expect([made.name, db.pragma('integrity_check', { simple: true }), db.prepare('SELECT title FROM session WHERE id = ?').pluck().get(session)]).toEqual(['lab.sqlite3', 'ok', 'A nested lab: one']);
    db.close();
    rmSync(dirname(copy), { recursive: true });
  });

  it('compares the run on screen with itself, with another way to run it, and with a bundle', async () => {
    const compare = (request: Pick<Params<'runs.compare'>, 'a' | 'b'> & Partial<Params<'runs.compare'>>): Promise<Comparison> => client.call('runs.compare', { job: 'c', ignore: [], limit: 12, ...request });
    const transfer = await upload(client, bundle);
    for (const [a, b] of [[{ shown: true as const }, { session }], [{ transfer }, { documents: SMALL }]] as const) expect(await compare({ a, b })).toMatchObject({ differing: 0, steps: [], depth: 'all' });
    const other = { ...SMALL, steps: SMALL.steps.replace('access: write, length: 8', 'access: read, length: 8') };
    const found = await compare({ a: { transfer }, b: { documents: other }, depth: 'outcome' });
    expect([found.a, found.b, found.differing]).toEqual(['A nested lab: one, mine.smmulab', 'Contract', 1]);
    expect(found.steps[0]).toMatchObject({ step: 3, a: null, b: { verb: 'dma' } });
    expect(found.steps[0]!.differences[0]).toMatchObject({ class: 'changed', fields: [{ name: 'access', a: expect.stringContaining('write'), b: expect.stringContaining('read') }] });
    await client.call('transfers.end', { transfer });
  });
});

/** What the command line says of the same. */
async function onCommandLine(...argv: string[]): Promise<{ readonly steps: unknown[]; readonly last: object }> {
  const lines = (await cli(['compare', ...argv, '--json'])).out.trim().split('\n').map((line) => JSON.parse(line) as object);
  return { steps: lines.slice(0, -1), last: lines.at(-1)! };
}

describe('comparing', () => {
  const LABS = join(import.meta.dirname, '..', '..', 'resources', 'labs');

  it.each([
    ['leaf-lost', { uapi: 'vfio-v16-posted' as const }, { uapi: 'iommufd' as const }, ['--uapi', 'vfio-v16-posted', '--with-uapi', 'iommufd']],
    ['cd-fetch-not-forwarded', {}, { profile: 'qemu-11' as const }, ['--with-profile', 'qemu-11']],
  ])('%s says what the command line says', async (name, a, b, argv) => {
    const lab = startHost();
    const client = lab.connect();
    const { documents } = await client.call('samples.open', { id: name });
    const { steps, counts, differing } = await client.call('runs.compare', { job: 'c', a: { documents, ...a }, b: { documents, ...b }, ignore: [], limit: 12 });
    const told = await onCommandLine(join(LABS, name), ...argv);
    expect(steps).toEqual(told.steps);
    expect(told.last).toMatchObject({ counts, steps: differing });
    expect(steps.some(({ reasons }) => reasons.length > 0)).toBe(true);
    await lab.end();
  });

  it('is cancelled while a side runs, and leaves neither engine nor file', async () => {
    const lab = startHost();
    const client = lab.connect();
    const controller = new AbortController();
    const asked = client.call('runs.compare', { job: 'c', a: { documents: LASTING.documents }, b: { documents: STACK }, ignore: [], limit: 1 }, { signal: controller.signal });
    client.on('jobs.progress', () => controller.abort());
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
    await client.call('run.load', { documents: SMALL });
    await client.call('run.run', {});
    await client.call('bundles.export', { job: 'b', from: { shown: true }, with: ALL });
    await lab.host.close();
    expect(readdirSync(join(lab.folder, 'spool'))).toEqual([]);
    expect(lab.reported).toEqual([]);
    await lab.end();
  });
});

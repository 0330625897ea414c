/** What is kept of a session beside its runs: the journal, versions, words about it, bookmarks; and databases of earlier schemas. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { DATABASE_FILE } from '../../src/host/store/database.ts';
import { MIGRATIONS } from '../../src/host/store/migrations.ts';
import { startHost } from './hosts.ts';
import { long, SMALL } from './labs.ts';

let folder: string;
const ends: (() => Promise<void>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-sessions-'));
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  rmSync(folder, { recursive: true, force: true });
});

/** A lab on the same data folder: what it finds is what a restart finds. */
function start(): RpcClient {
  const host = startHost({ dataDir: folder });
  ends.push(() => host.end());
  return host.connect();
}

const LONG = long(40, 100);
const insert = (at: number, inserted: string) => ({ kind: 'edit' as const, edits: [{ document: 'guest' as const, at, removed: '', inserted }] });

describe('the journal of a session', () => {
  it('gives back what was not saved after a restart, and undoes and redoes across it', async () => {
    const client = start();
    const { id } = await client.call('sessions.save', { title: 'Unsaved', documents: SMALL });
    const { journal } = await client.call('sessions.open', { id });
    await client.call('journal.append', { id, after: journal.last, actions: [insert(0, '# one\n'), insert(6, '# two\n')] });
    expect(await client.call('journal.undo', { id })).toMatchObject({ documents: { guest: `# one\n${SMALL.guest}` } });
    const again = start();
    const opened = await again.call('sessions.open', { id });
    expect(opened).toMatchObject({ documents: { guest: `# one\n${SMALL.guest}` }, journal: { undo: 1, redo: 1, unsaved: 3 } });
    expect(await again.call('journal.redo', { id })).toMatchObject({ documents: { guest: `# one\n# two\n${SMALL.guest}` }, journal: { undo: 2, redo: 0 } });
    await again.call('journal.undo', { id });
    await again.call('journal.undo', { id });
    expect((await again.call('sessions.open', { id })).documents).toEqual(SMALL);
    await expect(again.call('journal.undo', { id })).rejects.toMatchObject({ code: 'not-found', message: 'there is nothing to undo' });
  });

  it('goes where an editor went by itself, and begins with what was opened, not with what was typed since', async () => {
    const client = start();
    const typed = { ...SMALL, guest: `# typed\n${SMALL.guest}` };
    const { id } = await client.call('sessions.save', { title: 'Typed', documents: typed, began: SMALL });
    const { journal } = await client.call('sessions.open', { id });
    expect(journal).toMatchObject({ undo: 1, redo: 0, unsaved: 0 });
    const back = { kind: 'edit' as const, edits: [{ document: 'guest' as const, at: 0, removed: '# typed\n', inserted: '' }] };
    const undone = await client.call('journal.append', { id, after: journal.last, actions: [back], follow: true });
    expect(undone).toMatchObject({ undo: 0, redo: 1 });
    expect(await client.call('journal.append', { id, after: undone.last, actions: [insert(0, '# typed\n')], follow: true })).toMatchObject({ undo: 1, redo: 0 });
    expect((await start().call('sessions.open', { id })).documents).toEqual(typed);
  });

  it('is the same behind many checkpoints', async () => {
    const client = start();
    const { id } = await client.call('sessions.save', { title: 'Long', documents: { ...SMALL, guest: '' } });
    let { last } = (await client.call('sessions.open', { id })).journal;
    for (let part = 0; part < 9; part++) {
      const actions = Array.from({ length: 100 }, (_, n) => insert(part * 100 + n, String(n % 10)));
      ({ last } = await client.call('journal.append', { id, after: last, actions }));
    }
    for (let n = 0; n < 450; n++) await client.call('journal.undo', { id });
    const again = start();
    expect(await again.call('sessions.open', { id })).toMatchObject({ documents: { guest: '0123456789'.repeat(45) }, journal: { undo: 450, redo: 450, last: 1350 } });
    expect(await again.call('journal.redo', { id })).toMatchObject({ documents: { guest: `${'0123456789'.repeat(45)}0` } });
  });

  it('refuses what another window overtook, and what does not fit, whole', async () => {
    const [one, other] = [start(), start()];
    const { id } = await one.call('sessions.save', { title: 'Two windows', documents: SMALL });
    const { last } = await one.call('journal.append', { id, after: 0, actions: [insert(0, 'x')] });
    await expect(other.call('journal.append', { id, after: 0, actions: [insert(0, 'y')] })).rejects.toMatchObject({ code: 'journal-conflict', message: expect.stringContaining('its last action is 1, not 0') });
    const misfit = { kind: 'edit' as const, edits: [{ document: 'guest' as const, at: 0, removed: 'nowhere', inserted: '' }] };
    await expect(other.call('journal.append', { id, after: last, actions: [insert(0, 'y'), misfit] })).rejects.toMatchObject({ code: 'journal-mismatch' });
    for (const client of [one, other]) expect(await client.call('sessions.open', { id })).toMatchObject({ documents: { guest: `x${SMALL.guest}` }, journal: { last: 1 } });
  });

  it('saves nothing over what another window did: it becomes a session of its own', async () => {
    const [one, other] = [start(), start()];
    const { id } = await one.call('sessions.save', { title: 'Two windows', documents: SMALL });
    await other.call('sessions.open', { id });
    const [ofOne, ofOther] = ['# one', '# other'].map((line) => ({ ...SMALL, guest: `${line}\n${SMALL.guest}` }));
    expect(await other.call('sessions.save', { id, documents: ofOther! })).toEqual({ id });
    const { id: own } = await one.call('sessions.save', { id, documents: ofOne! });
    expect(own).not.toBe(id);
    expect(await one.call('sessions.open', { id, look: true })).toMatchObject({ title: 'Two windows', documents: ofOther });
    expect(await one.call('sessions.open', { id: own, look: true })).toMatchObject({ title: 'Two windows', documents: ofOne });
    // Its own session is nobody else's; and a note of another window is no edit.
    await other.call('journal.append', { id: own, after: 0, actions: [{ kind: 'notes', before: '', after: 'seen' }] });
    expect(await one.call('sessions.save', { id: own, documents: SMALL })).toEqual({ id: own });
  });

  it('keeps the title that a session was given when it is saved without one', async () => {
    const client = start();
    const { id } = await client.call('sessions.save', { title: 'A lab', documents: SMALL });
    await client.call('journal.append', { id, after: 0, actions: [{ kind: 'title', before: 'A lab', after: 'Mine' }] });
    await client.call('sessions.save', { id, documents: { ...SMALL, guest: '# edited\n' } });
    expect(await client.call('sessions.open', { id })).toMatchObject({ title: 'Mine' });
  });

  it('takes a save in, with what the journal did not know yet', async () => {
    const client = start();
    const { id } = await client.call('sessions.save', { title: 'Saved', documents: SMALL });
    const documents = { ...SMALL, guest: `# saved\n${SMALL.guest}` };
    await client.call('sessions.save', { id, title: 'Saved, and named', documents });
    expect(await client.call('sessions.open', { id })).toMatchObject({ title: 'Saved, and named', documents, journal: { last: 3, undo: 2, unsaved: 0 } });
    await client.call('journal.undo', { id });
    expect(await client.call('journal.undo', { id })).toMatchObject({ title: 'Saved', documents: SMALL, journal: { unsaved: 2 } });
    expect(await client.call('sessions.versions', { id })).toMatchObject([{ version: 2 }, { version: 1 }]);
    expect(await client.call('sessions.version', { id, version: 2 })).toEqual(documents);
    await expect(client.call('sessions.version', { id, version: 3 })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a session', () => {
  it('is found by the words of its title, notes, tags and documents, and by nothing that is an operator', async () => {
    const client = start();
    const { id } = await client.call('sessions.save', { title: 'A stalled NIC', documents: { ...SMALL, guest: '# watch the doorbell\n' } });
    await client.call('sessions.save', { title: 'Another', documents: SMALL });
    await client.call('journal.append', { id, after: 0, actions: [{ kind: 'notes', before: '', after: 'see the mail of Monday' }, { kind: 'tags', before: [], after: ['escalated', 'rack-7'] }] });
    for (const search of ['stalled', 'NIC stal', 'monday', 'escal', 'doorbell', 'rack-7', 'mail nic']) {
      expect([search, (await client.call('sessions.list', { search })).map((session) => session.id)]).toEqual([search, [id]]);
    }
    for (const search of ['nothing', 'stalled another', '"', 'a OR b*(', 'NEAR(']) expect([search, await client.call('sessions.list', { search })]).toEqual([search, []]);
    expect(await client.call('sessions.list', { search: '  ' })).toHaveLength(2);
    expect((await client.call('sessions.list', {})).find((session) => session.id === id)?.tags).toEqual(['escalated', 'rack-7']);
  });

  it('keeps a layout and bookmarks, and goes with all of it', async () => {
    const client = start();
    await client.call('run.load', { documents: SMALL });
    await client.call('run.run', {});
    const { id } = await client.call('sessions.save', { title: 'Kept', documents: SMALL });
    await client.call('sessions.layout', { id, layout: '{"left":30}' });
    const [run] = (await client.call('sessions.open', { id })).runs;
    const first = await client.call('bookmarks.add', { id, runId: run!.id, place: { txn: 1 }, note: 'here it begins' });
    await client.call('bookmarks.add', { id, place: { address: '0x10000000', space: 'iova' }, note: '' });
    const again = start();
    expect(await again.call('bookmarks.list', { id })).toMatchObject([{ ...first, runId: run!.id, place: { txn: 1 }, note: 'here it begins' }, { runId: null, place: { space: 'iova' } }]);
    expect(await again.call('sessions.open', { id })).toMatchObject({ layout: '{"left":30}', runs: [{ level: 'steps', dropped: 0, omitted: 0 }] });
    await again.call('bookmarks.remove', { bookmark: first.id });
    expect(await again.call('bookmarks.list', { id })).toHaveLength(1);
    await expect(again.call('bookmarks.add', { id, runId: 'none', place: { txn: 1 }, note: '' })).rejects.toMatchObject({ code: 'not-found' });
    await again.call('sessions.remove', { id });
    expect(await again.call('sessions.list', {})).toEqual([]);
    await expect(again.call('sessions.open', { id })).rejects.toMatchObject({ code: 'not-found' });
    const db = new Database(join(folder, DATABASE_FILE));
    for (const table of ['document', 'action', 'checkpoint', 'run', 'chunk', 'bookmark', 'session_text']) {
      expect([table, db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()]).toEqual([table, 0]);
    }
    db.close();
  });

  it('keeps no run that has not begun or is under way: what is under way is kept when it is at its end', async () => {
    const client = start();
    await client.call('run.load', { documents: LONG });
    const { id } = await client.call('sessions.save', { title: 'Early', documents: LONG });
    const kept = async (): Promise<number[]> => (await client.call('sessions.open', { id, look: true })).runs.map(({ transactions }) => transactions);
    expect(await kept()).toEqual([]);
    const ran = client.call('run.run', {});
    await client.call('sessions.save', { id, documents: LONG });
    const { transactions } = await ran;
    await client.call('run.reset', {});
    await client.call('sessions.save', { id, documents: LONG });
    expect(await kept()).toEqual([transactions]);
    await client.call('run.step', {});
    await client.call('sessions.save', { id, documents: LONG });
    expect(await kept()).toEqual([transactions / 40, transactions]);
  });

  it('gives up stored runs only when it is told to, and their room with them', async () => {
    const client = start();
    const { id } = await client.call('sessions.save', { title: 'Pruned', documents: SMALL });
    for (const comment of ['', '# again\n']) {
      await client.call('run.load', { documents: { ...SMALL, steps: `${comment}${SMALL.steps}` } });
      await client.call('run.run', {});
    }
    const { runs } = await client.call('sessions.open', { id });
    const before = await client.call('store.size', {});
    expect(before).toMatchObject({ sessions: 1, runs: 2 });
    expect(await client.call('store.prune', { runIds: [runs[1]!.id, 'none'] })).toEqual({ removed: 1 });
    const after = await client.call('store.size', {});
    expect([after.runs, after.free]).toEqual([1, 0]);
    expect(after.traces).toBeLessThan(before.traces);
    expect((await client.call('sessions.open', { id })).runs).toEqual([runs[0]]);
    expect(await client.call('store.check', {})).toEqual({ complaints: [] });
  });
});

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'store');
const versions = readdirSync(FIXTURES).filter((name) => name.endsWith('.sqlite3'));

describe('a database of an earlier schema', () => {
  it('is kept for every schema that there was', () => {
    expect(versions.sort()).toEqual(Array.from({ length: MIGRATIONS.length - 1 }, (_, n) => `v${n + 1}.sqlite3`));
  });

  it.each(versions)('%s opens with all that was in it', async (name) => {
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(FIXTURES, name), join(folder, DATABASE_FILE));
    // A database is written to as it is opened: never the fixture.
    copyFileSync(join(FIXTURES, name), join(folder, 'before.sqlite3'));
    const before = new Database(join(folder, 'before.sqlite3'));
    const client = start();
    const sessions = await client.call('sessions.list', {});
    expect(sessions.map(({ title, runs }) => [title, runs])).toEqual([['Fixture stale-tlb', 1], ['Fixture first-nested', 2]]);
    for (const { id } of sessions) {
      const { documents, runs, journal } = await client.call('sessions.open', { id });
      const newest = before.prepare('SELECT host, guest, steps FROM document WHERE session_id = ? ORDER BY version DESC LIMIT 1').get(id);
      expect(documents).toEqual(newest);
      expect(journal.unsaved).toBe(0);
      expect(await client.call('runs.open', { runId: runs[0]!.id })).toMatchObject({ digest: runs[0]!.digest, readOnly: true });
      await client.call('journal.append', { id, after: journal.last, actions: [insert(0, '# now\n')] });
      expect(await client.call('journal.undo', { id })).toMatchObject({ documents });
    }
    before.close();
    expect((await client.call('sessions.list', { search: 'stale-tlb second' })).map(({ title }) => title)).toEqual(['Fixture stale-tlb']);
    expect(await client.call('store.check', {})).toEqual({ complaints: [] });
  });
});

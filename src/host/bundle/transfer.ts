/** Bundles into the store and out of it. */
import { createHash } from 'node:crypto';
import type { RunDetails } from '../run/run-record.ts';
import type { StoreClient } from '../store/store-client.ts';
import type { ReadOptions } from '../trace/record-source.ts';
import type { Action } from '../../protocol/contract.ts';
import type { Screenshot } from '../../formats/bundle/screenshot.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import { BundleFile } from './bundle-file.ts';
import { writeBundle } from './bundle-writer.ts';

export interface ExportRequest {
  readonly sessionId: string;
  /** Null: the newest; a session without runs is documents alone. */
  readonly runId: string | null;
  readonly file: string;
  /** Version of this program. */
  readonly engine: string;
  readonly screenshots?: readonly Screenshot[];
}

/** A session with one of its runs, as a file. Throws an RpcError; then there is no file. */
export async function exportSession(store: StoreClient, { sessionId, runId, file, engine, screenshots = [] }: ExportRequest, options: ReadOptions = {}): Promise<void> {
  const { title, tags, notes, documents: now, runs } = await store.call('open', { id: sessionId });
  const run = runId === null ? runs[0] : runs.find(({ id }) => id === runId);
  if (run === undefined && runId !== null) throw new RpcError({ code: RPC_CODES.notFound, message: `no run ${runId} in session ${sessionId}` });
  const journal = await store.call('journalLines', { id: sessionId });
  const bookmarks = (await store.call('listBookmarks', { id: sessionId })).filter((one) => one.runId === null || one.runId === run?.id);
  const about = { engine, made: new Date().toISOString(), title, tags, notes, journal, bookmarks: bookmarks.map(({ runId: of, place, note, made }) => ({ place, note, made, ofRun: of !== null })), states: [], screenshots };
  if (run === undefined) return writeBundle(file, { ...about, documents: now, run: null }, options);
  const { version, transactions, faults, details } = await store.call('openRun', { runId: run.id });
  const { uapi, position } = JSON.parse(details) as RunDetails;
  // The documents that made the run, whatever was edited since.
  const documents = await store.call('version', { id: sessionId, version });
  const trace = await store.traceSource(run.id);
  await writeBundle(file, { ...about, documents, run: { about: { steps: position, transactions, faults, uapi: uapi ?? null, details }, trace } }, options);
}

export interface Imported {
  readonly sessionId: string;
  readonly runId: string | null;
}

/** A new session of a bundle. Every part is checked before the store is touched, and a failure later leaves nothing of it there. */
export async function importBundle(store: StoreClient, file: string, options: ReadOptions = {}): Promise<Imported> {
  const bundle = BundleFile.open(file);
  try {
    await bundle.verify({ signal: options.signal });
    const bookmarks = bundle.bookmarks();
    const { manifest } = bundle;
    const screenshots = bundle.screenshots().length;
    const when = new Date().toISOString();
    const { id, version, last } = await store.call('save', { id: null, title: manifest.title, documents: bundle.documents(), when, arriving: true });
    try {
      const notes = bundle.notes();
      await store.call('appendActions', {
        id,
        after: last,
        when,
        actions: [
          { kind: 'did', what: `imported from a bundle of ${manifest.made}${screenshots === 0 ? '' : `; its screenshots (${screenshots}) stay in the file`}` },
          ...(notes === '' ? [] : [{ kind: 'notes', before: '', after: notes } as const]),
          ...(manifest.tags.length === 0 ? [] : [{ kind: 'tags', before: [], after: manifest.tags } satisfies Action]),
        ],
      });
      const runId = manifest.run === null ? null : await importRun(store, bundle, { sessionId: id, version, when }, options);
      for (const { place, note, made, ofRun } of bookmarks) await store.call('addBookmark', { id, runId: ofRun ? runId : null, place, note, when: made });
      await store.call('arrived', { id });
      return { sessionId: id, runId };
    } catch (error) {
      await store.call('removeSession', { id });
      throw error;
    }
  } finally {
    bundle.close();
  }
}

async function importRun(store: StoreClient, bundle: BundleFile, session: { readonly sessionId: string; readonly version: number; readonly when: string }, options: ReadOptions): Promise<string> {
  const { uapi: _uapi, steps: _steps, ...about } = bundle.manifest.run!;
  const runId = (await store.call('beginRun', { ...session, ...about }))!;
  const hash = createHash('sha256');
  for await (const { words } of bundle.trace().pieces(options)) {
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    hash.update(bytes);
    await store.call('appendTrace', { runId, bytes });
  }
  const digest = hash.digest('hex');
  if (about.digest !== null && digest !== about.digest) throw new RpcError({ code: 'bundle-bad', message: 'the bundle changed while it was imported', at: { file: bundle.file } });
  await store.call('finishRun', { runId, totals: null });
  return runId;
}

/** What is handed on: the run on screen, a session with one of its runs, a bundle. */
import { parseLab } from '../../formats/lab/index.ts';
import type { Bookmark, Documents, Source, UapiName } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import { BundleFile } from '../bundle/bundle-file.ts';
import type { BundleContents } from '../bundle/bundle-writer.ts';
import type { Lab } from '../run/lab.ts';
import type { RunDetails } from '../run/run-record.ts';
import type { StoreClient } from '../store/store-client.ts';
import type { ReadOptions, RecordSource } from '../trace/record-source.ts';
import { rerun } from './rerun.ts';
import type { Engines } from './rerun.ts';
import type { Transfers } from './transfers.ts';

export type States = BundleContents['states'];

export interface OpenedRun {
  readonly trace: RecordSource;
  readonly about: NonNullable<BundleContents['run']>['about'];
  readonly devices: readonly (readonly [sid: number, name: string])[];
  /** Of the session's bookmarks those with this id are of this run. */
  readonly id: string | null;
}

export interface OpenedSource {
  readonly title: string;
  /** To tell it from another: its title, and when it ran or which file it is. */
  readonly name: string;
  /** Those that made the run; null: it is of a capture. */
  readonly documents: Documents | null;
  readonly run: OpenedRun | null;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly journal: readonly string[];
  readonly bookmarks: readonly Bookmark[];
  /** Registers and memory at these points before the end of the run, and there. */
  states(points: readonly number[], options: ReadOptions): Promise<States>;
}

export interface SourcesOptions {
  readonly lab: Lab;
  readonly store: StoreClient;
  readonly transfers: Transfers;
  readonly engines: Engines;
}

const BARE = { tags: [], notes: '', journal: [], bookmarks: [] } as const;

/** Opens a source while `work` reads it. Throws an RpcError: `not-found`, `no-run`, what a bundle is refused with. */
export function withSource<T>(source: Source, options: SourcesOptions, reading: ReadOptions, work: (opened: OpenedSource) => Promise<T>): Promise<T> {
  if ('shown' in source) return withShown(options, work);
  return 'session' in source ? withStored(source.session, source.run ?? null, options, work) : withBundle(source.transfer, options, reading, work);
}

async function withShown<T>({ lab, engines }: SourcesOptions, work: (opened: OpenedSource) => Promise<T>): Promise<T> {
  const run = lab.shown;
  const queue = await lab.machine.eventQueue();
  return run.reading((trace) => {
    const details = run.details(queue);
    const { steps, transactions, faults } = { ...run.counts(), steps: run.position };
    const about = { steps, transactions, faults, uapi: run.uapi, details: JSON.stringify(details) };
    const opened = trace.info.records === 0 ? null : { trace, about, devices: details.devices, id: null };
    const { documents } = lab;
    // The machine at hand is where the run ended; what was before is known only of documents.
    const states = (points: readonly number[], options: ReadOptions): Promise<States> =>
      points.length === 0 || documents === null ? lab.machine.states() : statesAnew(engines, { documents, uapi: run.uapi, steps, digest: trace.info.digest, level: trace.info.level ?? 'steps' }, points, options);
    return work({ ...BARE, title: run.title || 'Untitled lab', name: named(run.title || 'this run', 'this run', run.uapi), documents: lab.documents, run: opened, states });
  });
}

async function withStored<T>(session: string, runId: string | null, { store, engines }: SourcesOptions, work: (opened: OpenedSource) => Promise<T>): Promise<T> {
  const { title, tags, notes, documents: now, runs } = await store.call('open', { id: session });
  const kept = runId === null ? runs[0] : runs.find(({ id }) => id === runId);
  if (kept === undefined && runId !== null) throw new RpcError({ code: RPC_CODES.notFound, message: `no run ${runId} in session ${session}` });
  const beside = { title, tags, notes, journal: await store.call('journalLines', { id: session }), bookmarks: await store.call('listBookmarks', { id: session }) };
  if (kept === undefined) return work({ ...beside, name: title, documents: now, run: null, states: () => Promise.resolve([]) });
  const { version, transactions, faults, details } = await store.call('openRun', { runId: kept.id });
  const { uapi = null, position, devices } = JSON.parse(details) as RunDetails;
  // The documents that made the run, whatever was edited since.
  const documents = await store.call('version', { id: session, version });
  const trace = await store.traceSource(kept.id);
  return work({
    ...beside,
    name: named(title, `run of ${kept.when}`, uapi),
    documents,
    run: { trace, about: { steps: position, transactions, faults, uapi, details }, devices, id: kept.id },
    states: (points, options) => statesAnew(engines, { documents, uapi, steps: position, digest: trace.info.digest, level: trace.info.level ?? 'steps' }, points, options),
  });
}

async function withBundle<T>(transfer: string, { transfers, engines }: SourcesOptions, reading: ReadOptions, work: (opened: OpenedSource) => Promise<T>): Promise<T> {
  const { file, name } = transfers.whole(transfer);
  return withBundleFile(file, name, async (bundle) => {
    await bundle.verify(reading);
    const { title, tags, run } = bundle.manifest;
    const documents = bundle.documents();
    const opened = run === null ? null : { trace: bundle.trace(), about: { steps: run.steps, transactions: run.transactions, faults: run.faults, uapi: run.uapi, details: run.details }, devices: (JSON.parse(run.details) as Partial<RunDetails>).devices ?? [], id: null };
    const states = (points: readonly number[], options: ReadOptions): Promise<States> =>
      run === null ? Promise.resolve([]) : statesAnew(engines, { documents, uapi: run.uapi, steps: run.steps, digest: run.digest, level: run.level ?? 'steps' }, points, options);
    return work({ title, tags, name: named(title, name, run?.uapi ?? null), documents, run: opened, notes: bundle.notes(), journal: bundle.journal(), bookmarks: [], states });
  });
}

/** A refusal names the file as its owner does, not where it lies here. */
export async function withBundleFile<T>(file: string, name: string, work: (bundle: BundleFile) => Promise<T>): Promise<T> {
  let bundle: BundleFile | null = null;
  try {
    bundle = BundleFile.open(file);
    return await work(bundle);
  } catch (error) {
    throw error instanceof RpcError && error.at?.file === file ? new RpcError({ ...error.toFailure(), at: { ...error.at, file: name } }) : error;
  } finally {
    bundle?.close();
  }
}

interface Ended {
  readonly documents: Documents;
  readonly uapi: UapiName | null;
  readonly steps: number;
  readonly digest: string | null;
  readonly level: 'transactions' | 'steps';
}

/** A lab is deterministic: the machine is the one that the run left if the trace is the same. */
async function statesAnew(engines: Engines, { documents, uapi, steps, digest, level }: Ended, points: readonly number[], options: ReadOptions): Promise<States> {
  const lab = await rerun(engines, { documents, uapi: uapiFor(documents, uapi), steps: points[0] ?? steps, level }, options);
  try {
    const states: States[number][] = [];
    for (const point of [...points, steps]) {
      if (options.signal?.aborted === true) throw new RpcError({ code: RPC_CODES.cancelled, message: 'cancelled while the documents were run anew' });
      if (lab.shown.position < point) await lab.seek(point);
      if (point < steps) states.push(...(await lab.machine.states(`step-${point}`)));
      options.progress?.(point, steps);
    }
    if (digest !== null && lab.shown.digest() !== digest) throw new RpcError({ code: 'not-the-same', message: 'the documents no longer lead to this trace: registers and memory of its end are not known' });
    return [...states, ...(await lab.machine.states())];
  } finally {
    await lab.close();
  }
}

/** A uAPI can be chosen only for a lab of the whole stack. */
export function uapiFor(documents: Documents, uapi: UapiName | null): UapiName | null {
  if (uapi === null) return null;
  const parsed = parseLab(documents);
  return parsed.ok && parsed.value.stack !== undefined ? uapi : null;
}

const named = (...parts: readonly (string | null)[]): string => parts.filter((part) => part !== null).join(', ');

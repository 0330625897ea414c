/** What `export` takes a trace from: a lab that is run for it, a session's run, a bundle, a file of JSON lines. */
import { BundleFile } from '../host/bundle/bundle-file.ts';
import { dataFolder } from '../host/data-folder.ts';
import type { ExportedTrace } from '../host/export/export-trace.ts';
import type { RunDetails } from '../host/run/run-record.ts';
import { openForReading, sessionId } from '../host/store/query/sql.ts';
import type { StoreClient } from '../host/store/store-client.ts';
import { recordSource } from '../host/trace/record-source.ts';
import { openTraceFile } from '../host/trace/trace-file.ts';
import { RECORD_WORDS } from '../model/trace/record.ts';
import type { Io } from './io.ts';
import { openLab, TracedRun } from './open-lab.ts';
import type { OpenLab } from './open-lab.ts';
import { recordingOf } from './recording-options.ts';
import type { RecordingChoice } from './recording-options.ts';
import { Refusal, refusalOf, unwrap } from './refusal.ts';
import { onUapi } from './uapi-choice.ts';
import { withStore } from './with-store.ts';

export interface SourceOptions extends RecordingChoice {
  readonly session?: boolean;
  readonly run?: string;
  readonly data?: string;
  readonly uapi?: string;
}

export const isBundle = (path: string): boolean => path.endsWith('.smmulab');
export const isTraceFile = (path: string): boolean => path.endsWith('.jsonl');

/** A lab, and the run that was made of it; null: what is wrong with the documents was said. */
export function traced(path: string, { uapi, ...recording }: SourceOptions, io: Io): { readonly lab: OpenLab; readonly run: TracedRun } | null {
  const opened = openLab(path, io);
  if (opened === null) return null;
  const data = onUapi(opened.data, uapi);
  if (data === null) throw new Refusal({ code: 'bad-uapi', message: '--uapi all: a file holds one run; export each uAPI to a file of its own' });
  const lab = { ...opened, data };
  return { lab, run: TracedRun.create(data, opened.files, recordingOf(recording)) };
}

/** The trace of a run that has ended; `digest` is asked of it only by a bundle. */
export function sourceOf({ records, level, omitted }: TracedRun, digest: string | null): ExportedTrace['source'] {
  return recordSource({ level, records: records.length / RECORD_WORDS, dropped: 0, omitted, digest }, () => records);
}

/** The id of a session that was named by its title or id. */
export async function storedSession(name: string, data: string | undefined): Promise<string> {
  const db = unwrap(await openForReading(data ?? dataFolder()));
  try {
    return sessionId(db, name);
  } catch (error) {
    throw refusalOf(error);
  } finally {
    db.close();
  }
}

async function storedTrace(store: StoreClient, id: string, run: string | undefined): Promise<ExportedTrace> {
  const { title, runs } = await store.call('open', { id });
  const runId = run ?? runs[0]?.id;
  if (runId === undefined || !runs.some((one) => one.id === runId)) throw new Refusal({ code: 'not-found', message: run === undefined ? `${title} has no run` : `${title} has no run ${run}` });
  const { details } = await store.call('openRun', { runId });
  return { title, devices: devicesIn(details), source: await store.traceSource(runId) };
}

const devicesIn = (details: string): ExportedTrace['devices'] => (JSON.parse(details) as Partial<RunDetails>).devices ?? [];

/** The trace that `name` and the options say, while `work` reads it; false: what is wrong with the documents of a lab was said. */
export async function withTrace(name: string, options: SourceOptions, io: Io, work: (trace: ExportedTrace) => Promise<void>): Promise<boolean> {
  if (options.session === true) {
    const id = await storedSession(name, options.data);
    await withStore(options.data, async (store) => work(await storedTrace(store, id, options.run)));
  } else if (isTraceFile(name)) {
    await work({ title: name, devices: [], source: await openTraceFile(name) });
  } else if (isBundle(name)) {
    await withBundle(name, work);
  } else {
    const made = traced(name, options, io);
    if (made === null) return false;
    const { runner } = made.run;
    try {
      runner.run();
      const { title, devices } = made.lab.data.host;
      await work({ title, devices: devices.map(({ StreamID, name: device }) => [StreamID, device]), source: sourceOf(made.run, null) });
    } finally {
      runner.release();
    }
  }
  return true;
}

/** Every part is checked first: what a damaged bundle holds is not passed on. */
async function withBundle(file: string, work: (trace: ExportedTrace) => Promise<void>): Promise<void> {
  const bundle = BundleFile.open(file);
  try {
    await bundle.verify();
    const { title, run } = bundle.manifest;
    if (run === null) throw new Refusal({ code: 'no-run', message: 'the bundle has no run to be exported', at: { file } });
    await work({ title, devices: devicesIn(run.details), source: bundle.trace() });
  } finally {
    bundle.close();
  }
}

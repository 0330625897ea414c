/** Files in and out of a connection: bundles and traces of other formats, made and checked here, handed over in pieces. */
import { createHash } from 'node:crypto';
import { screenshotPart } from '../../formats/bundle/screenshot.ts';
import type { BundleChoice, BundleReport, ExchangeMethod, ExportFormat, ReplayReport, StreamData } from '../../protocol/contract.ts';
import { RpcError } from '../../protocol/errors.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';
import type { BundleFile } from '../bundle/bundle-file.ts';
import { writeBundle } from '../bundle/bundle-writer.ts';
import type { BundleContents } from '../bundle/bundle-writer.ts';
import { importBundle } from '../bundle/transfer.ts';
import { exportTrace } from '../export/export-trace.ts';
import type { ReadOptions } from '../trace/record-source.ts';
import { compiled } from './compiled-filter.ts';
import { pointsOf } from './points.ts';
import { firstDifference } from '../compare/first-difference.ts';
import { rerun } from './rerun.ts';
import { uapiFor, withBundleFile, withSource } from './sources.ts';
import type { OpenedSource, SourcesOptions } from './sources.ts';

export interface ExchangeOptions extends SourcesOptions {
  /** Of this program. */
  readonly version: string;
  /** Waits for what is being kept. */
  settled(): Promise<void>;
  tell(progress: StreamData<'jobs.progress'>): void;
}

const ENDINGS: Readonly<Record<ExportFormat, string>> = { jsonl: 'jsonl', csv: 'csv', chrome: 'trace.json', parquet: 'parquet' };

export class Exchange {
  readonly #options: ExchangeOptions;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  handlers(): Pick<Handlers, ExchangeMethod> {
    const { transfers, store } = this.#options;
    return {
      'transfers.begin': ({ name, bytes }) => ({ transfer: transfers.begin(name, bytes) }),
      'transfers.write': ({ transfer, at, bytes }) => ({ bytes: transfers.write(transfer, at, bytes) }),
      'transfers.read': ({ transfer, at, count }) => ({ bytes: transfers.read(transfer, at, count) }),
      'transfers.end': ({ transfer }) => {
        transfers.end(transfer);
        return {};
      },
      'bundles.export': async ({ job, from, with: choice }, context) => {
        await this.#options.settled();
        return withSource(from, this.#options, this.#reading(job, 'Checking the bundle', context), (source) => this.#bundle(source, choice, job, context));
      },
      'bundles.verify': ({ job, transfer }, context) => this.#withBundle(transfer, this.#reading(job, 'Checking the bundle', context), (bundle) => Promise.resolve({ ...reportOf(bundle), documents: bundle.documents(), notes: bundle.notes(), bookmarks: bundle.bookmarks().length, screenshots: bundle.screenshots() })),
      'bundles.import': async ({ job, transfer }, context) => {
        const { file, name } = transfers.whole(transfer);
        // Opened here only so that a refusal names the file as its owner does.
        const { sessionId, runId } = await withBundleFile(file, name, () => importBundle(store, file, this.#reading(job, 'Importing', context)));
        return { id: sessionId, runId };
      },
      'bundles.replay': ({ job, transfer }, context) => this.#withBundle(transfer, this.#reading(job, 'Checking the bundle', context), (bundle) => this.#replay(bundle, job, context)),
      'store.export': async () => {
        await this.#options.settled();
        return transfers.make('lab.sqlite3', async (file) => void (await store.call('copyTo', { file })));
      },
      'traces.export': async ({ job, from, format, filter }, context) => {
        await this.#options.settled();
        return withSource(from, this.#options, this.#reading(job, 'Checking the bundle', context), (source) => this.#trace(source, format, filter ?? '', job, context));
      },
    };
  }

  #reading(job: string, what: string, { signal }: CallContext): ReadOptions {
    return { signal, progress: (done, total) => this.#options.tell({ job, what, done, total }) };
  }

  #withBundle<T>(transfer: string, reading: ReadOptions, work: (bundle: BundleFile) => Promise<T>): Promise<T> {
    const { file, name } = this.#options.transfers.whole(transfer);
    return withBundleFile(file, name, async (bundle) => {
      await bundle.verify(reading);
      return work(bundle);
    });
  }

  async #bundle(source: OpenedSource, choice: BundleChoice, job: string, context: CallContext) {
    const { transfers, version: engine } = this.#options;
    const { documents, title, tags, run } = source;
    if (documents === null) throw new RpcError({ code: 'no-documents', message: 'a bundle is made of documents, and this run has none: export its trace' });
    const reading = this.#reading(job, 'Registers and memory', context);
    const states = choice.states && run !== null ? await source.states(await pointsOf(run, choice, reading), reading) : [];
    const contents: BundleContents = {
      engine,
      made: new Date().toISOString(),
      title,
      tags,
      documents,
      notes: choice.notes ? source.notes : '',
      journal: choice.journal ? source.journal : [],
      bookmarks: choice.bookmarks ? source.bookmarks.filter(({ runId }) => runId === null || runId === run?.id).map(({ runId, place, note, made }) => ({ place, note, made, ofRun: choice.trace && runId !== null })) : [],
      run: choice.trace ? run : null,
      states,
      screenshots: choice.screenshot === undefined ? [] : [{ name: screenshotPart('window'), png: choice.screenshot }],
    };
    let report: BundleReport | null = null;
    const made = await transfers.make(`${fileName(title)}.smmulab`, async (file) => {
      await writeBundle(file, contents, this.#reading(job, 'Writing the bundle', context));
      report = await withBundleFile(file, title, (bundle) => Promise.resolve(reportOf(bundle)));
    });
    return { ...made, report: report! };
  }

  async #trace({ run, title }: OpenedSource, format: ExportFormat, filter: string, job: string, context: CallContext) {
    if (run === null) throw new RpcError({ code: 'no-run', message: 'there is no trace to be exported: run the lab first' });
    const matches = filter.trim() === '' ? null : compiled(filter, run.devices);
    let written = 0;
    const made = await this.#options.transfers.make(`${fileName(title)}.${ENDINGS[format]}`, async (file) => {
      written = await exportTrace({ source: run.trace, title, devices: run.devices }, { file, format, matches, shardRows: null }, this.#reading(job, 'Writing the trace', context));
    });
    const { records, dropped, omitted, cut = false } = run.trace.info;
    return { ...made, records, written, dropped, omitted, cut };
  }

  async #replay(bundle: BundleFile, job: string, context: CallContext): Promise<ReplayReport> {
    const { run, engine } = bundle.manifest;
    if (run === null) throw new RpcError({ code: 'no-run', message: 'the bundle has no run to be replayed' });
    if (run.digest === null) throw new RpcError({ code: 'no-digest', message: 'records of the run were dropped, left out or cut off by a crash: there is no digest to compare with' });
    const documents = bundle.documents();
    const lab = await rerun(this.#options.engines, { documents, uapi: uapiFor(documents, run.uapi), level: run.level ?? 'steps', steps: run.steps }, this.#reading(job, 'Running the documents anew', context));
    try {
      const digest = lab.shown.digest() ?? emptyDigest();
      const report = { same: digest === run.digest, digest, expected: run.digest, engine, steps: run.steps };
      if (report.same) return report;
      const differs = await lab.shown.reading((now) => firstDifference(bundle.trace(), now, this.#reading(job, 'Looking for where they part', context)));
      return differs === null ? report : { ...report, differs };
    } finally {
      await lab.close();
    }
  }
}

/** Of a trace without records. */
const emptyDigest = (): string => createHash('sha256').digest('hex');

function reportOf({ manifest }: BundleFile): BundleReport {
  const { title, tags, engine, made, parts, run, states } = manifest;
  const { details: _details, ...about } = run ?? { details: '' };
  return {
    title,
    tags,
    engine,
    made,
    parts: parts.map(({ name, bytes }) => ({ name, bytes })),
    run: run === null ? null : (about as BundleReport['run']),
    states: states.map(({ step, ranges }) => ({ step, bytes: ranges.reduce((sum, { bytes }) => sum + bytes, 0) })),
  };
}

/** A title as the name of a file. */
const fileName = (title: string): string =>
  title
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 60) || 'lab';

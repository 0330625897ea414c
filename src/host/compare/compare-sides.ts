/** `runs.compare`: two sides opened, the reasons for which they may part looked for, and their traces compared. */
import { NO_REASONS } from '../../model/lab/index.ts';
import type { Reasons } from '../../model/lab/index.ts';
import type { CompareSide, Comparison, Documents, ParamsOf, ProfileName, StreamData, UapiName } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { CompareOptions } from '../../model/trace/compare/compare.ts';
import { EngineClient } from '../engine/engine-client.ts';
import { rerun } from '../exchange/rerun.ts';
import { withSource } from '../exchange/sources.ts';
import type { SourcesOptions } from '../exchange/sources.ts';
import type { ReadOptions } from '../trace/record-source.ts';
import { compareRuns } from './compare-runs.ts';
import type { ComparedRun } from './compare-runs.ts';

/** Differences that a report tells at most: some megabytes. */
const MOST = 6000;

interface OpenedSide {
  readonly run: ComparedRun;
  readonly uapi: UapiName | null;
  /** How the run can be made; null: it is of a capture. */
  readonly made: { readonly documents: Documents; readonly uapi: UapiName | null; readonly profile: ProfileName | undefined } | null;
}

type Request = ParamsOf<'runs.compare'>;
type Tell = (progress: StreamData<'jobs.progress'>) => void;

export async function compareSides({ job, a, b, depth, ignore, limit }: Request, options: SourcesOptions, signal: AbortSignal, tell: Tell): Promise<Comparison> {
  const reading = (what: string): ReadOptions => ({ signal, progress: (done, total) => tell({ job, what, done, total }) });
  return withSide(a, options, reading('Side A'), (left) =>
    withSide(b, options, reading('Side B'), async (right) => {
      const chosen = depth ?? (left.uapi === right.uapi ? 'all' : 'outcome');
      const reasons = await reasonsOf(left, right, { depth: chosen, ignore }, options, reading('Looking for reasons'));
      const report = await compareRuns(left.run, right.run, reasons, { depth: chosen, ignore, limit, steps: Math.ceil(MOST / limit) }, reading('Comparing'));
      return asSent({ a: left.run.name, b: right.run.name, depth: chosen, ...report });
    }),
  );
}

/** Plain data: what the model keeps read-only a message may share with nobody. */
const asSent = (comparison: unknown): Comparison => JSON.parse(JSON.stringify(comparison)) as Comparison;

async function withSide<T>(side: CompareSide, options: SourcesOptions, reading: ReadOptions, work: (opened: OpenedSide) => Promise<T>): Promise<T> {
  if ('documents' in side) return withDocuments(side, options, reading, work);
  return withSource(side, options, reading, async ({ name, documents, run }) => {
    if (run === null) throw new RpcError({ code: 'no-run', message: `${name}: there is no run to be compared` });
    const { uapi } = run.about;
    // Only the machine at hand can still say what its steps said.
    const steps = 'shown' in side && options.lab.documents !== null ? await options.lab.machine.said() : null;
    return work({ run: { name, trace: run.trace, steps }, uapi, made: documents === null ? null : { documents, uapi, profile: undefined } });
  });
}

async function withDocuments<T>({ documents, uapi, profile }: Extract<CompareSide, { documents: Documents }>, { engines }: SourcesOptions, reading: ReadOptions, work: (opened: OpenedSide) => Promise<T>): Promise<T> {
  const lab = await rerun(engines, { documents, uapi, profile, level: 'steps', steps: null }, reading);
  try {
    const { title, uapi: ran } = lab.shown;
    const name = [title, ...(ran === null ? [] : [ran]), ...(profile === undefined || profile === 'arch' ? [] : [profile])].join(', ');
    const steps = await lab.machine.said();
    return await lab.shown.reading((trace) => work({ run: { name, trace, steps }, uapi: ran, made: { documents, uapi: uapi ?? null, profile } }));
  } finally {
    await lab.close();
  }
}

/** In an engine of its own: a deviation of QEMU is found by running the lab with each. */
async function reasonsOf(a: OpenedSide, b: OpenedSide, options: CompareOptions, { engines }: SourcesOptions, { signal, progress }: ReadOptions): Promise<Reasons> {
  if (a.made === null || b.made === null) return NO_REASONS;
  const nothing = (): void => undefined;
  const engine = new EngineClient(engines.engine, { records: nothing, progress: nothing, died: nothing });
  try {
    await engine.call('reasons', { a: a.made, b: b.made, options });
    while (signal?.aborted !== true) {
      const { done, atMost, result } = await engine.call('reasonsOn', {});
      if (result !== null) return result;
      progress?.(done, atMost);
    }
    throw new RpcError({ code: RPC_CODES.cancelled, message: 'the comparison was cancelled' });
  } finally {
    await engine.end();
  }
}

/** What `compare` compares: a lab, run as the options ask, the trace that a run left, or a bundle. */
import { parseLab } from '../formats/lab/index.ts';
import { BundleFile } from '../host/bundle/bundle-file.ts';
import type { ComparedRun } from '../host/compare/compare-runs.ts';
import { openTraceFile } from '../host/trace/trace-file.ts';
import { withProfile, withUapi } from '../model/lab/index.ts';
import type { LabData } from '../model/lab/index.ts';
import type { Profile } from '../model/spec/index.ts';
import { isBundle, isTraceFile, sourceOf } from './export-source.ts';
import type { Io } from './io.ts';
import { openLab, TracedRun } from './open-lab.ts';
import { Refusal, refusalOf } from './refusal.ts';
import { onUapi } from './uapi-choice.ts';

export interface SideOptions {
  readonly uapi?: string | undefined;
  readonly profile?: Profile | undefined;
}

export interface Side {
  readonly run: ComparedRun;
  /** Null: the trace of a lab that is not at hand. */
  readonly data: LabData | null;
  close(): void;
}

/** A trace was made on one uAPI with one profile. */
function refuseOptions(path: string, { uapi, profile }: SideOptions): void {
  if (uapi !== undefined || profile !== undefined) throw new Refusal({ code: 'bad-option', message: 'a trace was made on one uAPI with one profile: --uapi and --profile are for labs', at: { file: path } });
}

async function traceSide(path: string): Promise<Side> {
  return { run: { name: path, trace: await openTraceFile(path), steps: null }, data: null, close: () => undefined };
}

/** Every part is checked first. */
async function bundleSide(path: string): Promise<Side> {
  const bundle = BundleFile.open(path);
  try {
    await bundle.verify();
    const { run } = bundle.manifest;
    if (run === null) throw new Refusal({ code: 'no-run', message: 'the bundle has no run to be compared', at: { file: path } });
    const parsed = parseLab(bundle.documents());
    const data = !parsed.ok ? null : run.uapi === null || parsed.value.stack === undefined ? parsed.value : withUapi(parsed.value, run.uapi);
    return { run: { name: path, trace: bundle.trace(), steps: null }, data, close: () => bundle.close() };
  } catch (error) {
    bundle.close();
    throw error;
  }
}

function asked(data: LabData, { uapi, profile }: SideOptions): LabData {
  if (uapi === 'all') throw new Refusal({ code: 'unknown-uapi', message: '--uapi all is for run: compare takes one uAPI for each side' });
  const on = onUapi(data, uapi) ?? data;
  return profile === undefined ? on : withProfile(on, profile);
}

/** `resources/labs/tour, iommufd, qemu-11`. */
function nameOf(path: string, { stack, host }: LabData): string {
  return [path, ...(stack === undefined ? [] : [stack.data.uapi]), ...(host.smmu.profile === 'arch' ? [] : [host.smmu.profile])].join(', ');
}

/** Null: what is wrong with the documents was said. */
export async function openSide(path: string, options: SideOptions, io: Io): Promise<Side | null> {
  if (isTraceFile(path) || isBundle(path)) {
    refuseOptions(path, options);
    try {
      return await (isBundle(path) ? bundleSide(path) : traceSide(path));
    } catch (error) {
      throw refusalOf(error);
    }
  }
  const lab = openLab(path, io);
  if (lab === null) return null;
  const data = asked(lab.data, options);
  const traced = TracedRun.create(data, lab.files);
  try {
    const steps = traced.runner.run().map(({ verb, text }) => ({ verb, text }));
    return { data, run: { name: nameOf(path, data), trace: sourceOf(traced, null), steps }, close: () => undefined };
  } finally {
    traced.runner.release();
  }
}

/** What `compare` compares: a lab, run as the options ask, or the trace that a run left. */
import { readTraceLines } from '../formats/jsonl/read-lines.ts';
import { withProfile } from '../model/lab/index.ts';
import type { CompareSource, LabData } from '../model/lab/index.ts';
import type { Profile } from '../model/spec/index.ts';
import { readText } from './files.ts';
import type { Io } from './io.ts';
import { openLab, TracedRun } from './open-lab.ts';
import { Refusal, unwrap } from './refusal.ts';
import { onUapi } from './uapi-choice.ts';

export interface SideOptions {
  readonly uapi?: string | undefined;
  readonly profile?: Profile | undefined;
}

export interface Side {
  readonly source: CompareSource;
  /** Null: the trace of a lab that is not at hand. */
  readonly data: LabData | null;
}

const isTrace = (path: string): boolean => path.endsWith('.jsonl');

async function traceSide(path: string, options: SideOptions, io: Io): Promise<Side> {
  if (options.uapi !== undefined || options.profile !== undefined) throw new Refusal({ code: 'bad-option', message: 'a trace was made on one uAPI with one profile: --uapi and --profile are for labs', at: { file: path } });
  const read = readTraceLines(unwrap(await readText(path, io)));
  if (!read.ok) throw new Refusal({ ...read.error, at: { ...read.error.at, file: path } });
  return { source: { name: path, records: read.value, steps: null }, data: null };
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
  if (isTrace(path)) return traceSide(path, options, io);
  const lab = openLab(path, io);
  if (lab === null) return null;
  const data = asked(lab.data, options);
  const traced = TracedRun.create(data, lab.files);
  try {
    const steps = traced.runner.run().map(({ verb, text }) => ({ verb, text }));
    return { data, source: { name: nameOf(path, data), records: traced.records, steps } };
  } finally {
    traced.runner.release();
  }
}


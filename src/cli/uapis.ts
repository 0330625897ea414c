/** `run --uapi all`: the lab on every uAPI, and where they part. */
import type { LabData, Parting, Ran, RunSummary, Uapi } from '../model/lab/index.ts';
import { DIVERGENCES, partingsOf, UAPIS, withUapi } from '../model/lab/index.ts';
import { jsonLine } from './io.ts';
import type { Io } from './io.ts';
import type { Matching } from './matching.ts';
import type { TracedRun } from './open-lab.ts';
import { stepJson } from './step-output.ts';

interface Whole extends Ran {
  readonly summary: RunSummary;
  readonly digest: string | null;
}

export interface AllOptions {
  readonly json: boolean;
  /** Where the traces go; with the uAPI in the name. */
  readonly trace: string | undefined;
  readonly filter: string | undefined;
}

/** `trace.jsonl` is `trace.iommufd.jsonl` on iommufd. */
export function traceName(file: string, uapi: Uapi): string {
  const [, stem, extension] = /^(.*?[^/\\])?(\.[^./\\]*)?$/s.exec(file)!;
  return `${stem ?? ''}.${uapi}${extension ?? ''}`;
}

/** A step in which uAPIs part: why, as the lab says, and what only some of them did. */
function partingText({ index, verb, text, sides, declared }: Parting): string {
  const head = `step ${index + 1} ${verb}`;
  if (sides.length === 1) return `${head}: the lab says that uAPIs part here (${declared.join(', ')}), and they do not\n`;
  const why = declared.map((name) => `  ${name} (${DIVERGENCES[name].section}): ${DIVERGENCES[name].text}`);
  const own = sides.flatMap(({ uapis, lines }) => [`  ${uapis.join(', ')}`, ...(lines.length === 0 ? ['    nothing more'] : lines.map((line) => `    ${line}`))]);
  return [`${head}${text === null ? '' : `: ${text}`}`, ...(why.length === 0 ? ['  the lab does not say why'] : why), ...own].map((line) => `${line}\n`).join('');
}

/** The same as JSON. */
const partingJson = ({ index, verb, text, sides, declared }: Parting): string => jsonLine({ parting: { step: index + 1, verb, text, declared, sides } });

function summaryText({ uapi, steps, summary }: Whole): string {
  const failed = steps.filter((step) => step.expectation.state === 'failed');
  return `${uapi}: ${summary.met} expectations met, ${summary.failed} not\n${failed.map(({ index, expectation }) => `  step ${index + 1}: ${expectation.message}\n`).join('')}`;
}

/** What `run` needs of one uAPI: a machine with its trace, and who filters it. */
export interface OneRun {
  readonly traced: TracedRun;
  readonly matching: Matching | null;
}

/** Runs on one uAPI; with a filter the transactions that match are printed, with JSON the steps. */
async function runOne(uapi: Uapi, { traced, matching }: OneRun, { json, trace }: AllOptions, io: Io): Promise<Whole> {
  const { runner } = traced;
  try {
    const steps = runner.run();
    if (matching !== null) {
      for (const step of steps) matching.take(step);
      if (!json) io.out(`${uapi}\n`);
      io.out(matching.output(traced.records, json, { uapi }));
    } else if (json) for (const step of steps) io.out(jsonLine({ uapi, ...stepJson(step) }));
    if (trace !== undefined) await traced.writeTrace(traceName(trace, uapi));
    return { uapi, steps, summary: runner.summary(), digest: traced.digest };
  } finally {
    runner.release();
  }
}

/** Runs the lab on every uAPI; prints the steps that differ, and how each run went. True: all expectations were met. */
export async function runAll(data: LabData, start: (data: LabData) => OneRun, options: AllOptions, io: Io): Promise<boolean> {
  const ran: Whole[] = [];
  for (const uapi of UAPIS) ran.push(await runOne(uapi, start(withUapi(data, uapi)), options, io));
  const partings = options.filter === undefined ? partingsOf(ran, data.stack?.steps ?? []) : [];
  for (const parting of partings) io.out(options.json ? partingJson(parting) : partingText(parting));
  for (const one of ran) io.out(options.json ? jsonLine({ uapi: one.uapi, summary: one.summary, digest: one.digest }) : summaryText(one));
  return ran.every(({ summary }) => summary.failed === 0);
}

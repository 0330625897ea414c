/** One line to one step of a lab that is there: the same schemas and checks as those of its documents, with columns of the line. */
import type { AnyStep, LabData } from '../../model/lab/index.ts';
import { nearest } from '../../model/spec/nearest.ts';
import { resolveSteps } from './check-steps.ts';
import { readWords } from './line-words.ts';
import type { LineValue } from './line-words.ts';
import type { Path, Problem, Range } from './problem.ts';
import { Report } from './report.ts';
import { readSource } from './source.ts';
import type { Source } from './source.ts';
import { resolveStackSteps } from './stack/check-steps.ts';
import { stackStepsSchema } from './stack/step-schema.ts';
import { stepsSchema } from './step-schema.ts';
import { verbNames } from './verb-reference.ts';
import type { LabKind } from './verb-reference.ts';

export type StepParse = { readonly ok: true; readonly step: AnyStep } | { readonly ok: false; readonly problems: readonly Problem[] };

export const kindOf = (data: LabData): LabKind => (data.stack === undefined ? 'direct' : 'stack');

const START: Range = { line: 1, column: 1, endLine: 1, endColumn: 2 };

/** A line as YAML; `added` columns at `after` are not of the line. */
function readYaml(text: string, after: number, added: number): LineValue & { readonly problems: readonly Problem[] } {
  const { parts, problems } = readSource({ host: '', guest: '', steps: text });
  const shift = (column: number): number => (column > after ? column - added : column);
  const back = <T extends Range>(range: T): T => ({ ...range, column: shift(range.column), endColumn: shift(range.endColumn) });
  return { value: parts.steps.value, locate: (path) => back(parts.steps.locate(path)), problems: problems.map(back) };
}

/** The step's map: `{dma: {...}}`, `dma: {...}`, `dma {...}` or `dma device=nic0 ...`. */
function readLine(text: string): LineValue & { readonly problems: readonly Problem[] } {
  const verb = /^\s*([A-Za-z_]\w*)(\s+|$)/.exec(text);
  if (verb === null) return readYaml(text, text.length, 0);
  const [all, name = ''] = verb;
  const rest = text.slice(all.length);
  if (name === 'note') return { value: { note: rest }, locate: () => START, problems: [] };
  if (/^[{["']/.test(rest)) return readYaml(`${text.slice(0, all.trimEnd().length)}: ${rest}`, all.trimEnd().length, 2 - (all.length - all.trimEnd().length));
  const { value, locate } = readWords(text, all.length);
  // Under the verb; the verb itself is at the start.
  return { value: { [name]: value }, locate: (path: Path) => (path.length < 2 ? START : locate(path.slice(1))), problems: [] };
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function unknownVerb(value: unknown, kind: LabKind): string | null {
  const known = verbNames(kind);
  if (!isMap(value)) return `expected a verb and its input, such as ${known[1]} ...; help shows the verbs`;
  const stray = Object.keys(value).find((key) => !known.includes(key) && key !== 'only');
  if (stray === undefined) return null;
  const hint = nearest(stray, known);
  return `there is no verb ${stray}${hint === null ? '; help shows the verbs' : `; did you mean ${hint}?`}`;
}

function resolve(data: LabData, value: unknown, report: Report): AnyStep | null {
  const schema = data.stack === undefined ? stepsSchema : stackStepsSchema;
  const parsed = schema.safeParse([value]);
  if (!parsed.success) {
    report.issues('steps', parsed.error.issues);
    return null;
  }
  const steps = data.stack === undefined
    ? resolveSteps(parsed.data as Parameters<typeof resolveSteps>[0], data, report)
    : resolveStackSteps(parsed.data as Parameters<typeof resolveStackSteps>[0], data.stack.data, report);
  return steps[0] ?? null;
}

/** Parses one line for a lab; the columns of problems are those of the line. */
export function parseStep(text: string, data: LabData): StepParse {
  const { value, locate, problems } = readLine(text);
  const nothing = { value: undefined, locate: () => START };
  const source: Source = { parts: { host: nothing, guest: nothing, steps: { value: [value], locate: (path) => locate(path.slice(1)) } }, problems };
  const report = new Report(source);
  const unknown = report.failed ? null : unknownVerb(value, kindOf(data));
  if (unknown !== null) report.error({ document: 'steps', path: [] }, 'unknown-verb', unknown);
  const step = report.failed ? null : resolve(data, value, report);
  return step === null || report.failed ? { ok: false, problems: report.problems } : { ok: true, step };
}

/** `compare A B`: where two runs part, step by step, and why. */
import { Option } from 'commander';
import { compareRuns } from '../host/compare/compare-runs.ts';
import { differencesOf, NO_REASONS, reasonsBetween } from '../model/lab/index.ts';
import type { ComparedStep, ComparisonReport, Reasons, ToldDifference, Uapi } from '../model/lab/index.ts';
import { PROFILES } from '../model/spec/index.ts';
import type { Profile } from '../model/spec/index.ts';
import { DEPTHS, DIFFERENCE_CLASSES } from '../model/trace/compare/compare.ts';
import type { CompareOptions, Depth } from '../model/trace/compare/compare.ts';
import type { LiveDevice } from '../protocol/contract.ts';
import { wholeNumber } from './arguments.ts';
import { compareLive, deviceOption } from './compare-live.ts';
import { openSide } from './compare-source.ts';
import type { Side } from './compare-source.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { Refusal } from './refusal.ts';
import type { Register } from './register.ts';

interface Options {
  readonly uapi?: string;
  readonly withUapi?: string;
  readonly profile?: Profile;
  readonly withProfile?: Profile;
  readonly depth?: Depth;
  readonly ignore: readonly string[];
  readonly limit: number;
  readonly qemu?: string;
  readonly device: LiveDevice;
  readonly json?: boolean;
}

const LIMIT = 12;

const uapiOf = ({ data }: Side): Uapi | null => data?.stack?.data.uapi ?? null;
const isOnOtherUapi = (a: Side, b: Side): boolean => uapiOf(a) !== uapiOf(b);

function reasonsFor(a: Side, b: Side, options: CompareOptions): Reasons {
  if (a.data === null || b.data === null) return NO_REASONS;
  const search = reasonsBetween(a.data, b.data, options);
  let next = search.next();
  while (next.done !== true) next = search.next();
  return next.value;
}

const MARKS = { missing: 'only A', extra: 'only B', changed: 'changed', reordered: 'moved' } as const;

function differenceText({ class: kind, a, b, fields, times }: ToldDifference): string[] {
  const head = `  ${MARKS[kind].padEnd(8)} ${times === 1 ? '' : `${times} times: `}${(a ?? b)!.text}`;
  if (kind === 'changed') return [head, ...fields.map(({ name, a: before, b: after }) => `             ${name}: A ${before ?? 'none'}, B ${after ?? 'none'}`)];
  return kind === 'reordered' ? [`${head} (record ${a!.seq} of A, ${b!.seq} of B)`] : [head];
}

function stepText({ step, a, b, reasons, differences, counts }: ComparedStep): string {
  const same = a !== null && b !== null && a.text === b.text;
  const said = step === 0 ? ['before the first step'] : same || b === null || a === null ? [`step ${step}${a === null && b === null ? '' : ` ${(a ?? b)!.verb}: ${(a ?? b)!.text}`}`] : [`step ${step} ${a.verb}`, `  A: ${a.text}`, `  B: ${b.text}`];
  const total = differencesOf(counts);
  const untold = total - differences.reduce((sum, { times }) => sum + times, 0);
  const more = untold > 0 ? [`  and ${untold} difference${untold === 1 ? '' : 's'} more`] : [];
  return [...said, ...reasons.map(({ id, section, text }) => `  why      ${id} (${section}): ${text}`), ...differences.flatMap(differenceText), ...more].map((line) => `${line}\n`).join('');
}

function countsText({ steps, counts }: ComparisonReport): string {
  if (steps.length === 0) return 'no difference';
  const classes = DIFFERENCE_CLASSES.filter((one) => counts[one] > 0).map((one) => `${counts[one]} ${one}`);
  const unexplained = steps.filter(({ reasons }) => reasons.length === 0).map(({ step }) => step);
  const why = unexplained.length === 0 ? '' : `; no reason is known for step ${unexplained.join(', ')}`;
  return `${steps.length === 1 ? '1 step differs' : `${steps.length} steps differ`}, the first is ${steps[0]!.step}: ${classes.join(', ')}${why}`;
}

function output(report: ComparisonReport, a: Side, b: Side, depth: Depth, json: boolean): string {
  if (json) return [...report.steps.map((step) => jsonLine(step)), jsonLine({ a: a.run.name, b: b.run.name, depth, steps: report.steps.length, counts: report.counts })].join('');
  return [`A: ${a.run.name}\nB: ${b.run.name}\n`, ...report.steps.map(stepText), `${countsText(report)}\n`].join('');
}

async function compare(pathA: string, pathB: string | undefined, options: Options, io: Io): Promise<ExitCode> {
  if (options.qemu !== undefined) return compareLive(pathA, options.qemu, options, io);
  const { uapi, withUapi, profile, withProfile, ignore, limit, json = false } = options;
  if (pathB === undefined && withUapi === undefined && withProfile === undefined) {
    throw new Refusal({ code: 'nothing-to-compare', message: 'compare takes a second lab or trace, or --with-uapi or --with-profile for the same lab' });
  }
  const a = await openSide(pathA, { uapi, profile }, io);
  const b = a === null ? null : await openSide(pathB ?? pathA, { uapi: withUapi ?? uapi, profile: withProfile ?? profile }, io);
  if (a === null || b === null) return EXIT.REFUSED;
  const depth = options.depth ?? (isOnOtherUapi(a, b) ? 'outcome' : 'all');
  const report = await compareRuns(a.run, b.run, reasonsFor(a, b, { depth, ignore }), { depth, ignore, limit, steps: Infinity }).finally(() => {
    a.close();
    b.close();
  });
  io.out(output(report, a, b, depth, json));
  return report.steps.length === 0 ? EXIT.OK : EXIT.UNMET;
}

const side = (flag: string, which: string): Option => new Option(`--${flag} <profile>`, `${which}: whose behaviour`).choices(Object.keys(PROFILES));

/** `compare A B`: two labs, one lab twice, two traces or bundles. */
export const registerCompare: Register = (program, io, done) => {
  program
    .command('compare')
    .description('where two runs part, and why: exit status 0 when they do not, 1 when they do')
    .argument('<a>', 'a lab, the trace that run --trace wrote (.jsonl), or a bundle (.smmulab)')
    .argument('[b]', 'another; without it, A with the options that begin with --with')
    .option('--uapi <uapi>', 'A on another uAPI than its host names')
    .option('--with-uapi <uapi>', 'the same of B; without it as A')
    .addOption(side('profile', 'A'))
    .addOption(side('with-profile', 'B, without it as A'))
    .addOption(new Option('--depth <depth>', 'outcome: transactions, events, commands; path: what the parts of the stack did, too; all: every read and lookup. Without it all, but outcome between uAPIs').choices(DEPTHS))
    .option('--ignore <name>', 'leaves out a kind (LOOKUP), a field (address) or a field of a kind (READ.address); any number of times', (one: string, all: readonly string[]) => [...all, one], [] as readonly string[])
    .option('--limit <n>', 'differences that are told of each step', wholeNumber('a number of differences', 1_000_000), LIMIT)
    .option('--qemu <path>', 'A on the model and on a live QEMU: absolute path of a qemu-system-aarch64, 9.2 or newer')
    .addOption(deviceOption('with --qemu, StreamIDs that never read have one'))
    .option('--json', 'one JSON line per step that differs, and one with the counts')
    .action(async (pathA: string, pathB: string | undefined, options: Options) => done(await compare(pathA, pathB, options, io)));
};

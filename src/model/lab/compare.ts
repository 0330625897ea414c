/** Two runs side by side: which steps differ, in what, and why as far as that is known. */
import { DEVIATIONS } from '../spec/index.ts';
import type { DeviationId } from '../spec/index.ts';
import { DIFFERENCE_CLASSES } from '../trace/compare/compare.ts';
import { PURPOSE } from '../trace/record.ts';
import type { CompareOptions, Difference, DifferenceClass } from '../trace/compare/compare.ts';
import type { LabData } from './data.ts';
import type { ComparisonProgress } from './qemu-differences.ts';
import { deviationsByStep } from './qemu-reasons.ts';
import type { StepResult } from './runner.ts';
import type { Uapi } from '../stack/assembly/data.ts';
import { DIVERGENCES, isBetween } from './stack/divergences.ts';
import type { DivergenceName } from './stack/divergences.ts';

/** What a step of a run said of itself. */
export type StepSaid = Pick<StepResult, 'verb' | 'text'>;

export interface Reason {
  readonly id: string;
  /** Of what says so: IHI 0070, or the sources of the stack. */
  readonly section: string;
  readonly text: string;
}

/** Reasons for which two runs may part. */
export interface Reasons {
  /** Of a step, from 1; 0: before the first. */
  readonly ofStep: ReadonlyMap<number, readonly Reason[]>;
  /** Of differences in the STEs, or in attributes that come of them, where the step has no reason of its own. */
  readonly ofSte: readonly Reason[];
}

export const NO_REASONS: Reasons = { ofStep: new Map(), ofSte: [] };

/** One of a step, and how often it is there word for word but for numbers that only count. */
export type ToldDifference = Difference & { readonly times: number };

export interface ComparedStep {
  /** From 1; 0: before the first. */
  readonly step: number;
  readonly a: StepSaid | null;
  readonly b: StepSaid | null;
  /** None: nobody says why. What the steps before it left behind may be why, where they differ. */
  readonly reasons: readonly Reason[];
  /** The first of them, alike ones once. */
  readonly differences: readonly ToldDifference[];
  readonly counts: Readonly<Record<DifferenceClass, number>>;
}

export interface ComparisonReport {
  /** Steps that differ, the first of them, the first first. */
  readonly steps: readonly ComparedStep[];
  /** How many differ; none: the runs are alike. */
  readonly differing: number;
  readonly counts: Readonly<Record<DifferenceClass, number>>;
}

export interface ReportLimits {
  /** Differences of a step that are kept, alike ones as one; the rest is counted. */
  readonly limit: number;
  /** Steps that are kept; the rest is counted. */
  readonly steps: number;
}

/** What the steps of the two runs said of themselves; null: only the trace is known. */
export interface SaidBySteps {
  readonly a: readonly StepSaid[] | null;
  readonly b: readonly StepSaid[] | null;
}

const none = (): Record<DifferenceClass, number> => ({ missing: 0, extra: 0, changed: 0, reordered: 0 });

interface Open {
  readonly step: number;
  /** By what they say. */
  readonly told: Map<string, { readonly difference: Difference; times: number }>;
  readonly counts: Record<DifferenceClass, number>;
  /** Nothing but how much was found in caches. */
  cachesOnly: boolean;
  /** What either side's commands removed more than the other's. */
  removed: number;
  /** Commands, or what they say, are others. */
  commands: boolean;
}

/** The report of two runs as their differences are found. */
export class ReportBuilder {
  readonly #limits: ReportLimits;
  readonly #steps: Open[] = [];
  readonly #counts = none();
  #open: Open | null = null;
  #differing = 0;

  constructor(limits: ReportLimits) {
    this.#limits = limits;
  }

  add(difference: Difference): void {
    if (this.#open?.step !== difference.step) {
      this.#open = { step: difference.step, told: new Map(), counts: none(), cachesOnly: true, removed: 0, commands: false };
      if (this.#differing++ < this.#limits.steps) this.#steps.push(this.#open);
    }
    note(this.#open, difference);
    this.#counts[difference.class]++;
    this.#tell(this.#open, difference);
  }

  #tell({ told }: Open, difference: Difference): void {
    const says = JSON.stringify([difference.class, saidBy(difference.a), saidBy(difference.b)]);
    const like = told.get(says);
    if (like !== undefined) like.times++;
    else if (told.size < this.#limits.limit) told.set(says, { difference, times: 1 });
  }

  report(said: SaidBySteps, reasons: Reasons): ComparisonReport {
    const of = (side: keyof SaidBySteps, step: number): StepSaid | null => said[side]?.[step - 1] ?? null;
    const steps = this.#steps.map(({ step, told, counts }, at) => ({ step, differences: [...told.values()].map(({ difference, times }) => ({ ...difference, times })), counts, a: of('a', step), b: of('b', step), reasons: reasonsOf(this.#steps, at, reasons) }));
    return { counts: this.#counts, differing: this.#differing, steps };
  }
}

const saidBy = (item: Difference['a']): unknown => item && [item.kind, item.name, item.fields];

/** Fields that say how much of an answer was in a cache, and how much of one a command found. */
const OF_CACHES: readonly string[] = ['reads', 'removed'];

function note(open: Open, { class: kind, a, b, fields }: Difference): void {
  open.counts[kind]++;
  if (kind !== 'changed' || fields.some(({ name }) => !OF_CACHES.includes(name))) open.cachesOnly = false;
  const command = [a, b].some((one) => one?.kind === 'COMMAND');
  if (command && !(kind === 'changed' && fields.every(({ name }) => name === 'removed'))) open.commands = true;
  if (command && kind !== 'reordered') open.removed += removedBy(a) - removedBy(b);
}

const removedBy = (item: Difference['a']): number => Number(item?.fields['removed'] ?? 0);

/** Those of the step; those of the STE; or, where only caches answered otherwise, the step that left them so. */
function reasonsOf(steps: readonly Open[], at: number, { ofStep, ofSte }: Reasons): readonly Reason[] {
  const { step, told, cachesOnly } = steps[at]!;
  const own = ofStep.get(step) ?? [];
  if (own.length > 0) return own;
  if ([...told.values()].some(({ difference }) => isOfSte(difference))) return ofSte;
  if (!cachesOnly) return own;
  const before = steps.slice(0, at).reverse();
  const left = before.find(({ removed }) => removed !== 0) ?? before.find(({ commands }) => commands);
  return left === undefined ? own : [cachesReason(left.step)];
}

const cachesReason = (step: number): Reason => ({
  id: 'caches',
  section: '16.2',
  text: `nothing but what the caches had: ${step === 0 ? 'what came before the first step' : `step ${step}`} left other entries in them`,
});

/** The STE itself, what is told of it, or attributes of an access. */
const isOfSte = ({ a, b, fields }: Difference): boolean =>
  fields.some(({ name }) => name === 'attributes') || [a, b].some((one) => (one?.kind === 'READ_STRUCT' && one.name.startsWith(`structure ${PURPOSE.STE}`)) || (one?.kind === 'MISUSE' && one.text.includes('STE.')));

export const differencesOf = (counts: ComparisonReport['counts']): number => DIFFERENCE_CLASSES.reduce((sum, one) => sum + counts[one], 0);

/** In which the VMMs and the host's driver part while they come up, before any step. */
const COMING_UP: readonly DivergenceName[] = ['objects', 'ste-write', 'flush-all'];

/** What the steps of a lab say of where the two uAPIs part; of labs without the stack nothing. */
function uapiReasons({ stack }: LabData, a: Uapi, b: Uapi): Reasons {
  const reasonsOfNames = (names: readonly DivergenceName[]): Reason[] => names.filter((name) => isBetween(name, a, b)).map((id) => ({ id, section: DIVERGENCES[id].section, text: DIVERGENCES[id].text }));
  const ofStep = new Map([[0, reasonsOfNames(COMING_UP)], ...(stack?.steps ?? []).map(({ diverges }, index) => [index + 1, reasonsOfNames(diverges)] as const)]);
  return { ofStep, ofSte: reasonsOfNames(['ste']) };
}

function deviationReason(id: DeviationId): Reason {
  const { doc, instead, section } = DEVIATIONS.find((one) => one.id === id)!;
  return { id, section, text: `QEMU: ${doc} The architecture: ${instead}.` };
}

/** Deviations of QEMU that make the difference, found by running the lab with each; yields after each step of each run. */
function* qemuReasons(lab: LabData, options: CompareOptions): Generator<ComparisonProgress, Reasons, void> {
  const found = yield* deviationsByStep(lab, options);
  return { ofStep: new Map([...found].map(([step, ids]) => [step, ids.map(deviationReason)])), ofSte: [] };
}

/** Both kinds of reasons. */
function bothReasons(one: Reasons, other: Reasons): Reasons {
  const steps = new Set([...one.ofStep.keys(), ...other.ofStep.keys()]);
  return { ofStep: new Map([...steps].map((step) => [step, [...(one.ofStep.get(step) ?? []), ...(other.ofStep.get(step) ?? [])]])), ofSte: [...one.ofSte, ...other.ofSte] };
}

/** Why two ways to run the same lab may part: what it says of its uAPIs, and the deviations that QEMU has and the architecture has not. */
export function* reasonsBetween(a: LabData, b: LabData, options: CompareOptions): Generator<ComparisonProgress, Reasons, void> {
  const [uapiA, uapiB] = [a.stack?.data.uapi, b.stack?.data.uapi];
  const uapi = uapiA !== undefined && uapiB !== undefined && uapiA !== uapiB ? uapiReasons(a, uapiA, uapiB) : NO_REASONS;
  const sides = [a, b];
  const architectural = sides.find(({ host }) => host.smmu.profile === 'arch');
  const isQemu = sides.some(({ host }) => host.smmu.profile === 'qemu-11');
  return architectural === undefined || !isQemu ? uapi : bothReasons(uapi, yield* qemuReasons(architectural, options));
}

/** The same lab with another SMMU's behaviour. */
export function withProfile(lab: LabData, profile: LabData['host']['smmu']['profile']): LabData {
  return { ...lab, host: { ...lab.host, smmu: { ...lab.host.smmu, profile } } };
}

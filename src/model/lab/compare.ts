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
import { DIVERGENCES } from './stack/divergences.ts';
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

export interface ComparedStep {
  /** From 1; 0: before the first. */
  readonly step: number;
  readonly a: StepSaid | null;
  readonly b: StepSaid | null;
  /** None: nobody says why. What the steps before it left behind may be why, where they differ. */
  readonly reasons: readonly Reason[];
  /** The first of them. */
  readonly differences: readonly Difference[];
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
  /** Differences of a step that are kept; the rest is counted. */
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
  readonly differences: Difference[];
  readonly counts: Record<DifferenceClass, number>;
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
      this.#open = { step: difference.step, differences: [], counts: none() };
      if (this.#differing++ < this.#limits.steps) this.#steps.push(this.#open);
    }
    this.#open.counts[difference.class]++;
    this.#counts[difference.class]++;
    if (this.#open.differences.length < this.#limits.limit) this.#open.differences.push(difference);
  }

  report(said: SaidBySteps, reasons: Reasons): ComparisonReport {
    const of = (side: keyof SaidBySteps, step: number): StepSaid | null => said[side]?.[step - 1] ?? null;
    return { counts: this.#counts, differing: this.#differing, steps: this.#steps.map((one) => ({ ...one, a: of('a', one.step), b: of('b', one.step), reasons: reasonsOf(one, reasons) })) };
  }
}

function reasonsOf({ step, differences }: Open, { ofStep, ofSte }: Reasons): readonly Reason[] {
  const own = ofStep.get(step) ?? [];
  return own.length > 0 || !differences.some(isOfSte) ? own : ofSte;
}

/** The STE itself, what is told of it, or attributes of an access. */
const isOfSte = ({ a, b, fields }: Difference): boolean =>
  fields.some(({ name }) => name === 'attributes') || [a, b].some((one) => (one?.kind === 'READ_STRUCT' && one.name.startsWith(`structure ${PURPOSE.STE}`)) || (one?.kind === 'MISUSE' && one.text.includes('STE.')));

export const differencesOf = (counts: ComparisonReport['counts']): number => DIFFERENCE_CLASSES.reduce((sum, one) => sum + counts[one], 0);

/** In which the VMMs and the host's driver part while they come up, before any step: between v16 and iommufd. */
const COMING_UP: readonly DivergenceName[] = ['objects', 'ste-write', 'flush-all'];

/** What the steps of a lab say of where the two uAPIs part; of labs without the stack nothing. */
function uapiReasons({ stack }: LabData, ...uapis: readonly [Uapi, Uapi]): Reasons {
  const reasonOf = (id: DivergenceName): Reason => ({ id, ...DIVERGENCES[id] });
  const first = uapis.filter((one) => one === 'iommufd').length === 1 ? COMING_UP.map(reasonOf) : [];
  const ofStep = new Map([[0, first], ...(stack?.steps ?? []).map(({ diverges }, index) => [index + 1, diverges.map(reasonOf)] as const)]);
  return { ofStep, ofSte: first.length === 0 ? [] : [reasonOf('ste')] };
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

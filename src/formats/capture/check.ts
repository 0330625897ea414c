import type { Outcome, Smmu } from '../../model/smmu/smmu.ts';
import type { Capture } from './capture.ts';
import { faultDifference } from './fault-difference.ts';
import type { KnownTranslation } from './known-answers.ts';
import { outcomeText } from './outcome-text.ts';

/** One known answer that the model does not give. */
export interface Difference {
  readonly of: 'translations' | 'unmapped' | 'faults' | 'specExpected';
  readonly sid: number;
  readonly iova: bigint;
  readonly access: 'read' | 'write';
  readonly expected: string;
  readonly got: string;
}

export interface Count {
  readonly checked: number;
  readonly differ: number;
}

export interface CheckReport {
  readonly translations: Count;
  readonly unmapped: Count;
  /** Only faults that the tables at the stop still give. */
  readonly faults: Count;
  readonly specExpected: Count;
  /** Faults that the capture says cannot be reproduced. */
  readonly notReproducible: number;
  readonly differences: readonly Difference[];
}

interface Request {
  readonly sid: number;
  readonly ssid: number | null;
  readonly iova: bigint;
}

/** The captured devices are ordinary PCI functions: unprivileged data accesses. */
function ask(smmu: Smmu, { sid, ssid, iova }: Request, access: 'read' | 'write'): Outcome {
  const outcome = smmu.translate(ssid === null ? { sid, iova, access } : { sid, ssid, iova, access });
  // Nobody resumes what stalls: each access is asked for by itself.
  smmu.stalls.clear();
  return outcome;
}

/** Rights of both stages together. */
function allowed({ perm, s2perm }: KnownTranslation, access: 'read' | 'write'): boolean {
  const barred = access === 'read' ? 'wo' : 'ro';
  return perm !== barred && s2perm !== barred;
}

class Checker {
  readonly differences: Difference[] = [];
  readonly #smmu: Smmu;

  constructor(smmu: Smmu) {
    this.#smmu = smmu;
  }

  /** A known translation is checked by its address and page size, and its rights by asking for both accesses. */
  translation(of: Difference['of'], known: KnownTranslation): void {
    const status = known.pageSize === null ? 'bypass' : 'success';
    const size = known.pageSize === null ? '' : `, page ${known.pageSize}`;
    for (const access of ['read', 'write'] as const) {
      const outcome = ask(this.#smmu, known, access);
      const may = allowed(known, access);
      const right = may
        ? outcome.status === status && outcome.pa === known.pa && (known.pageSize === null || outcome.pageSize === BigInt(known.pageSize))
        : outcome.fault?.name === 'F_PERMISSION';
      const expected = may ? `${status}, PA 0x${known.pa.toString(16)}${size}` : 'fault, F_PERMISSION';
      if (!right) this.#differs(of, known, access, expected, outcome);
    }
  }

  fault(of: Difference['of'], known: Request & { expect: string }): void {
    const outcome = ask(this.#smmu, known, 'read');
    if (outcome.fault?.name !== known.expect) this.#differs(of, known, 'read', `fault, ${known.expect}`, outcome);
  }

  recorded(known: Capture['faults'][number]): void {
    const outcome = ask(this.#smmu, { ...known, ssid: null }, known.access);
    const difference = faultDifference(known, outcome);
    if (difference !== null) this.differences.push({ of: 'faults', sid: known.sid, iova: known.iova, access: known.access, ...difference });
  }

  #differs(of: Difference['of'], { sid, iova }: Request, access: 'read' | 'write', expected: string, outcome: Outcome): void {
    this.differences.push({ of, sid, iova, access, expected, got: outcomeText(outcome) });
  }

  /** How many of `checked` entries differ: an entry counts once, whatever number of its accesses do. */
  count(of: Difference['of'], checked: number): Count {
    const places = this.differences.filter((one) => one.of === of).map((one) => `${one.sid} ${one.iova}`);
    return { checked, differ: new Set(places).size };
  }
}

/** Compares what the model does with everything that is known about a capture. */
export function checkCapture(capture: Capture, smmu: Smmu): CheckReport {
  const checker = new Checker(smmu);
  const faults = capture.faults.filter((one) => one.reproducibleAtStop);
  for (const known of capture.translations) checker.translation('translations', known);
  for (const known of capture.specExpected) checker.translation('specExpected', known);
  for (const known of capture.unmapped) checker.fault('unmapped', known);
  for (const known of faults) checker.recorded(known);
  return {
    translations: checker.count('translations', capture.translations.length),
    unmapped: checker.count('unmapped', capture.unmapped.length),
    faults: checker.count('faults', faults.length),
    specExpected: checker.count('specExpected', capture.specExpected.length),
    notReproducible: capture.faults.length - faults.length,
    differences: checker.differences,
  };
}

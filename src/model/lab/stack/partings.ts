/** The same guest on every uAPI: in which steps they part, and whether the lab says why. */
import type { Uapi } from '../../stack/assembly/data.ts';
import type { StepResult } from '../runner.ts';
import type { StackStep } from './data.ts';
import type { DivergenceName } from './divergences.ts';

export interface Ran {
  readonly uapi: Uapi;
  readonly steps: readonly StepResult[];
}

/** Lines that only these uAPIs have; those that all have in common are not among them. */
export interface Side {
  readonly uapis: readonly Uapi[];
  readonly lines: readonly string[];
}

export interface Parting {
  readonly index: number;
  readonly verb: string;
  /** What the step did, where it did the same everywhere. */
  readonly text: string | null;
  /** One: the uAPIs agree, though the lab says that they do not. */
  readonly sides: readonly Side[];
  readonly declared: readonly DivergenceName[];
}

function partingOf(ran: readonly Ran[], index: number, declared: readonly DivergenceName[]): Parting {
  const all = ran.map(({ uapi, steps }) => ({ uapi, step: steps[index]!, key: steps[index]!.outline.join('\n') }));
  const { step } = all[0]!;
  const common = step.outline.filter((line) => all.every((one) => one.step.outline.includes(line)));
  const sides = [...new Set(all.map(({ key }) => key))].map((key): Side => {
    const same = all.filter((one) => one.key === key);
    return { uapis: same.map(({ uapi }) => uapi), lines: same[0]!.step.outline.filter((line) => !common.includes(line)) };
  });
  return { index, verb: step.verb, text: common.includes(step.text) ? step.text : null, sides, declared };
}

/** Steps in which uAPIs part, or are said to. */
export function partingsOf(ran: readonly Ran[], steps: readonly StackStep[]): Parting[] {
  return steps.map(({ diverges }, index) => partingOf(ran, index, diverges)).filter(({ sides, declared }) => sides.length > 1 || declared.length > 0);
}

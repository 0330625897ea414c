/** `--uapi`: a lab of the whole stack on the uAPI that is asked for, or on all and where they part. */
import type { LabData, Runner, StepResult, Uapi } from '../model/lab/index.ts';
import { UAPIS, withUapi } from '../model/lab/index.ts';
import type { Io } from './io.ts';
import { Refusal } from './refusal.ts';

/** The lab as the option asks; null: on all of them. */
export function onUapi(data: LabData, choice: string | undefined): LabData | null {
  if (choice === undefined) return data;
  const known = [...UAPIS, 'all'].join(', ');
  if (data.stack === undefined) throw new Refusal({ code: 'no-uapi', message: '--uapi is for labs of the whole stack, whose host names its uapi' });
  if (choice === 'all') return null;
  const uapi = UAPIS.find((one) => one === choice);
  if (uapi === undefined) throw new Refusal({ code: 'unknown-uapi', message: `--uapi takes ${known}; got ${choice}` });
  return withUapi(data, uapi);
}

interface Ran {
  readonly uapi: Uapi;
  readonly steps: readonly StepResult[];
}

/** Lines that two uAPIs have in common are said of both. */
function partings(ran: readonly Ran[], index: number): string[] {
  const outlines = ran.map(({ uapi, steps }) => ({ uapi, step: steps[index]!, text: steps[index]!.outline.join('\n') }));
  const kinds = [...new Set(outlines.map(({ text }) => text))];
  if (kinds.length === 1) return [];
  const common = outlines[0]!.step.outline.filter((line) => outlines.every(({ step }) => step.outline.includes(line)));
  const head = `step ${index + 1} ${outlines[0]!.step.verb}${common[0] === outlines[0]!.step.text ? `: ${common[0]}` : ''}`;
  const parts = kinds.flatMap((kind) => {
    const same = outlines.filter(({ text }) => text === kind);
    const own = kind.split('\n').filter((line) => !common.includes(line));
    return [`  ${same.map(({ uapi }) => uapi).join(', ')}`, ...(own.length === 0 ? ['    nothing more'] : own.map((line) => `    ${line}`))];
  });
  return [head, ...parts];
}

/** Runs the lab on every uAPI; prints the steps that differ, and how each run went. True: all expectations were met. */
export function runAll(data: LabData, create: (data: LabData) => Runner, io: Io): boolean {
  const ran = UAPIS.map((uapi): Ran & { readonly failed: number; readonly met: number } => {
    const runner = create(withUapi(data, uapi));
    const steps = runner.run();
    const { failed, met } = runner.summary();
    runner.release();
    return { uapi, steps, failed, met };
  });
  for (let index = 0; index < ran[0]!.steps.length; index++) for (const line of partings(ran, index)) io.out(`${line}\n`);
  for (const { uapi, steps, met, failed } of ran) {
    io.out(`${uapi}: ${met} expectations met, ${failed} not\n`);
    for (const { index, expectation } of steps.filter((step) => step.expectation.state === 'failed')) io.out(`  step ${index + 1}: ${expectation.message}\n`);
  }
  return ran.every(({ failed }) => failed === 0);
}

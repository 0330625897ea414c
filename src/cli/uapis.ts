/** `--uapi`: a lab of the whole stack on the uAPI that is asked for, or on all and where they part. */
import type { LabData, Parting, Ran, Runner } from '../model/lab/index.ts';
import { DIVERGENCES, partingsOf, UAPIS, withUapi } from '../model/lab/index.ts';
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

/** A step in which uAPIs part: why, as the lab says, and what only some of them did. */
function partingLines({ index, verb, text, sides, declared }: Parting): string[] {
  if (sides.length === 1) return [`step ${index + 1} ${verb}: the lab says that uAPIs part here (${declared.join(', ')}), and they do not`];
  const why = declared.map((name) => `  ${name} (${DIVERGENCES[name].section}): ${DIVERGENCES[name].text}`);
  const own = sides.flatMap(({ uapis, lines }) => [`  ${uapis.join(', ')}`, ...(lines.length === 0 ? ['    nothing more'] : lines.map((line) => `    ${line}`))]);
  return [`step ${index + 1} ${verb}${text === null ? '' : `: ${text}`}`, ...(why.length === 0 ? ['  the lab does not say why'] : why), ...own];
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
  for (const parting of partingsOf(ran, data.stack?.steps ?? [])) for (const line of partingLines(parting)) io.out(`${line}\n`);
  for (const { uapi, steps, met, failed } of ran) {
    io.out(`${uapi}: ${met} expectations met, ${failed} not\n`);
    for (const { index, expectation } of steps.filter((step) => step.expectation.state === 'failed')) io.out(`  step ${index + 1}: ${expectation.message}\n`);
  }
  return ran.every(({ failed }) => failed === 0);
}

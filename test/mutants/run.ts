import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AREAS } from './areas.ts';
import { mutatedSource } from './mutant.ts';
import type { Mutant } from './mutant.ts';
import { Sandbox } from './sandbox.ts';
import type { TestRun } from './sandbox.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const USAGE = 'npm run mutants -- [--area AREA] [--only ID]...';
/** A run that takes this many times as long as without the mistake does not end. */
const PATIENCE = 10;
const LEAST_MS = 60_000;

type Verdict = 'killed' | 'survived' | 'does not apply';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The mutants that were asked for, or what is wrong with the question. */
function chosen(args: readonly string[]): readonly Mutant[] | string {
  const options = { area: { type: 'string' }, only: { type: 'string', multiple: true } } as const;
  let values: { area?: string; only?: string[] };
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    return (error as Error).message;
  }
  const { area, only } = values;
  if (area !== undefined && AREAS[area] === undefined) return `no area ${area}; expected ${Object.keys(AREAS).join(', ')}`;
  const mutants = area === undefined ? Object.values(AREAS).flat() : AREAS[area]!;
  if (only === undefined) return mutants;
  const unknown = only.find((wanted) => !mutants.some(({ id }) => id === wanted));
  if (unknown !== undefined) return `no mutant ${unknown}${area === undefined ? '' : ` in area ${area}`}`;
  return mutants.filter(({ id }) => only.includes(id));
}

function reasonOf(run: Exclude<TestRun, { result: 'passed' }>): string {
  if (run.result === 'failed') return run.by;
  return run.result === 'timeout' ? 'the time limit' : `a crash of vitest, status ${run.status}`;
}

async function verdictOn(mutant: Mutant, sandbox: Sandbox, timeoutMs: number): Promise<Verdict> {
  const source = mutatedSource(sandbox.root, mutant);
  if (source === null) {
    say(`${mutant.id}: DOES NOT APPLY, the text is not in ${mutant.file} exactly once`);
    return 'does not apply';
  }
  const run = await sandbox.with(mutant.file, source, async () => {
    const first = await sandbox.run(mutant.tests, timeoutMs);
    // A mistake may use up all memory; so may another program. The second time it is the mistake.
    return first.result === 'crash' ? sandbox.run(mutant.tests, timeoutMs) : first;
  });
  if (run.result !== 'passed') {
    say(`${mutant.id}: killed by ${reasonOf(run)}`);
    return 'killed';
  }
  say(`${mutant.id}: SURVIVED ${mutant.tests.join(' ')} (${mutant.why})`);
  return 'survived';
}

/** How long all the tests take without a mistake; they must pass then, or a failure would say nothing. */
async function baseline(mutants: readonly Mutant[], sandbox: Sandbox): Promise<number | null> {
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
  const run = await sandbox.run(tests, 30 * LEAST_MS);
  if (run.result === 'passed') return run.ms;
  say(`without any mutant the tests fail already: ${reasonOf(run)}`);
  return null;
}

/**
 * `npm run mutants`: makes each mistake in a private copy of the sources and runs the tests that should notice. Exit status
 * 0 when all were noticed, 1 when one was not or does not apply any more, 2 when nothing can be said.
 */
export async function mutants(args: readonly string[]): Promise<number> {
  const found = chosen(args);
  if (typeof found === 'string') {
    process.stderr.write(`smmu-lab: ${found}\nusage: ${USAGE}\n`);
    return 2;
  }
  const sandbox = new Sandbox(ROOT);
  process.once('exit', () => sandbox.close());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(2));
  const ms = await baseline(found, sandbox);
  if (ms === null) return 2;
  const counts: Record<Verdict, number> = { killed: 0, survived: 0, 'does not apply': 0 };
  for (const mutant of found) counts[await verdictOn(mutant, sandbox, Math.max(LEAST_MS, PATIENCE * ms))]++;
  say(`mutants: ${counts.killed} killed, ${counts.survived} survived, ${counts['does not apply']} do not apply`);
  return counts.killed === found.length ? 0 : 1;
}

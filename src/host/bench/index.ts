import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { compileCVersion } from './c-version.ts';
import { CASE_NAMES } from './cases.ts';
import type { CaseName } from './cases.ts';
import { Runner } from './runner.ts';

export interface BenchOptions {
  /** File of bench-worker. */
  readonly worker: string;
  /** The C version's source. */
  readonly source: string;
  readonly rounds: number;
  /** Of each case in each round. */
  readonly seconds: number;
  progress(line: string): void;
}

export interface BenchResult {
  /** A case, or `c.` and the case. */
  readonly name: string;
  readonly nsPerOp: number;
}

/**
 * Measures all cases, ours and C's in turn, round after round, so that what else the machine does meets both; the best
 * round counts. Fails when both do not give the same addresses. Without a compiler there are no `c.` results.
 */
export async function runBench(options: BenchOptions): Promise<Result<readonly BenchResult[]>> {
  const compiled = await compileCVersion(options.source);
  if (!compiled.ok) options.progress(compiled.error.message);
  const best = new Map<string, number>();
  const keep = (name: string, ns: number): void => void best.set(name, Math.min(ns, best.get(name) ?? Infinity));
  const runners = new Map<CaseName, Runner>();
  try {
    for (const name of CASE_NAMES) {
      const runner = new Runner(options.worker, name);
      runners.set(name, runner);
      await runner.ready();
      await runner.round(options.seconds);
    }
    for (let round = 1; round <= options.rounds; round++) {
      options.progress(`round ${round} of ${options.rounds}`);
      for (const [name, runner] of runners) keep(name, await runner.round(options.seconds));
      if (!compiled.ok) continue;
      const c = await compiled.value.round(options.seconds);
      for (const name of CASE_NAMES) {
        const { sum } = runners.get(name)!;
        if (c[name].sum !== sum)
          return fail('sums-differ', `${name}: the C version gives addresses that sum to ${c[name].sum}, the model ${sum}`);
        keep(`c.${name}`, c[name].ns);
      }
    }
  } finally {
    for (const runner of runners.values()) await runner.stop();
    if (compiled.ok) await compiled.value.remove();
  }
  return ok([...best].map(([name, nsPerOp]) => ({ name, nsPerOp: Number(nsPerOp.toFixed(2)) })));
}

import { execFile, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { CASE_NAMES } from './cases.ts';
import type { CaseName } from './cases.ts';

const run = promisify(execFile);
const WORKER = join('src', 'host', 'bench-worker.ts');
/** Node runs the sources as they are: both builds the same way. */
const STRIP_TYPES = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];

export interface AgainstOptions {
  /** The checkout that this program runs from. */
  readonly root: string;
  /** A commit, by any name that git knows. */
  readonly rev: string;
  readonly rounds: number;
  /** Of each case in each round. */
  readonly seconds: number;
  progress(line: string): void;
}

export interface Compared {
  readonly name: CaseName;
  readonly now: number;
  readonly older: number;
}

export interface Comparison {
  /** The commit in full. */
  readonly commit: string;
  readonly cases: readonly Compared[];
}

/** One build in a process of its own. */
class Build {
  readonly #process: ChildProcess;
  readonly #ended: Promise<readonly [null]>;

  constructor(root: string, worker: string) {
    this.#process = fork(join(root, 'src', 'host', 'bench-process.ts'), [worker], {
      execArgv: STRIP_TYPES,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#ended = once(this.#process, 'exit').then(() => [null] as const);
  }

  /** null when the process ended instead: its build does not have the case, or cannot run. */
  async measure(name: CaseName, seconds: number): Promise<{ readonly ns: number; readonly sum: string } | null> {
    if (!this.#process.connected) return null;
    this.#process.send({ name, seconds });
    const [answer] = (await Promise.race([once(this.#process, 'message'), this.#ended])) as readonly [{ ns: number; sum: string } | null];
    return answer;
  }

  async stop(): Promise<void> {
    this.#process.kill();
    await this.#ended;
  }
}

async function commitOf(root: string, rev: string): Promise<Result<string>> {
  if (!existsSync(join(root, WORKER)))
    return fail('no-sources', 'bench --against runs from a checkout of the sources; this is a build without them');
  try {
    const { stdout } = await run('git', ['-C', root, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${rev}^{commit}`]);
    return ok(stdout.trim());
  } catch {
    return fail('no-commit', `git knows no commit ${rev} here; expected a hash, a tag or a branch`);
  }
}

/**
 * Measures this build and the one of an older commit, which is checked out beside it for as long as this takes. Each runs
 * in a process of its own; case by case they take turns, the order changes every round, and the best round of each counts.
 */
export async function runAgainst(options: AgainstOptions): Promise<Result<Comparison>> {
  const { root, rounds, seconds, progress } = options;
  const commit = await commitOf(root, options.rev);
  if (!commit.ok) return commit;
  const folder = await mkdtemp(join(tmpdir(), 'smmu-lab-bench-'));
  const older = join(folder, 'older');
  try {
    await run('git', ['-C', root, 'worktree', 'add', '--detach', '--quiet', older, commit.value]);
    if (!existsSync(join(older, WORKER)))
      return fail('no-bench', `commit ${options.rev} has no ${WORKER}: it is from before the benchmark`);
    const builds = [new Build(root, join(root, WORKER)), new Build(root, join(older, WORKER))] as const;
    try {
      const cases = await takeTurns(builds, rounds, seconds, progress);
      return cases.ok ? ok({ commit: commit.value, cases: cases.value }) : cases;
    } finally {
      await Promise.all(builds.map((build) => build.stop()));
    }
  } finally {
    await run('git', ['-C', root, 'worktree', 'remove', '--force', older]).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

async function takeTurns(
  builds: readonly [Build, Build],
  rounds: number,
  seconds: number,
  progress: (line: string) => void,
): Promise<Result<Compared[]>> {
  const best = CASE_NAMES.map((): [number, number] => [Infinity, Infinity]);
  for (let round = 0; round <= rounds; round++) {
    progress(round === 0 ? 'both builds get ready' : `round ${round} of ${rounds}`);
    for (const [i, name] of CASE_NAMES.entries()) {
      const sums: string[] = [];
      for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        const measured = await builds[which].measure(name, seconds);
        if (measured === null) return fail('no-result', `${name}: the ${which === 0 ? 'present' : 'older'} build ended without a result`);
        sums.push(measured.sum);
        // The first round is for the compilers.
        if (round > 0) best[i]![which] = Math.min(best[i]![which], measured.ns);
      }
      if (sums[0] !== sums[1]) return fail('sums-differ', `${name}: the two builds give other addresses (sums ${sums.join(' and ')})`);
    }
  }
  return ok(CASE_NAMES.map((name, i) => ({ name, now: best[i]![0], older: best[i]![1] })));
}

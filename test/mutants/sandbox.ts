import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** What the tests need of the project. */
const COPIED = ['src', 'test', 'docs', 'resources', 'scripts', 'bin', 'package.json', 'package-lock.json', 'vitest.config.ts'];
const TSCONFIGS = ['base', 'both', 'node', 'pure', 'web'].map((name) => `tsconfig.${name}.json`);

export type TestRun =
  | { readonly result: 'passed'; readonly ms: number }
  /** `by`: the first failing test, or the file that does not load. */
  | { readonly result: 'failed'; readonly by: string }
  | { readonly result: 'timeout' }
  /** vitest ended without naming a test, for want of memory perhaps. */
  | { readonly result: 'crash'; readonly status: number };

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** A private copy of the sources, so that the working tree never holds a mistake. */
export class Sandbox {
  readonly root: string;
  readonly #report: string;
  #child: ChildProcess | null = null;

  constructor(project: string) {
    this.root = mkdtempSync(join(tmpdir(), 'smmu-lab-mutants-'));
    this.#report = join(this.root, 'report.json');
    for (const name of [...COPIED, ...TSCONFIGS]) cpSync(join(project, name), join(this.root, name), { recursive: true });
    symlinkSync(join(project, 'node_modules'), join(this.root, 'node_modules'));
  }

  /** Replaces a file while `work` runs. */
  async with<T>(file: string, source: string, work: () => Promise<T>): Promise<T> {
    const path = join(this.root, file);
    const original = readFileSync(path, 'utf8');
    writeFileSync(path, source);
    try {
      return await work();
    } finally {
      writeFileSync(path, original);
    }
  }

  /** Runs test files or folders one after the other, up to the first failure. */
  async run(tests: readonly string[], timeoutMs: number): Promise<TestRun> {
    const started = performance.now();
    rmSync(this.#report, { force: true });
    const status = await this.#vitest(tests, timeoutMs);
    if (status === 'timeout') return { result: 'timeout' };
    if (status === 0) return { result: 'passed', ms: performance.now() - started };
    const by = this.#firstFailure();
    return by === null ? { result: 'crash', status } : { result: 'failed', by };
  }

  /** Ends what is running and removes the copy. */
  close(): void {
    this.#child?.kill('SIGKILL');
    rmSync(this.root, { recursive: true, force: true });
  }

  #vitest(tests: readonly string[], timeoutMs: number): Promise<number | 'timeout'> {
    const vitest = join(this.root, 'node_modules', 'vitest', 'vitest.mjs');
    // Threads, because a mistake may loop for ever: ending the one process ends them. Files share what they import: half the time.
    const options = ['--bail=1', '--no-file-parallelism', '--pool=threads', '--no-isolate', '--no-cache', '--no-fs-module-cache'];
    const report = ['--reporter=json', `--outputFile=${this.#report}`];
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [vitest, 'run', ...tests, ...options, ...report], { cwd: this.root, stdio: 'ignore' });
      this.#child = child;
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        child.kill('SIGKILL');
      }, timeoutMs);
      child.once('error', reject);
      child.once('close', (code) => {
        clearTimeout(timer);
        resolve(late ? 'timeout' : (code ?? 1));
      });
    });
  }

  #firstFailure(): string | null {
    try {
      const { testResults } = JSON.parse(readFileSync(this.#report, 'utf8')) as Report;
      for (const { name, assertionResults } of testResults) {
        const test = assertionResults.find(({ status }) => status === 'failed');
        if (test !== undefined) return `${relative(this.root, name)}: ${test.fullName}`;
      }
      // Files that were not begun count as failed too, but say nothing.
      const unloadable = testResults.find(({ status, message }) => status === 'failed' && message !== '');
      return unloadable === undefined
        ? null
        : `${relative(this.root, unloadable.name)}, which does not load: ${unloadable.message.split('\n')[0]!}`;
    } catch {
      return null;
    }
  }
}

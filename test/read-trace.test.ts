// The Python script of the documentation gives the digest that the run gave.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { run } from '../src/cli/run.ts';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;

it.skipIf(!hasPython)('docs/read-trace.py computes the digest of a run from its trace', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-trace-'));
  try {
    const trace = join(folder, 'trace.jsonl');
    let printed = '';
    const io = { out: (chunk: string) => void (printed += chunk), err: () => undefined, stdin: () => Promise.resolve('') };
    expect(await run(['run', fromRoot('resources/labs/first-nested'), '--trace', trace], io)).toBe(0);
    const { stdout, stderr } = spawnSync('python3', [fromRoot('docs/read-trace.py'), trace], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toContain('#5 read StreamID 0x10 IOVA 0x30000010: fault');
    expect(/^digest \w{64}$/m.exec(stdout)?.[0]).toBe(/^digest \w{64}$/m.exec(printed)?.[0]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

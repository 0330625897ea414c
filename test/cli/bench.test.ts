import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cli } from './run-cli.ts';

const CASES = ['hit', 'walk', 'walkCached', 'cold1', 'cold4096', 'cold65536'];
const worktrees = (): string => execFileSync('git', ['worktree', 'list'], { encoding: 'utf8' });

describe('bench --against', () => {
  it.skipIf(!existsSync('.git'))('measures this build beside an older one, and leaves no worktree behind', async () => {
    const before = worktrees();
    const { code, out } = await cli(['bench', '--against', 'HEAD', '--rounds', '1', '--seconds', '0.001', '--json']);
    expect(code).toBe(0);
    const { against, results } = JSON.parse(out) as { against: string; results: { name: string; nsPerOp: number }[] };
    expect(against).toMatch(/^[0-9a-f]{40}$/);
    expect(results.map(({ name }) => name)).toEqual(CASES.flatMap((name) => [name, `against.${name}`]));
    expect(results.every(({ nsPerOp }) => nsPerOp > 0)).toBe(true);
    expect(worktrees()).toBe(before);
  });

  it('names a commit that is none', async () => {
    const { code, err } = await cli(['bench', '--against', 'no-such-commit']);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('git knows no commit no-such-commit here; expected a hash, a tag or a branch'),
    ]);
  });
});

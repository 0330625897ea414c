// The command line through the launcher: its standard output, input, status and folder are the command's own.
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Paths are resolved where npm was called; these calls are not npm's.
const { npm_lifecycle_event: _, ...env } = process.env;

function lab(args: readonly string[], options: { input?: string; cwd?: string } = {}): { status: number | null; stdout: string } {
  return spawnSync(join(root, 'bin', 'smmu-lab'), args, { encoding: 'utf8', cwd: root, env, ...options });
}

it('prints the JSON of the command and nothing else', () => {
  const { status, stdout } = lab(['describe', 'ste.S2VMID', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ name: 'STE.S2VMID' });
  expect(status).toBe(0);
});

it('keeps the exit status', () => {
  expect(lab(['no-such-command']).status).toBe(2);
});

it('keeps standard input', () => {
  const event = '0000000000000010 0000000000000000 0000000010000000 0000000000000000';
  expect(lab(['decode', '--kind', 'event', '--json', '-'], { input: `${event}\n` }).stdout).toContain('F_TRANSLATION');
});

it('runs in the folder it was called from', () => {
  const captures = join(root, 'test', 'fixtures', 'captures');
  expect(lab(['check', 's1-6.1'], { cwd: captures }).status).toBe(0);
  expect(lab(['check', 's1-6.1'], { cwd: tmpdir() }).status).toBe(2);
});

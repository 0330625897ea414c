// docs/read-bundle.py on bundles of the lab: the same counts and the same digest.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { cli } from './cli/run-cli.ts';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-bundle-'));
afterAll(() => rmSync(folder, { recursive: true }));

const python = spawnSync('python3', ['--version']).status === 0;
if (!python && process.env['CI'] === 'true') throw new Error('python3 is missing: docs/read-bundle.py cannot be tested');

it.runIf(python).each([['first-nested', 'steps'], ['stale-tlb', 'transactions'], ['leaf-lost', 'steps']])('agrees with the lab on %s at level %s', async (lab, level) => {
  const file = join(folder, `${lab}.smmulab`);
  expect(await cli(['export', join(root, 'resources/labs', lab), '--to', file, '--level', level])).toMatchObject({ code: 0 });
  const { status, stdout, stderr } = spawnSync('python3', [join(root, 'docs/read-bundle.py'), file], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  const verified = JSON.parse((await cli(['verify', file, '--json'])).out) as { parts: unknown[]; run: { records: number; digest: string } };
  expect(stdout).toContain(`${verified.parts.length} parts`);
  expect(stdout).toContain(`\nrecords ${verified.run.records}\ndigest ${verified.run.digest}\n`);
});

// Electron's own Node runs the built host: what a lab left there is what it leaves here.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { listLabs } from '../../../src/formats/lab/files.ts';
import { cli, jsonLines } from '../../cli/run-cli.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const LABS = join(root, 'resources', 'labs');
const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-electron-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('the bundle of every sample lab replays to the same digest', async () => {
  const labs = listLabs(LABS).map(({ id }) => id);
  const files: string[] = [];
  for (const id of labs) {
    const file = join(folder, `${id}.smmulab`);
    expect(await cli(['export', join(LABS, id), '--to', file])).toMatchObject({ code: 0 });
    files.push(file);
  }
  const out = execFileSync(process.env['SMMU_LAB_ELECTRON']!, [join(root, 'out', 'main', 'cli.cjs'), 'replay', ...files, '--json'], { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }, encoding: 'utf8' });
  expect(jsonLines(out).map(({ same }) => same)).toEqual(labs.map(() => true));
}, 120_000);

// The lab as it is installed: packed with the Electron of the tests, started from what an installer would install.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packFolder } from '../../../scripts/package.mjs';
import { foldersOf } from '../launch.ts';
import { launchElectron } from '../launch-electron.ts';
import type { ElectronLab } from '../launch-electron.ts';

const output = mkdtempSync(join(tmpdir(), 'smmu-lab-package-'));
const folders = foldersOf();
let installed = '';
let lab: ElectronLab;

beforeAll(async () => {
  await packFolder(['--linux'], process.env['SMMU_LAB_ELECTRON'], output);
  installed = join(output, 'linux-unpacked');
  lab = await launchElectron(folders, { executable: join(installed, 'smmu-lab') });
});
afterAll(async () => {
  await lab?.close();
  for (const folder of [output, folders.root]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

it('holds one archive, the native module beside it, and the licences', () => {
  expect(readdirSync(join(installed, 'resources')).sort()).toEqual(['app.asar', 'app.asar.unpacked']);
  const unpacked = readdirSync(join(installed, 'resources', 'app.asar.unpacked'), { recursive: true, encoding: 'utf8' });
  expect(unpacked.filter((name) => name.endsWith('.node')).length).toBeGreaterThan(0);
  expect(['LICENSE.smmu-lab.txt', 'LICENSES.third-party.txt', 'LICENSES.chromium.html'].filter((name) => !existsSync(join(installed, name)))).toEqual([]);
});

it('starts, runs its first lab, and says in a banner when it cannot save', async () => {
  const rows = lab.page.getByRole('grid', { name: 'Transactions' }).getByRole('row').filter({ hasText: 'nic0' });
  await expect.poll(() => rows.count()).toBe(5);
  const canSave = await lab.electron.evaluate(() => Number(process.versions['napi'] ?? 0) >= 10);
  expect(await lab.page.getByRole('alert').filter({ hasText: 'Labs cannot be saved here' }).count()).toBe(canSave ? 0 : 1);
  expect(lab.complaints).toEqual([]);
});

it('starts the process that queries run in, out of the archive', async () => {
  const answer = await lab.electron.evaluate(
    ({ app, utilityProcess }) =>
      new Promise((resolve) => {
        const child = utilityProcess.fork(`${app.getAppPath()}/out/main/query-process.cjs`);
        child.once('message', (message) => resolve((child.kill(), message)));
        child.once('exit', (status) => resolve({ ended: status }));
        child.postMessage({ folder: '/no/such/folder', ask: { kind: 'sql', session: null, sql: 'SELECT 1', limit: 1 } });
      }),
  );
  expect(answer).toEqual({ error: { code: expect.any(String), message: expect.stringMatching(/./) } });
});

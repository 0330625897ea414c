// The lab as it is used, on either of its surfaces: the server in a Chromium, or Electron. A spec sees a page and does not know which.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import { launchBrowser } from './launch-browser.ts';
import { launchElectron } from './launch-electron.ts';

/** `SMMU_LAB_SURFACE` chooses. Sessions live in a folder of their own, or in `data` where a spec starts the lab twice. */
export async function launchLab(data?: string): Promise<Lab> {
  const root = mkdtempSync(join(tmpdir(), 'smmu-lab-e2e-'));
  const env = {
    ...(process.env as Record<string, string>),
    SMMU_LAB_DATA: data ?? join(root, 'data'),
    XDG_CONFIG_HOME: join(root, 'config'),
  };
  const launch = process.env['SMMU_LAB_SURFACE'] === 'electron' ? launchElectron : launchBrowser;
  const lab = await launch({ root, env });
  return {
    ...lab,
    close: async () => {
      await lab.close();
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

// The lab as it is used, on either of its surfaces: the server in a Chromium, or Electron. A spec sees a page and does not know which.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Folders, Lab } from './lab.ts';
import { launchBrowser } from './launch-browser.ts';
import { launchElectronWith } from './launch-electron.ts';

/** Of one run of the lab. Sessions live in a folder of their own, or in `data` where a spec starts the lab twice. */
export function foldersOf(data?: string): Folders {
  const root = mkdtempSync(join(tmpdir(), 'smmu-lab-e2e-'));
  return { root, env: { ...(process.env as Record<string, string>), SMMU_LAB_DATA: data ?? join(root, 'data'), XDG_CONFIG_HOME: join(root, 'config') } };
}

/** A first start shows the gallery. */
export async function leaveWelcome({ page }: Pick<Lab, 'page'>): Promise<void> {
  await page.getByRole('dialog', { name: 'Welcome' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** `SMMU_LAB_SURFACE` chooses; `welcome` leaves the gallery open that a first start shows; `qemu` is what its owner has to compare with. */
export async function launchLab(data?: string, { welcome = false, qemu }: { readonly welcome?: boolean; readonly qemu?: string } = {}): Promise<Lab> {
  const folders = foldersOf(data);
  const launch = process.env['SMMU_LAB_SURFACE'] === 'electron' ? launchElectronWith : launchBrowser;
  const lab = await launch(folders, qemu);
  if (!welcome) await leaveWelcome(lab);
  return {
    ...lab,
    close: async () => {
      await lab.close();
      rmSync(folders.root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

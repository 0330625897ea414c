import { fileURLToPath } from 'node:url';
import { _electron } from 'playwright-core';
import { listenForComplaints } from './lab.ts';
import type { Folders, Lab } from './lab.ts';

const app = fileURLToPath(new URL('../..', import.meta.url));
const untilWeEnd = fileURLToPath(new URL('electron.sh', import.meta.url));

/** The Electron that SMMU_LAB_ELECTRON names. A root user has no sandbox to offer: the tests are the only ones to say so. */
export async function launchElectron({ env }: Folders): Promise<Lab> {
  const named = process.env['SMMU_LAB_ELECTRON'];
  if (named === undefined) throw new Error('SMMU_LAB_ELECTRON: expected the path of an Electron executable');
  const executablePath = process.platform === 'win32' ? named : untilWeEnd;
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const electron = await _electron.launch({ executablePath, args: [...sandbox, app], env, timeout: 60_000 });
  const page = await electron.firstWindow({ timeout: 60_000 });
  return { page, complaints: listenForComplaints(page), close: () => electron.close() };
}

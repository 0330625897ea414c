import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { _electron } from 'playwright-core';
import type { ElectronApplication } from 'playwright-core';
import { closing, listenForComplaints } from './lab.ts';
import type { Folders, Lab } from './lab.ts';

const app = fileURLToPath(new URL('../..', import.meta.url));
const untilWeEnd = fileURLToPath(new URL('electron.sh', import.meta.url));

/** In a real Electron a spec may also ask the main process. */
export interface ElectronLab extends Lab {
  readonly electron: ElectronApplication;
}

/** The Electron that SMMU_LAB_ELECTRON names. A root user has no sandbox to offer: the tests are the only ones to say so. */
export async function launchElectron({ env }: Folders, packed?: { readonly executable: string }): Promise<ElectronLab> {
  // A packed lab is an Electron with its app inside.
  const electron = await _electron.launch({
    ...executable(),
    args: [...switches(), ...(packed === undefined ? [app] : [])],
    env: packed === undefined ? env : { ...env, SMMU_LAB_ELECTRON: packed.executable },
    timeout: 60_000,
  });
  const page = await electron.firstWindow({ timeout: 60_000 });
  const complaints = listenForComplaints(page);
  return { page, electron, complaints, close: closing(complaints, () => electron.close()) };
}

/** Whatever the system's dialog asks for, its owner chooses this QEMU. */
export async function launchElectronWith(folders: Folders, qemu?: string): Promise<ElectronLab> {
  const lab = await launchElectron(folders);
  if (qemu === undefined) return lab;
  await lab.electron.evaluate(({ dialog }, path) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
  }, qemu);
  return lab;
}

/** A second start of the same lab; resolves to its exit status. */
export async function startAgain({ env }: Folders, args: readonly string[], cwd: string): Promise<number | null> {
  const child = spawn(executable().executablePath, [...switches(), app, ...args], { env, cwd, stdio: 'ignore' });
  const [status] = (await once(child, 'exit')) as [number | null];
  return status;
}

function executable(): { executablePath: string } {
  const named = process.env['SMMU_LAB_ELECTRON'];
  if (named === undefined) throw new Error('SMMU_LAB_ELECTRON: expected the path of an Electron executable');
  return { executablePath: process.platform === 'win32' ? named : untilWeEnd };
}

const switches = (): string[] => (process.getuid?.() === 0 ? ['--no-sandbox'] : []);

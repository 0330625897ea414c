// The Electron that the e2e lane runs in: SMMU_LAB_ELECTRON, the one npm start fetched, or a test runtime beside the project.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './runtime.mjs';

/** Takes an app folder and prints an executable that runs it. */
const STAGE = join(root, '..', 'shared', 'tools', 'electron-runtime');

/** electron's own installer leaves path.txt behind, once everything is in place. */
export function installedElectron() {
  const folder = join(root, 'node_modules', 'electron');
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const executable = join(folder, 'dist', readFileSync(pathFile, 'utf8'));
  return existsSync(executable) ? executable : null;
}

/**
 * An Electron for the tests, or the reason why there is none. `dispose` removes what was made for it.
 * @returns {{ executable: string, dispose: () => void } | { reason: string }}
 */
export function electronForTests() {
  const named = process.env.SMMU_LAB_ELECTRON ?? installedElectron();
  if (named !== null) {
    return existsSync(named)
      ? { executable: named, dispose: () => {} }
      : { reason: `SMMU_LAB_ELECTRON names ${named}, which does not exist` };
  }
  return existsSync(STAGE) ? stage() : { reason: 'no Electron: none was fetched by npm start, and SMMU_LAB_ELECTRON names none' };
}

function stage() {
  const app = mkdtempSync(join(tmpdir(), 'smmu-lab-app-'));
  try {
    for (const part of ['out', 'resources', 'package.json', join('node_modules', 'better-sqlite3')]) {
      mkdirSync(dirname(join(app, part)), { recursive: true });
      cpSync(join(root, part), join(app, part), { recursive: true });
    }
    const { status, stdout, stderr } = spawnSync(STAGE, ['stage', app], { encoding: 'utf8', timeout: 180_000 });
    if (status !== 0) return { reason: `the Electron test runtime cannot be had: ${stderr.trim().split('\n').at(-1)}` };
    const executable = stdout.trim();
    return { executable, dispose: () => rmSync(dirname(executable), { recursive: true, force: true }) };
  } finally {
    rmSync(app, { recursive: true, force: true });
  }
}

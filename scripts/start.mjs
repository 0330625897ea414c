// `npm start`: the window where there can be one, else the same lab in a browser, with the reason.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { installedElectron } from './electron.mjs';
import { nodeExecutable, root, run, runTool, say } from './runtime.mjs';

export async function start(/** @type {string[]} */ args) {
  await ensureBuilt(['main', 'preload', 'renderer']);
  const choice = await chooseSurface();
  if ('electron' in choice) return (await run(choice.electron, [root, ...args], { endsWithParent: true })).status;
  say(`opening the lab as a browser page: ${choice.reason}`);
  return (await run(nodeExecutable(), [join(root, 'out', 'main', 'server.cjs'), ...args], { endsWithParent: true })).status;
}

/**
 * The order is: what forbids a window first, so that nothing is fetched in vain.
 * @returns {Promise<{ electron: string } | { reason: string }>}
 */
async function chooseSurface() {
  if (!hasDisplay()) return { reason: 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)' };
  if (process.platform === 'linux' && process.getuid?.() === 0) return { reason: "Chromium's sandbox refuses to run as root" };
  const named = process.env.SMMU_LAB_ELECTRON;
  if (named !== undefined)
    return existsSync(named) ? { electron: named } : { reason: `SMMU_LAB_ELECTRON names ${named}, which does not exist` };
  const fetched = installedElectron() ?? (await fetchElectron());
  return fetched === null ? { reason: 'Electron could not be fetched' } : { electron: fetched };
}

function hasDisplay() {
  if (process.platform === 'win32' || process.platform === 'darwin') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** electron's own installer. It downloads into the temporary folder, which is ours meanwhile, so that we can tell how far it is. */
async function fetchElectron() {
  const folder = join(root, '.cache', `electron-download-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  say('fetching Electron (about 120 MB, once)');
  const progress = setInterval(() => say(`fetched ${Math.round(folderSize(folder) / 1e6)} MB`), 2000);
  const env = { ...process.env, TMPDIR: folder, TEMP: folder, ELECTRON_GET_NO_PROGRESS: '1' };
  const { status } = await runTool('electron/install.js', [], { stdio: ['ignore', 2, 2], env });
  clearInterval(progress);
  rmSync(folder, { recursive: true, force: true });
  return status === 0 ? installedElectron() : null;
}

function folderSize(/** @type {string} */ folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

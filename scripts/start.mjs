// `npm start`: the window where there can be one, else the same lab in a browser, with the reason.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { installedElectron } from './electron.mjs';
import { nodeExecutable, root, run, runTool, say } from './runtime.mjs';
import { chooseSurface } from './surface.mjs';

export async function start(/** @type {string[]} */ args) {
  await ensureBuilt(['main', 'preload', 'renderer']);
  const choice = await chooseSurface({
    platform: process.platform,
    env: process.env,
    isRoot: process.getuid?.() === 0,
    exists: existsSync,
    installed: installedElectron,
    fetch: fetchElectron,
  });
  if ('electron' in choice) return (await run(choice.electron, [root, ...args], { endsWithParent: true })).status;
  say(`opening the lab as a browser page: ${choice.reason}`);
  return (await run(nodeExecutable(), [join(root, 'out', 'main', 'server.cjs'), ...args], { endsWithParent: true })).status;
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

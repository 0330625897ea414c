// node_modules as package-lock.json says.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withSetupLock } from './lock.mjs';
import { giveUp, root, say } from './runtime.mjs';

const lockFile = join(root, 'package-lock.json');
const stampFile = join(root, 'node_modules', '.smmu-lab-stamp');
const installedFile = join(root, 'node_modules', '.package-lock.json');

/** Installs when node_modules is missing or is not what the lock file says. */
export async function ensureInstalled() {
  if (stampFits()) return;
  await withSetupLock(async () => {
    if (stampFits()) return;
    if (!installedFits()) install();
    writeFileSync(stampFile, lockHash());
  });
}

function lockHash() {
  return createHash('sha256').update(readFileSync(lockFile)).digest('hex');
}

function stampFits() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lockHash();
}

/** npm's own record of what it installed; after `npm install NAME` by hand it already agrees with the lock file. */
function installedFits() {
  if (!existsSync(installedFile)) return false;
  const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  const same = (/** @type {string} */ path) => wanted[path]?.integrity === installed[path]?.integrity;
  return (
    Object.keys(installed).every(same) &&
    Object.keys(wanted).every((path) => path === '' || same(path) || (wanted[path].optional === true && installed[path] === undefined))
  );
}

function install() {
  say('installing what package-lock.json says (npm ci, once)');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  /** @type {import('node:child_process').SpawnSyncOptionsWithStringEncoding} */
  const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
  const result =
    npm !== undefined && basename(npm) === 'npm-cli.js'
      ? spawnSync(process.execPath, [npm, ...args], options)
      : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  if (result.error !== undefined) giveUp(`npm could not be started: ${result.error.message}`);
  if (result.status !== 0) giveUp(`npm ci failed:\n${result.stdout}${result.stderr}`);
}

// out/ from src/, one target at a time, only when a source is newer than what was built from it.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTENTS, contentLines } from './bundle-contents.mjs';
import { fingerprint } from './fingerprint.mjs';
import { withSetupLock } from './lock.mjs';
import { giveUp, root, runTool, say } from './runtime.mjs';

/** @typedef {'main' | 'preload' | 'renderer'} Target */

const SHARED = ['electron.vite.config.ts', 'scripts/bundle-contents.mjs', 'scripts/monaco-parts.mjs', 'package-lock.json'];
/** @type {Record<Target, string[]>} */
const SOURCES = {
  main: ['src/model', 'src/formats', 'src/query', 'src/protocol', 'src/host', 'src/cli', 'src/server', 'src/main', 'resources'],
  preload: ['src/preload', 'src/protocol'],
  renderer: ['src/renderer', 'src/protocol', 'src/query', 'src/model/spec', 'src/model/base'],
};

/** Builds those of the targets that are out of date. */
export async function ensureBuilt(/** @type {Target[]} */ targets) {
  if (targets.every(isFresh)) return;
  await withSetupLock(async () => {
    for (const target of targets) if (!isFresh(target)) await build(target, 'warn');
  });
}

/** Builds everything and prints what is in the bundles. */
export async function buildAll() {
  await withSetupLock(async () => {
    for (const target of /** @type {Target[]} */ (Object.keys(SOURCES))) await build(target, 'warn');
  });
  for (const target of /** @type {Target[]} */ (Object.keys(SOURCES))) {
    console.log(`${target}:`);
    for (const line of contentLines(join(root, 'out', target, CONTENTS))) console.log(`  ${line}`);
  }
  return 0;
}

function stampFile(/** @type {Target} */ target) {
  return join(root, 'out', target, '.stamp');
}

function isFresh(/** @type {Target} */ target) {
  const stamp = stampFile(target);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesOf(target);
}

async function build(/** @type {Target} */ target, /** @type {'warn' | 'info'} */ logLevel) {
  say(`building ${target}`);
  const before = sourcesOf(target);
  const folder = join(root, '.cache', `build-${process.pid}`);
  const { status, signal } = await runTool(
    'electron-vite/bin/electron-vite.js',
    ['build', '--outDir', folder, '--logLevel', logLevel, '--ignoreConfigWarning'],
    {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, SMMU_LAB_TARGET: target },
    },
  );
  if (status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    if (signal !== null) process.exit(status);
    giveUp(`building ${target} failed`);
  }
  writeFileSync(join(folder, target, '.stamp'), before);
  replace(join(folder, target), join(root, 'out', target));
  rmSync(folder, { recursive: true, force: true });
}

/** Two renames, so that a process that starts meanwhile finds the old bundle or the new one, not half of each. */
function replace(/** @type {string} */ fresh, /** @type {string} */ place) {
  const old = `${fresh}.old`;
  mkdirSync(join(root, 'out'), { recursive: true });
  if (existsSync(place)) renameSync(place, old);
  renameSync(fresh, place);
}

function sourcesOf(/** @type {Target} */ target) {
  return fingerprint([...SHARED, ...SOURCES[target]], (path) => !/\.test\.ts$/.test(path));
}

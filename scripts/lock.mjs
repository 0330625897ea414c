// One set-up at a time: a lock directory that names its holder, so that a lock left by a killed process is taken over.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, say } from './runtime.mjs';

const POLL_MS = 100;
const UNNAMED_MS = 5000;

/**
 * Runs `work` while no other set-up of this checkout runs.
 * @template T
 * @param {() => Promise<T>} work
 */
export function withSetupLock(work) {
  mkdirSync(join(root, '.cache'), { recursive: true });
  return withLock(join(root, '.cache', 'setup.lock'), work);
}

/**
 * Runs `work` while holding the lock directory.
 * @template T
 * @param {string} folder
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(folder, work) {
  for (let told = false; !take(folder);) {
    const holder = holderOf(folder);
    if (isLeftOver(folder, holder)) discard(folder);
    else {
      if (!told) say(`waiting for another set-up${holder > 0 ? ` (process ${holder})` : ''}`);
      told = true;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take(/** @type {string} */ folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(folder, 'pid'), String(process.pid));
  return true;
}

function holderOf(/** @type {string} */ folder) {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8')) || 0;
  } catch {
    return 0;
  }
}

/** A holder that has not written its number yet is given some seconds; one that is gone left its lock behind. */
function isLeftOver(/** @type {string} */ folder, /** @type {number} */ holder) {
  try {
    if (holder === 0) return Date.now() - statSync(folder).mtimeMs > UNNAMED_MS;
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH';
  }
}

/** Renaming first makes sure that of two waiting processes only one removes the old lock, and never a new one. */
function discard(/** @type {string} */ folder) {
  const grave = `${folder}.${process.pid}`;
  try {
    renameSync(folder, grave);
    rmSync(grave, { recursive: true, force: true });
  } catch {
    // Another process was first.
  }
}

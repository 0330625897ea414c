// The built window, driven in a Chromium through the server, and in Electron: the same spec.
import { ensureBuilt } from './build.mjs';
import { findChromium } from './chromium.mjs';
import { displayForTests } from './display.mjs';
import { electronForTests } from './electron.mjs';
import { report, skippedLane, vitestLane } from './lanes.mjs';

/** @typedef {import('./lanes.mjs').Lane} Lane */

const CONFIG = ['--config', 'vitest.e2e.config.ts'];
const BROWSER = 'browser e2e';
const ELECTRON = 'Electron e2e';

/** `npm run e2e` */
export async function browser(/** @type {string[]} */ args) {
  return report(await browserLane(args));
}

/** `npm run e2e:electron` */
export async function electron(/** @type {string[]} */ args) {
  return report(await electronLane(args));
}

/** @returns {Promise<Lane>} */
export async function browserLane(/** @type {string[]} */ args = []) {
  const found = await findChromium();
  if ('reason' in found) return skippedLane(BROWSER, found.reason);
  await ensureBuilt(['main', 'renderer']);
  return vitestLane(BROWSER, [...CONFIG, ...args], { SMMU_LAB_SURFACE: 'browser' });
}

/** @returns {Promise<Lane>} */
async function electronLane(/** @type {string[]} */ args) {
  await ensureBuilt(['main', 'preload', 'renderer']);
  const electron = electronForTests();
  if ('reason' in electron) return skippedLane(ELECTRON, electron.reason, { allowedInCi: true });
  const screen = await displayForTests();
  try {
    if ('reason' in screen) return skippedLane(ELECTRON, screen.reason);
    const env = { SMMU_LAB_SURFACE: 'electron', SMMU_LAB_ELECTRON: electron.executable, DISPLAY: screen.display };
    return await vitestLane(ELECTRON, [...CONFIG, ...args], env);
  } finally {
    electron.dispose();
    if ('dispose' in screen) screen.dispose();
  }
}

// Where the lab opens: a window where there can be one, else a page in a browser.

/**
 * @typedef {object} Machine
 * @property {NodeJS.Platform} platform
 * @property {NodeJS.ProcessEnv} env
 * @property {boolean} isRoot
 * @property {(path: string) => boolean} exists
 * @property {() => string | null} installed the Electron that was fetched earlier
 * @property {() => Promise<string | null>} fetch fetches it; null when that fails
 */

/**
 * The Electron to run, or the reason for the browser. What forbids a window comes first, so that nothing is fetched in vain.
 * @param {Machine} machine
 * @returns {Promise<{ electron: string } | { reason: string }>}
 */
export async function chooseSurface({ platform, env, isRoot, exists, installed, fetch }) {
  if (!hasDisplay(platform, env)) return { reason: 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)' };
  if (platform === 'linux' && isRoot) return { reason: "Chromium's sandbox refuses to run as root" };
  const named = env.SMMU_LAB_ELECTRON;
  if (named !== undefined)
    return exists(named) ? { electron: named } : { reason: `SMMU_LAB_ELECTRON names ${named}, which does not exist` };
  const electron = installed() ?? (await fetch());
  return electron === null ? { reason: 'Electron could not be fetched' } : { electron };
}

function hasDisplay(/** @type {NodeJS.Platform} */ platform, /** @type {NodeJS.ProcessEnv} */ env) {
  return platform === 'win32' || platform === 'darwin' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

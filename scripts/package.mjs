// `npm run package`: an installable lab in dist/. With SMMU_LAB_ELECTRON, of the Electron named there, and only as a folder.
import { dirname, join } from 'node:path';
import { build, Platform } from 'electron-builder';
import { config } from '../packaging/config.mjs';
import { ensureBuilt } from './build.mjs';
import { root, say } from './runtime.mjs';

/** `--dir` makes only the folder that an installer would install; `--linux`, `--mac` and `--win` choose a system, this one by default. */
export async function pack(/** @type {string[]} */ args) {
  await ensureBuilt(['main', 'preload', 'renderer']);
  const electron = process.env.SMMU_LAB_ELECTRON;
  if (electron !== undefined) say('SMMU_LAB_ELECTRON is packed as it is: its fuses are not set');
  const output = await packFolder(args, electron);
  for (const path of output) say(path);
  return 0;
}

/**
 * @param {string[]} args
 * @param {string} [electron] the executable of an unpacked Electron
 * @param {string} [output] where to, in place of dist/
 * @returns {Promise<string[]>} what was made
 */
export function packFolder(args, electron, output) {
  const system = args.includes('--mac') ? Platform.MAC : args.includes('--win') ? Platform.WINDOWS : args.includes('--linux') ? Platform.LINUX : Platform.current();
  return build({
    projectDir: root,
    targets: args.includes('--dir') || electron !== undefined ? system.createTarget('dir') : system.createTarget(),
    publish: 'never',
    config: {
      ...config,
      ...(electron === undefined ? {} : { electronDist: dirname(electron) }),
      ...(output === undefined ? {} : { directories: { ...config.directories, output: join(output) } }),
    },
  });
}

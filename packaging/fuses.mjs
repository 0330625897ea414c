// What of Electron is switched off in a package, for good: https://www.electronjs.org/docs/latest/tutorial/fuses
import { FuseV1Options, FuseVersion } from '@electron/fuses';

/**
 * Every fuse there is: an Electron that has another one is refused until it is decided on here.
 * @type {import('@electron/fuses').FuseConfig}
 */
export const FUSES = {
  version: FuseVersion.V1,
  strictlyRequireAllFuses: true,
  /** The app is no Node: queries run as utility processes. */
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  /** The page comes from its own scheme. */
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
};

// How the lab becomes a package. Linux has been built and started; macOS and Windows are configuration only.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { FUSES } from './fuses.mjs';

/** The Electron that package.json names has every fuse; an older one that is given for a trial has not, and keeps those it came with. */
const OWN_ELECTRON = process.env.SMMU_LAB_ELECTRON === undefined;

/** @type {import('electron-builder').Configuration} */
export const config = {
  appId: 'org.smmu-lab.desktop',
  productName: 'SMMU Lab',
  executableName: 'smmu-lab',
  copyright: 'MIT licence',
  directories: { output: 'dist', buildResources: 'packaging' },
  // The bundles hold every package but the native one.
  files: ['out/**', '!out/**/*.map', '!out/**/.stamp', 'resources/**', 'LICENSE', 'package.json', '!node_modules/**', 'node_modules/better-sqlite3/**'],
  extraFiles: [
    { from: 'LICENSE', to: 'LICENSE.smmu-lab.txt' },
    { from: 'resources/licences/third-party.txt', to: 'LICENSES.third-party.txt' },
  ],
  asar: true,
  asarUnpack: ['**/*.node'],
  // Prebuilt for Node-API: the same file for every Electron.
  npmRebuild: false,
  fileAssociations: [{ ext: 'smmulab', name: 'SMMU Lab bundle', description: 'SMMU Lab bundle', mimeType: 'application/vnd.smmu-lab+zip', role: 'Editor' }],
  protocols: [{ name: 'SMMU Lab link', schemes: ['smmulab'], role: 'Viewer' }],
  linux: { maintainer: 'SMMU Lab <smmu-lab@example.org>', target: ['AppImage', 'deb'], category: 'Development', icon: 'packaging/icons', synopsis: 'A desktop lab for Arm SMMUv3 nested translation' },
  deb: { packageCategory: 'devel', priority: 'optional' },
  mac: {
    target: ['dmg', 'zip'],
    category: 'public.app-category.developer-tools',
    icon: 'packaging/icons/icon.icns',
    hardenedRuntime: true,
    gatekeeperAssess: false,
    entitlements: 'packaging/entitlements.mac.plist',
    entitlementsInherit: 'packaging/entitlements.mac.plist',
  },
  win: { target: ['nsis', 'zip'], icon: 'packaging/icons/icon.ico' },
  nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true, license: 'LICENSE' },
  publish: null,
  // An Electron for tests may bring an app of its own, which it would start instead.
  afterExtract: async ({ appOutDir }) => rmSync(join(appOutDir, 'resources', 'app'), { recursive: true, force: true }),
  afterPack: async (context) => {
    if (OWN_ELECTRON) await context.packager.addElectronFuses(context, FUSES);
  },
};

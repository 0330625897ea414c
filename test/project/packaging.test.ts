// What makes a package of the lab: a configuration that electron-builder takes, every fuse decided on, icons that are icons.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FuseV1Options } from '@electron/fuses';
import { validateConfiguration } from 'app-builder-lib/out/util/config/config.js';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { config } from '../../packaging/config.mjs';
import { FUSES } from '../../packaging/fuses.mjs';
import { noticesText, NOTICES_FILE, shipped } from '../../scripts/notices.mjs';
import { BUNDLE_EXTENSION, LINK_SCHEME } from '../../src/main/launch.ts';

const root = join(import.meta.dirname, '..', '..');
const log = { isEnabled: false, add: () => undefined } as never;

describe('the configuration of packages', () => {
  it('is one that electron-builder takes, with the targets of three systems', async () => {
    await expect(validateConfiguration(config, log)).resolves.toBeUndefined();
    await expect(validateConfiguration({ ...config, linux: { target: ['AppImage'], icons: 'x' } } as never, log)).rejects.toThrow('configuration.linux');
    expect([config.linux?.target, config.mac?.target, config.win?.target]).toEqual([['AppImage', 'deb'], ['dmg', 'zip'], ['nsis', 'zip']]);
  });

  it('packs one archive with the native module outside, and a hardened runtime on macOS', () => {
    expect(config).toMatchObject({ asar: true, asarUnpack: ['**/*.node'], npmRebuild: false, mac: { hardenedRuntime: true, entitlements: 'packaging/entitlements.mac.plist' } });
    const entitlements = [...readFileSync(join(root, 'packaging', 'entitlements.mac.plist'), 'utf8').matchAll(/<key>(.*)<\/key>/g)].map(([, key]) => key);
    expect(entitlements).toEqual(['com.apple.security.cs.allow-jit']);
  });

  it('opens bundles and links that the lab understands', () => {
    expect(config).toMatchObject({ fileAssociations: [{ ext: BUNDLE_EXTENSION }], protocols: [{ schemes: [LINK_SCHEME] }] });
  });
});

it('every fuse of Electron is decided on, and strictly required', () => {
  expect(FUSES.strictlyRequireAllFuses).toBe(true);
  const named = Object.fromEntries(Object.entries(FuseV1Options).flatMap(([name, number]) => (typeof number === 'number' ? [[name, FUSES[number as FuseV1Options]]] : [])));
  expect(named).toEqual({
    RunAsNode: false,
    EnableCookieEncryption: true,
    EnableNodeOptionsEnvironmentVariable: false,
    EnableNodeCliInspectArguments: false,
    EnableEmbeddedAsarIntegrityValidation: true,
    OnlyLoadAppFromAsar: true,
    LoadBrowserProcessSpecificV8Snapshot: false,
    GrantFileProtocolExtraPrivileges: false,
  });
});

it('icons hold a PNG of each size, as their formats want it', () => {
  const file = (name: string): Buffer => readFileSync(join(root, 'packaging', 'icons', name));
  const sizeOf = (png: Buffer): number => (expect(png.toString('latin1', 1, 4)).toBe('PNG'), png.readUInt32BE(16));
  for (const size of [16, 32, 48, 64, 128, 256, 512]) expect(sizeOf(file(`${size}x${size}.png`))).toBe(size);
  const ico = file('icon.ico');
  const inIco = Array.from({ length: ico.readUInt16LE(4) }, (_, n) => sizeOf(ico.subarray(ico.readUInt32LE(6 + 16 * n + 12))));
  expect(inIco).toEqual([16, 32, 48, 64, 128, 256]);
  const icns = file('icon.icns');
  const inIcns: number[] = [];
  for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) inIcns.push(sizeOf(icns.subarray(at + 8)));
  expect([icns.toString('latin1', 0, 4), icns.readUInt32BE(4), inIcns]).toEqual(['icns', icns.length, [16, 32, 64, 128, 256, 512]]);
});

it('the licences of all that is shipped are shipped (npm run generate)', () => {
  expect([...shipped().keys()].map((key) => key.split(' ')[0])).toEqual(expect.arrayContaining(['better-sqlite3', 'monaco-editor', 'vue', 'zod']));
  expect(readFileSync(join(root, NOTICES_FILE), 'utf8')).toBe(noticesText());
});

it('the linter refuses the network outside the server, QEMU and the page\'s own socket', async () => {
  const eslint = new ESLint({ cwd: root });
  const complaints = async (file: string, text: string): Promise<number> => (await eslint.lintText(text, { filePath: join(root, file) }))[0]!.messages.filter(({ ruleId }) => ruleId?.startsWith('no-restricted-')).length;
  expect(await complaints('src/main/window.ts', "import { get } from 'node:https';\nfetch('https://example.org/');\nget('x');\n")).toBe(2);
  expect(await complaints('src/renderer/main.ts', "new WebSocket('ws://example.org/');\nnew XMLHttpRequest();\n")).toBe(2);
  expect(await complaints('src/server/serve.ts', "import { createServer } from 'node:http';\ncreateServer();\n")).toBe(0);
});

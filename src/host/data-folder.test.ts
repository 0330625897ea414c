import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dataFolder } from './data-folder.ts';

it.each([
  ['linux', {}, join(homedir(), '.local', 'share', 'smmu-lab')],
  ['linux', { XDG_DATA_HOME: '/data' }, '/data/smmu-lab'],
  ['darwin', {}, join(homedir(), 'Library', 'Application Support', 'SMMU Lab')],
  ['win32', { APPDATA: '/roaming' }, join('/roaming', 'SMMU Lab')],
  ['linux', { SMMU_LAB_DATA: '/mine', XDG_DATA_HOME: '/data' }, '/mine'],
] as const)('on %s with %o', (platform, env, expected) => {
  expect(dataFolder(env, platform)).toBe(expected);
});

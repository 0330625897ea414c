import { expect, it } from 'vitest';
import { chooseSurface } from './surface.mjs';

type Machine = Parameters<typeof chooseSurface>[0];

let fetched = 0;
function choose(machine: Partial<Machine>): ReturnType<typeof chooseSurface> {
  fetched = 0;
  const fetch = (): Promise<string> => {
    fetched++;
    return Promise.resolve('/fetched');
  };
  const usual: Machine = {
    platform: 'linux',
    env: { DISPLAY: ':0' },
    isRoot: false,
    exists: () => true,
    installed: () => '/installed',
    fetch,
  };
  return chooseSurface({ ...usual, ...machine });
}

it('opens a window where a display and an Electron are', async () => {
  expect(await choose({})).toEqual({ electron: '/installed' });
  expect(await choose({ env: { WAYLAND_DISPLAY: 'wayland-0' } })).toEqual({ electron: '/installed' });
  expect(await choose({ platform: 'darwin', env: {} })).toEqual({ electron: '/installed' });
  expect(fetched).toBe(0);
});

it('prefers the Electron that SMMU_LAB_ELECTRON names, and says when it is not there', async () => {
  const env = { DISPLAY: ':0', SMMU_LAB_ELECTRON: '/mine' };
  expect(await choose({ env })).toEqual({ electron: '/mine' });
  expect(await choose({ env, exists: () => false })).toEqual({ reason: 'SMMU_LAB_ELECTRON names /mine, which does not exist' });
});

it('fetches Electron once, where a display is and no Electron', async () => {
  expect(await choose({ installed: () => null })).toEqual({ electron: '/fetched' });
  expect(fetched).toBe(1);
});

it('falls back to the browser when the fetch fails', async () => {
  expect(await choose({ installed: () => null, fetch: () => Promise.resolve(null) })).toEqual({ reason: 'Electron could not be fetched' });
});

it('takes the browser, and fetches nothing, without a display and for root', async () => {
  expect(await choose({ env: {}, installed: () => null })).toEqual({ reason: expect.stringContaining('no display') });
  expect(fetched).toBe(0);
  expect(await choose({ isRoot: true, installed: () => null })).toEqual({ reason: expect.stringContaining('root') });
  expect(fetched).toBe(0);
});

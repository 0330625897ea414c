import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { placeWindow, readWindowState, writeWindowState } from './window-state.ts';

const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-window-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LEFT = { x: 0, y: 25, width: 1920, height: 1055 };
const RIGHT = { x: 1920, y: 0, width: 2560, height: 1440 };

describe('the place of the window', () => {
  it.each([
    ['a first start: the system places it', null, [LEFT], { width: 1600, height: 1000 }],
    ['as it was', { x: 100, y: 100, width: 1200, height: 800 }, [LEFT], { x: 100, y: 100, width: 1200, height: 800 }],
    ['on its display', { x: 2000, y: 100, width: 2000, height: 1200 }, [LEFT, RIGHT], { x: 2000, y: 100, width: 2000, height: 1200 }],
    ['its display is gone', { x: 2000, y: 100, width: 2000, height: 1200 }, [LEFT], { width: 1600, height: 1000 }],
    ['its display is smaller now', { x: 200, y: 300, width: 3000, height: 2000 }, [LEFT], { x: 0, y: 25, width: 1920, height: 1055 }],
    ['only a corner of it is to be seen', { x: 1900, y: 100, width: 1200, height: 800 }, [LEFT], { width: 1600, height: 1000 }],
    ['its title bar is above the screen', { x: 100, y: -500, width: 1200, height: 800 }, [LEFT], { width: 1600, height: 1000 }],
    ['a size that is too small', { x: 100, y: 100, width: 300, height: 200 }, [LEFT], { x: 100, y: 100, width: 960, height: 600 }],
    ['a display smaller than the smallest window', null, [{ x: 0, y: 0, width: 800, height: 500 }], { width: 960, height: 600 }],
    ['no display at all', null, [], { width: 1600, height: 1000 }],
  ])('%s', (_what, bounds, displays, expected) => {
    expect(placeWindow(bounds, displays)).toEqual(expected);
  });
});

describe('what is kept of the window', () => {
  const state = { bounds: LEFT, maximised: true, zoom: 1, background: '#121518', scheme: 'dark' } as const;
  const DEFAULTS = { bounds: null, maximised: false, zoom: 0, background: null, scheme: 'system' };

  it('is there at the next start, and nothing beside it', () => {
    const file = join(folder, 'made', 'window.json');
    writeWindowState(file, state);
    expect(readWindowState(file)).toEqual(state);
    expect(readdirSync(join(folder, 'made'))).toEqual(['window.json']);
  });

  it.each([
    ['no file', null, DEFAULTS],
    ['a file cut short', '{"bounds":', DEFAULTS],
    ['something else', '[1]', DEFAULTS],
    ['values that cannot be', JSON.stringify({ bounds: { x: 0.5, y: 0, width: -1, height: 1 }, zoom: 1e9, background: 'url(x)', scheme: 'dark' }), { ...DEFAULTS, scheme: 'dark' }],
  ])('is the default for %s', (_what, text, expected) => {
    const file = join(folder, 'damaged.json');
    rmSync(file, { force: true });
    if (text !== null) writeFileSync(file, text);
    expect(readWindowState(file)).toEqual(expected);
  });

  it('that cannot be written costs nothing but itself', () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    writeFileSync(join(folder, 'file'), '');
    expect(() => writeWindowState(join(folder, 'file', 'window.json'), state)).not.toThrow();
    expect(error).toHaveBeenCalledOnce();
  });
});

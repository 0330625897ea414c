import { expect, it } from 'vitest';
import { MAX_SCREENSHOTS, pngSize, screenshotPart, screenshotsRefused } from './screenshot.ts';
import { PART_NAME } from './manifest.ts';

const png = (width: number, height: number): Uint8Array => {
  const bytes = new Uint8Array(33);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(bytes.buffer).setUint32(16, width);
  new DataView(bytes.buffer).setUint32(20, height);
  return bytes;
};

it('knows a PNG and its size, wherever in a buffer it lies', () => {
  expect(pngSize(png(1200, 800))).toEqual({ ok: true, value: { width: 1200, height: 800 } });
  const shifted = new Uint8Array(40);
  shifted.set(png(1200, 800), 7);
  expect(pngSize(shifted.subarray(7))).toEqual({ ok: true, value: { width: 1200, height: 800 } });
});

it('refuses what is no PNG, is cut off, is empty or would unpack to more than a screen', () => {
  for (const at of [0, 7, 11, 15]) {
    const bytes = png(1, 1);
    bytes[at]! ^= 1;
    expect([at, pngSize(bytes).ok]).toEqual([at, false]);
  }
  for (const bytes of [new Uint8Array(0), png(1, 1).subarray(0, 32), png(0, 1), png(1, 0), png(8193, 1), png(1, 2 ** 31)]) expect(pngSize(bytes)).toMatchObject({ ok: false, error: { code: 'bundle-bad' } });
});

it('names parts that a bundle takes', () => {
  const names = ['window', 'My Fault (2)', '../../etc', '...', 'x'.repeat(200)].map(screenshotPart);
  expect(names.slice(0, 4)).toEqual(['screenshots/window.png', 'screenshots/my-fault-2.png', 'screenshots/etc.png', 'screenshots/screenshot.png']);
  for (const name of names) expect(name).toMatch(PART_NAME);
  expect(screenshotsRefused([...names, 'notes.md'])).toBeNull();
  expect(screenshotsRefused(['screenshots/page.html'])).toBe('screenshots/page.html is no picture: expected screenshots/NAME.png');
  expect(screenshotsRefused(Array.from({ length: MAX_SCREENSHOTS + 1 }, (_, n) => `screenshots/${n}.png`))).toBe('9 screenshots; a bundle holds at most 8');
});

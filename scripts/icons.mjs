// packaging/icons from packaging/icon.svg, drawn by the Chromium of the tests: PNG in every size, and the ICO and ICNS that hold them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from './chromium.mjs';
import { giveUp, root } from './runtime.mjs';

const SIZES = [16, 32, 48, 64, 128, 256, 512];
/** Of an ICO, which has a byte for a size: 256 is 0. */
const ICO_SIZES = [16, 32, 48, 64, 128, 256];
/** https://en.wikipedia.org/wiki/Apple_Icon_Image_format: types that hold PNG. */
const ICNS_TYPES = { icp4: 16, icp5: 32, icp6: 64, ic07: 128, ic08: 256, ic09: 512 };

/** `npm run icons` */
export async function icons() {
  const found = await findChromium();
  if ('reason' in found) return giveUp(found.reason);
  const folder = join(root, 'packaging', 'icons');
  mkdirSync(folder, { recursive: true });
  const drawn = await draw(found, readFileSync(join(root, 'packaging', 'icon.svg'), 'utf8'));
  for (const [size, png] of drawn) writeFileSync(join(folder, `${size}x${size}.png`), png);
  writeFileSync(join(folder, 'icon.ico'), ico(ICO_SIZES.map((size) => [size, /** @type {Buffer} */ (drawn.get(size))])));
  writeFileSync(join(folder, 'icon.icns'), icns(Object.entries(ICNS_TYPES).map(([type, size]) => [type, /** @type {Buffer} */ (drawn.get(size))])));
  return 0;
}

/** @returns {Promise<Map<number, Buffer>>} */
async function draw(/** @type {import('./chromium.mjs').Browser} */ how, /** @type {string} */ svg) {
  const browser = await chromium.launch(how);
  try {
    const page = await browser.newPage();
    const drawn = new Map();
    for (const size of SIZES) {
      await page.setViewportSize({ width: size, height: size });
      await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
      drawn.set(size, await page.screenshot({ omitBackground: true }));
    }
    return drawn;
  } finally {
    await browser.close();
  }
}

/** @returns {Buffer} */
export function ico(/** @type {[number, Buffer][]} */ images) {
  const header = Buffer.alloc(6 + 16 * images.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(images.length, 4);
  let at = header.length;
  images.forEach(([size, png], index) => {
    const entry = 6 + 16 * index;
    header.writeUInt8(size % 256, entry);
    header.writeUInt8(size % 256, entry + 1);
    header.writeUInt16LE(1, entry + 4);
    header.writeUInt16LE(32, entry + 6);
    header.writeUInt32LE(png.length, entry + 8);
    header.writeUInt32LE(at, entry + 12);
    at += png.length;
  });
  return Buffer.concat([header, ...images.map(([, png]) => png)]);
}

/** @returns {Buffer} */
export function icns(/** @type {[string, Buffer][]} */ images) {
  const parts = images.map(([type, png]) => Buffer.concat([head(type, png.length + 8), png]));
  return Buffer.concat([head('icns', 8 + parts.reduce((sum, part) => sum + part.length, 0)), ...parts]);
}

function head(/** @type {string} */ type, /** @type {number} */ length) {
  const bytes = Buffer.alloc(8);
  bytes.write(type, 'latin1');
  bytes.writeUInt32BE(length, 4);
  return bytes;
}

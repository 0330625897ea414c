// A picture of the window in a quarter of its bytes: at most 256 colours, which is what a window has but for the edges of its letters.
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST = 256;

/** @typedef {{ width: number, height: number, colours: Uint32Array }} Picture Colours are 0xRRGGBB, row by row. */

/** Decodes what a browser encodes: 8 bits a channel, RGB or RGBA, not interlaced. */
export function decodePng(/** @type {Buffer} */ bytes) {
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error('no PNG: expected its signature');
  let [width, height, channels] = [0, 0, 0];
  const data = [];
  for (let at = 8; at < bytes.length; at += bytes.readUInt32BE(at) + 12) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    const content = bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at));
    if (type === 'IDAT') data.push(content);
    if (type !== 'IHDR') continue;
    [width, height] = [content.readUInt32BE(0), content.readUInt32BE(4)];
    const [depth, colour, , , interlaced] = content.subarray(8);
    channels = colour === 2 ? 3 : 4;
    if (depth !== 8 || (colour !== 2 && colour !== 6) || interlaced !== 0) throw new Error(`PNG of depth ${depth}, colour type ${colour}: expected 8 bits, RGB or RGBA, not interlaced`);
  }
  const raw = unfiltered(inflateSync(Buffer.concat(data)), width * channels, channels);
  const colours = new Uint32Array(width * height);
  for (let pixel = 0, at = 0; pixel < colours.length; pixel++, at += channels) colours[pixel] = raw.readUIntBE(at, 3);
  return { width, height, colours };
}

/** Takes back what each row was predicted by (PNG, 9.2). */
function unfiltered(/** @type {Buffer} */ filtered, /** @type {number} */ stride, /** @type {number} */ step) {
  const rows = filtered.length / (stride + 1);
  const raw = Buffer.alloc(rows * stride);
  for (let row = 0; row < rows; row++) {
    const kind = filtered[row * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = row * stride + x;
      const left = x < step ? 0 : (raw[at - step] ?? 0);
      const above = row === 0 ? 0 : (raw[at - stride] ?? 0);
      const corner = x < step || row === 0 ? 0 : (raw[at - stride - step] ?? 0);
      const predicted = kind === 0 ? 0 : kind === 1 ? left : kind === 2 ? above : kind === 3 ? (left + above) >> 1 : paeth(left, above, corner);
      raw[at] = (filtered[row * (stride + 1) + 1 + x] ?? 0) + predicted;
    }
  }
  return raw;
}

function paeth(/** @type {number} */ left, /** @type {number} */ above, /** @type {number} */ corner) {
  const guess = left + above - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

/** What covers this part of a picture keeps its own colour, as long as there is room. */
const AREA = 1 / 8000;

/**
 * Colours of areas as they are; one that is near to them is drawn as that. How near is near grows until the palette suffices.
 * @returns {{ palette: number[], indexOf: Map<number, number> }}
 */
function paletteOf(/** @type {Uint32Array} */ colours) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const byCount = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const areas = byCount.filter(([, count]) => count > colours.length * AREA).slice(0, MOST).map(([colour]) => colour);
  for (let near = 0; ; near += 2) {
    const made = withinDistance(areas, byCount.map(([colour]) => colour).slice(areas.length), near);
    if (made !== null) return made;
  }
}

function withinDistance(/** @type {readonly number[]} */ areas, /** @type {readonly number[]} */ others, /** @type {number} */ near) {
  const palette = [...areas];
  const indexOf = new Map(areas.map((colour, index) => [colour, index]));
  for (const colour of others) {
    let [nearest, least] = [-1, Infinity];
    for (let at = 0; at < palette.length; at++) {
      const distance = distanceOf(colour, /** @type {number} */ (palette[at]));
      if (distance < least) [nearest, least] = [at, distance];
    }
    if (least > near) {
      if (palette.length === MOST) return null;
      nearest = palette.push(colour) - 1;
    }
    indexOf.set(colour, nearest);
  }
  return { palette, indexOf };
}

const distanceOf = (/** @type {number} */ a, /** @type {number} */ b) => Math.max(Math.abs((a >> 16) - (b >> 16)), Math.abs(((a >> 8) & 255) - ((b >> 8) & 255)), Math.abs((a & 255) - (b & 255)));

/** One byte a pixel into a palette; such rows compress best as they are. */
export function encodePng(/** @type {Picture} */ { width, height, colours }) {
  const { palette, indexOf } = paletteOf(colours);
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = /** @type {number} */ (indexOf.get(colours[y * width + x] ?? 0));
  }
  const entries = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return framedPng({ width, height, colourType: 3 }, [['PLTE', entries], ['IDAT', deflateSync(rows, { level: 9, memLevel: 9 })]]);
}

/** A file of 8 bits a channel; colour type 2 is RGB, 3 a palette. */
export function framedPng(/** @type {{ width: number, height: number, colourType: 2 | 3 }} */ { width, height, colourType }, /** @type {readonly (readonly [string, Buffer])[]} */ chunks) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourType, 0, 0, 0], 8);
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), ...chunks.map(([type, content]) => chunk(type, content)), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(/** @type {string} */ type, /** @type {Buffer} */ content) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(content.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

// Pictures of the documentation: what a browser encodes, in few colours.
import { deflateSync, inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { decodePng, encodePng, framedPng } from '../../scripts/pictures/png.mjs';

/** As a browser writes it: 8 bits, RGB; each row with the filter it is predicted by. */
const rgb = (width: number, rows: readonly (readonly number[])[]): Buffer => framedPng({ width, height: rows.length, colourType: 2 }, [['IDAT', deflateSync(Buffer.from(rows.flat()))]]);

it('takes back every filter of a row', () => {
  const decoded = decodePng(rgb(2, [[0, 10, 20, 30, 40, 50, 60], [1, 10, 20, 30, 30, 30, 30], [2, 0, 0, 0, 1, 1, 1], [3, 5, 10, 15, 10, 10, 10], [4, 0, 0, 0, 1, 2, 3]]));
  expect([...decoded.colours].map((colour) => colour.toString(16).padStart(6, '0'))).toEqual(['0a141e', '28323c', '0a141e', '28323c', '0a141e', '29333d', '0a141e', '232d37', '0a141e', '242f3a']);
});

it('keeps the colours of areas, and draws rare ones as what is near to them', () => {
  // Half of it is two greys that differ by one, the rest a thousand colours.
  const colours = Uint32Array.from({ length: 64 * 64 }, (_, at) => (at < 1024 ? 0x404040 : at < 2048 ? 0x414141 : (at * 0x2f1d) % 0x1000000));
  const bytes = encodePng({ width: 64, height: 64, colours });
  const palette = bytes.subarray(bytes.indexOf('PLTE') + 4);
  const size = bytes.readUInt32BE(bytes.indexOf('PLTE') - 4);
  const rows = inflateSync(bytes.subarray(bytes.indexOf('IDAT') + 4, bytes.indexOf('IEND') - 8));
  const drawn = (at: number): number => palette.readUIntBE((rows[Math.floor(at / 64) * 65 + 1 + (at % 64)] ?? 0) * 3, 3);
  expect(size).toBeLessThanOrEqual(3 * 256);
  expect([drawn(0), drawn(1023), drawn(1024)]).toEqual([0x404040, 0x404040, 0x414141]);
  expect(() => decodePng(bytes)).toThrow('expected 8 bits, RGB or RGBA');
});

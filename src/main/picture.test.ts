import { expect, it } from 'vitest';
import { MAX_PIECE } from '../protocol/desktop.ts';
import { pictureOf } from './picture.ts';

const contents = (png: Buffer): Parameters<typeof pictureOf>[0] => ({ capturePage: async () => ({ isEmpty: () => png.byteLength === 0, toPNG: () => png }) as never });

it('gives the page a picture of its own window, bounded', async () => {
  const png = await pictureOf(contents(Buffer.from([0x89, 0x50])));
  expect(png).toEqual(new Uint8Array([0x89, 0x50]));
  // A Buffer is of a pool: what crosses is the picture alone.
  expect(png.buffer.byteLength).toBe(2);
  await expect(pictureOf(contents(Buffer.alloc(0)))).rejects.toThrow('not on screen');
  await expect(pictureOf(contents(Buffer.alloc(MAX_PIECE + 1)))).rejects.toThrow(`at most ${MAX_PIECE}`);
});

import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.ts';
import { readDirectory } from './zip-directory.ts';
import type { ByteSource } from './zip-directory.ts';
import { LARGE, SEE_64, set64 } from './zip-format.ts';
import { ZipWriter } from './zip-writer.ts';

const GIB = 2 ** 30;
/** What stands for a gibibyte of deflated data: where it lies is all that matters. */
const FILLER = { byteLength: GIB } as Uint8Array;

/** An archive whose fillers take no room. */
class Sparse implements ByteSource {
  readonly blocks: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  size = 0;

  readonly write = (bytes: Uint8Array): void => {
    if (bytes !== FILLER) this.blocks.push({ at: this.size, bytes });
    this.size += bytes.byteLength;
  };

  read(offset: number, length: number): Uint8Array {
    const out = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    for (const { at, bytes } of this.blocks) {
      const from = Math.max(at, offset);
      const to = Math.min(at + bytes.byteLength, offset + out.byteLength);
      if (from < to) out.set(bytes.subarray(from - at, to - at), from - offset);
    }
    return out;
  }
}

function archive(gibibytes: number, bytes = gibibytes * GIB): Sparse {
  const file = new Sparse();
  const zip = new ZipWriter(file.write);
  const small = (name: string): void => {
    zip.begin(name, 3);
    zip.add(Uint8Array.of(1, 2));
    zip.end(0x1234_5678, 3);
  };
  small('first');
  zip.begin('trace.bin', bytes);
  for (let n = 0; n < gibibytes; n++) zip.add(FILLER);
  zip.end(0xdead_beef, bytes);
  small('last');
  zip.finish();
  return file;
}

describe('a zip archive', () => {
  it.each([
    ['of less than 4 GiB has nothing unusual', 1, GIB],
    ['with a part of more, deflated to less, has 64 bits for that part', 1, 70 * GIB],
    ['with a part at the border', 3, LARGE],
    ['of more has 64 bits for what lies behind it and for the directory', 5, 5 * GIB],
    ['with a part just below it', 3, LARGE - 1],
  ])('%s', (_what, gibibytes, bytes) => {
    const file = archive(gibibytes, bytes);
    const read = readDirectory(file);
    expect(read).toMatchObject({
      ok: true,
      value: [
        { name: 'first', offset: 0, packed: 2, bytes: 3, crc: 0x1234_5678 },
        { name: 'trace.bin', packed: gibibytes * GIB, bytes, crc: 0xdead_beef },
        { name: 'last', packed: 2, bytes: 3 },
      ],
    });
    const end = new DataView(file.blocks.at(-1)!.bytes.buffer);
    expect(end.getUint32(16, true) === SEE_64).toBe(gibibytes > 3);
    expect(file.blocks.length).toBe(gibibytes > 3 ? 13 : 12);
  });

  it('of a million parts is refused before any is looked for', () => {
    const file = archive(5);
    const [end64, end] = file.blocks.slice(-2).map(({ bytes }) => new DataView(bytes.buffer)) as [DataView, DataView];
    for (const at of [24, 32]) set64(end64, at, 1_000_000);
    for (const at of [8, 10]) end.setUint16(at, 0xffff, true);
    expect(readDirectory(file)).toMatchObject({ ok: false, error: { message: 'the directory names 1000000 parts; a bundle has at most 1000' } });
  });

  it('that says two things of its directory or its sizes is refused, bit by bit', () => {
    const seen = new Set<string>();
    const file = archive(5);
    for (const { bytes } of file.blocks) {
      for (let at = 0; at < bytes.byteLength; at++) {
        bytes[at]! ^= 1;
        const read = readDirectory(file);
        if (read.ok) seen.add(`${file.blocks.findIndex((block) => block.bytes === bytes)}:${at}`);
        bytes[at]! ^= 1;
      }
    }
    // Times, what made it, flags of how it was deflated, its packed bytes, internal attributes: they decide nothing.
    expect(seen.size).toBeLessThan(110);
    const places = (block: number): number[] => [...seen].filter((one) => one.startsWith(`${block}:`)).map((one) => Number(one.split(':')[1]));
    const [end64, end] = [file.blocks.length - 2, file.blocks.length - 1];
    expect(places(end)).toEqual([]);
    expect(places(end64)).toEqual([12, 13, 14, 15]);
  });
});

it('CRC-32 goes on from where it was', () => {
  const bytes = new TextEncoder().encode('123456789');
  expect(crc32(bytes)).toBe(0xcbf4_3926);
  expect(crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4)))).toBe(0xcbf4_3926);
});

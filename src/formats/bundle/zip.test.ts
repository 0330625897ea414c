import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.ts';
import { readDirectory } from './zip-directory.ts';
import type { ByteSource } from './zip-directory.ts';
import { CENTRAL, DESCRIPTOR, END, LARGE, LOCAL, SEE_64, set64 } from './zip-format.ts';
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

/** Three small parts, as bytes that can be cut and changed. */
function small(names: readonly string[], bytes = 3): Uint8Array {
  const blocks: Uint8Array[] = [];
  const zip = new ZipWriter((block) => void blocks.push(block));
  for (const name of names) {
    zip.begin(name, bytes);
    zip.add(Uint8Array.of(1, 2));
    zip.end(0x1234_5678, bytes);
  }
  zip.finish();
  return Uint8Array.from(blocks.flatMap((block) => [...block]));
}

const CENTRAL_BYTES = CENTRAL.bytes + 1;
const LOCAL_BYTES = LOCAL.bytes + 1 + 2 + DESCRIPTOR.bytes;

/** The directory without its part `n` of three, whose bytes stay. */
function unnamed(n: number): Uint8Array {
  const whole = small(['a', 'b', 'c']);
  const at = 3 * LOCAL_BYTES + n * CENTRAL_BYTES;
  const left = Uint8Array.from([...whole.subarray(0, at), ...whole.subarray(at + CENTRAL_BYTES)]);
  const end = new DataView(left.buffer, left.length - END.bytes);
  for (const where of [8, 10]) end.setUint16(where, 2, true);
  end.setUint32(12, 2 * CENTRAL_BYTES, true);
  return left;
}

/** One part that is stored, of two bytes, with its sizes in its header: as others write them. */
function stored(header: { readonly bytes: number }, directory: { readonly bytes: number }): Uint8Array {
  const out = new Uint8Array(LOCAL.bytes + 3 + CENTRAL_BYTES + END.bytes);
  const view = new DataView(out.buffer);
  const [central, end] = [LOCAL.bytes + 3, LOCAL.bytes + 3 + CENTRAL_BYTES];
  const sizes = (at: number, { bytes }: { readonly bytes: number }): void => [0, 2, bytes].forEach((value, n) => view.setUint32(at + 4 * n, value, true));
  for (const [at, signature] of [[0, LOCAL.signature], [central, CENTRAL.signature], [end, END.signature]] as const) view.setUint32(at, signature, true);
  sizes(14, header);
  sizes(central + 16, directory);
  for (const at of [26, central + 28, end + 8, end + 10]) view.setUint16(at, 1, true);
  out[LOCAL.bytes] = out[central + CENTRAL.bytes] = 'a'.charCodeAt(0);
  view.setUint32(end + 12, CENTRAL_BYTES, true);
  view.setUint32(end + 16, central, true);
  return out;
}

const messageOf = (bytes: Uint8Array): string | null => {
  const read = readDirectory({ size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) });
  return read.ok ? null : read.error.message;
};

it.each([
  ['that is whole', () => small(['a', 'b', 'c']), null],
  ['with a stored part', () => stored({ bytes: 2 }, { bytes: 2 }), null],
  ['with a name twice', () => small(['a', 'b', 'a']), 'a is there twice'],
  ['with a part between others that is not named', () => unnamed(1), 'c does not begin where the part before it ends'],
  ['with a part at its end that is not named', () => unnamed(2), 'between the last part and the directory is something else'],
  ['with a part that would grow beyond what deflate can', () => small(['a'], 2 * 1032 + 65), 'a would grow from 2 bytes to 2129'],
  ['with a part that grows as far as deflate can', () => small(['a'], 2 * 1032 + 64), null],
  ['with a header that names another part', () => small(['a', 'b']).map((byte, at) => (at === LOCAL.bytes ? byte + 1 : byte)), 'the header of a has another name'],
  ['with a header of another size', () => stored({ bytes: 1 }, { bytes: 2 }), 'the header of a has other sizes'],
  ['with a stored part of two sizes', () => stored({ bytes: 3 }, { bytes: 3 }), 'a is stored, and has two sizes'],
])('an archive %s', (_what, make, message) => {
  expect(messageOf(make())).toBe(message);
});

it('CRC-32 goes on from where it was', () => {
  const bytes = new TextEncoder().encode('123456789');
  expect(crc32(bytes)).toBe(0xcbf4_3926);
  expect(crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4)))).toBe(0xcbf4_3926);
});

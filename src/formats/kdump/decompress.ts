import * as zlib from 'node:zlib';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { decompressLzo } from './lzo.ts';
import { decompressSnappy } from './snappy.ts';

/** Flags of a page's descriptor: how it is compressed; none: it is not. */
const ZLIB = 0x1;
const LZO = 0x2;
const SNAPPY = 0x4;
const ZSTD = 0x20;
const COMPRESSED = ZLIB | LZO | SNAPPY | ZSTD;

/** Node has it from 22.15 on. */
const zstd = (zlib as { readonly zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array }).zstdDecompressSync;

function attempt(work: () => Uint8Array): Uint8Array | null {
  try {
    return work();
  } catch {
    return null;
  }
}

/** The `length` bytes of a page. */
export function decompressPage(bytes: Uint8Array, flags: number, length: number): Result<Uint8Array> {
  const used = flags & COMPRESSED;
  const [name, page] = unpacked(bytes, used, length);
  if (used === ZSTD && zstd === undefined) {
    return fail('no-zstd', 'its pages are compressed with zstd, which this version of Node cannot unpack (22.15 can): write the dump anew with makedumpfile -c, or -E for an ELF file');
  }
  if (page === null || page.length !== length) return fail('damaged-page', `a page that is ${name} does not unpack to ${length} bytes`);
  // zlib gives Buffers.
  return ok(new Uint8Array(page.buffer, page.byteOffset, page.length));
}

function unpacked(bytes: Uint8Array, used: number, length: number): readonly [name: string, page: Uint8Array | null] {
  switch (used) {
    case 0:
      return ['not compressed', bytes];
    case ZLIB:
      return ['compressed with zlib', attempt(() => zlib.inflateSync(bytes, { maxOutputLength: length }))];
    case LZO:
      return ['compressed with LZO', decompressLzo(bytes, length)];
    case SNAPPY:
      return ['compressed with snappy', decompressSnappy(bytes, length)];
    case ZSTD:
      return ['compressed with zstd', zstd === undefined ? null : attempt(() => zstd(bytes, { maxOutputLength: length }))];
    default:
      return [`marked ${used}, compressed in two ways at once,`, null];
  }
}

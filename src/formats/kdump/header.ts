/** Header and sub header of a kdump-compressed dump (diskdump_mod.h, kdump_sub_header of 64-bit machines). */
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import type { ByteSource } from '../memory-image/byte-source.ts';
import { viewAt } from '../memory-image/byte-source.ts';

export interface KdumpHeader {
  readonly version: number;
  readonly release: string;
  readonly machine: string;
  /** What the header says of compression: each page has a mark of its own. */
  readonly compressed: string;
  /** Bytes of a block, which is a page of the dumped kernel. */
  readonly blockSize: number;
  /** Dump level: which pages were left out. */
  readonly level: number;
  /** Page frames from 0 on that the bitmaps speak of. */
  readonly frames: number;
  /** Bitmaps, one after the other: frames of memory, and frames that were dumped. */
  readonly bitmap: number;
  readonly bitmapBytes: number;
  readonly descriptors: number;
  /** One file of several holds these frames (makedumpfile --split). */
  readonly startFrame: number;
  readonly endFrame: number;
  readonly vmcoreinfo: { readonly offset: number; readonly size: number };
}

const HEADER_BYTES = 464;
const AT = { VERSION: 8, UTS: 12, STATUS: 424, BLOCK_SIZE: 428, SUB_BLOCKS: 432, BITMAP_BLOCKS: 436, MAX_MAPNR: 440 } as const;
const SUB = { LEVEL: 8, SPLIT: 12, START: 16, END: 24, VMCOREINFO: 32, VMCOREINFO_SIZE: 40, START_64: 80, END_64: 88, MAX_MAPNR_64: 96, BYTES: 104 } as const;
/** Fields of struct new_utsname. */
const UTS_BYTES = 65;
const UTS = { RELEASE: 2, MACHINE: 4 } as const;
const BLOCK_SIZES = [4096, 16384, 65536];
const WAYS = [[1, 'zlib'], [2, 'LZO'], [4, 'snappy'], [0x20, 'zstd']] as const;

export function readHeader(source: ByteSource): Result<KdumpHeader> {
  const bad = (message: string, offset: number) => fail('bad-kdump', message, { file: source.name, offset });
  const view = viewAt(source, 0, HEADER_BYTES);
  if (view === null) return fail('truncated-file', `this dump ends after ${source.size} bytes, within its header`, { file: source.name, offset: source.size });
  const signature = new TextDecoder('latin1').decode(new Uint8Array(view.buffer, view.byteOffset, 8));
  if (signature === 'DISKDUMP') return bad('this is a dump of diskdump, which is older than AArch64; expected KDUMP', 0);
  if (signature !== 'KDUMP   ') return bad('this is no kdump-compressed dump: it does not begin with "KDUMP   "', 0);
  const word = (offset: number): number => view.getUint32(offset, true);
  const [version, blockSize] = [word(AT.VERSION), word(AT.BLOCK_SIZE)];
  if (version < 1 || version > 0xff) return bad(`its header is of version ${version}, expected 1 to 6: is it of a big-endian machine?`, AT.VERSION);
  if (!BLOCK_SIZES.includes(blockSize)) return bad(`its blocks have ${blockSize} bytes, expected 4096, 16384 or 65536`, AT.BLOCK_SIZE);
  const sub = viewAt(source, blockSize, SUB.BYTES);
  if (sub === null) return fail('truncated-file', `this dump ends after ${source.size} bytes, within its sub header`, { file: source.name, offset: source.size });
  const bitmap = (1 + word(AT.SUB_BLOCKS)) * blockSize;
  const bitmapBytes = word(AT.BITMAP_BLOCKS) * blockSize;
  const descriptors = bitmap + bitmapBytes;
  if (descriptors > source.size) return fail('truncated-file', `its bitmaps end at byte ${descriptors}, the file at ${source.size}`, { file: source.name, offset: AT.BITMAP_BLOCKS });
  const wide = (offset: number): number => Number(sub.getBigUint64(offset, true));
  const frames = Math.min(version >= 6 ? wide(SUB.MAX_MAPNR_64) : word(AT.MAX_MAPNR), (bitmapBytes / 2) * 8);
  const split = version >= 2 && sub.getUint32(SUB.SPLIT, true) !== 0;
  return ok({
    version, blockSize, bitmap, bitmapBytes, descriptors, frames,
    release: uts(view, UTS.RELEASE),
    machine: uts(view, UTS.MACHINE),
    compressed: WAYS.filter(([bit]) => (word(AT.STATUS) & bit) !== 0).map(([, name]) => name).join(', '),
    level: sub.getUint32(SUB.LEVEL, true),
    startFrame: split ? Math.min(wide(version >= 6 ? SUB.START_64 : SUB.START), frames) : 0,
    endFrame: split ? Math.min(wide(version >= 6 ? SUB.END_64 : SUB.END), frames) : frames,
    vmcoreinfo: version >= 3 ? { offset: wide(SUB.VMCOREINFO), size: wide(SUB.VMCOREINFO_SIZE) } : { offset: 0, size: 0 },
  });
}

function uts(header: DataView, field: number): string {
  const bytes = new Uint8Array(header.buffer, header.byteOffset + AT.UTS + field * UTS_BYTES, UTS_BYTES);
  return new TextDecoder('latin1').decode(bytes).replace(/\0.*$/s, '');
}

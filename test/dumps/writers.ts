/** Dumps as other tools write them, small, for tests. */
import { deflateSync } from 'node:zlib';

export interface Piece {
  readonly base: bigint;
  readonly bytes: Uint8Array;
  /** Bytes of memory where the file holds fewer. */
  readonly size?: bigint;
}

export const VMCOREINFO = 'OSRELEASE=6.12.0-test\nPAGESIZE=4096\nSYMBOL(init_uts_ns)=ffff800081e0\nNUMBER(VA_BITS)=48\n';

function note(name: string, content: Uint8Array): Buffer {
  const pad = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  const named = Buffer.from(`${name}\0`);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(named.length, 0);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, pad(named), pad(content)]);
}

/** An ELF core file of AArch64: a PT_NOTE with VMCOREINFO, a PT_LOAD for each piece. */
export function writeElf(pieces: readonly Piece[], machine = 183): Buffer {
  const notes = note('VMCOREINFO', Buffer.from(VMCOREINFO));
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(4, 16);
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(pieces.length + 1, 56);
  const parts: Buffer[] = [notes];
  let offset = 64 + 56 * (pieces.length + 1);
  const headers = [programHeader(4, offset, 0n, notes.length, BigInt(notes.length))];
  offset += notes.length;
  for (const { base, bytes, size } of pieces) {
    headers.push(programHeader(1, offset, base, bytes.length, size ?? BigInt(bytes.length)));
    parts.push(Buffer.from(bytes));
    offset += bytes.length;
  }
  return Buffer.concat([header, ...headers, ...parts]);
}

function programHeader(type: number, offset: number, paddr: bigint, fileSize: number, size: bigint): Buffer {
  const header = Buffer.alloc(56);
  header.writeUInt32LE(type, 0);
  header.writeBigUInt64LE(BigInt(offset), 8);
  header.writeBigUInt64LE(0xffff_0000_0000_0000n + paddr, 16);
  header.writeBigUInt64LE(paddr, 24);
  header.writeBigUInt64LE(BigInt(fileSize), 32);
  header.writeBigUInt64LE(size, 40);
  return header;
}

export interface DumpedPage {
  readonly bytes: Uint8Array;
  /** As diskdump_mod.h has them: 0 as it is, 1 zlib, 2 LZO, 4 snappy, 0x20 zstd. */
  readonly flags: number;
}

export const zlibPage = (bytes: Uint8Array): DumpedPage => ({ bytes: deflateSync(bytes), flags: 1 });

const BLOCK = 4096;

/** A kdump-compressed dump of version 6: `present` frames are memory, those of `pages` are dumped. */
export function writeKdump(pages: ReadonlyMap<number, DumpedPage>, present: readonly number[], level = 0): Buffer {
  const frames = Math.max(...present) + 1;
  const bitmapBlocks = Math.ceil(frames / 8 / BLOCK);
  const bitmaps = Buffer.alloc(2 * bitmapBlocks * BLOCK);
  const mark = (frame: number, second: boolean): void => void (bitmaps[(second ? bitmapBlocks * BLOCK : 0) + (frame >> 3)]! |= 1 << (frame & 7));
  for (const frame of present) mark(frame, false);
  const dumped = [...pages.keys()].sort((a, b) => a - b);
  for (const frame of dumped) mark(frame, true);
  const header = Buffer.alloc(2 * BLOCK);
  header.write('KDUMP   ', 'latin1');
  header.writeUInt32LE(6, 8);
  header.write('6.12.0-test', 12 + 65 * 2, 'latin1');
  header.write('aarch64', 12 + 65 * 4, 'latin1');
  header.writeUInt32LE(1, 424);
  header.writeUInt32LE(BLOCK, 428);
  header.writeUInt32LE(1, 432);
  header.writeUInt32LE(2 * bitmapBlocks, 436);
  header.writeUInt32LE(frames, 440);
  header.writeUInt32LE(level, BLOCK + 8);
  header.writeBigUInt64LE(BigInt(frames), BLOCK + 96);
  const descriptors = Buffer.alloc(dumped.length * 24);
  const contents: Uint8Array[] = [];
  let offset = header.length + bitmaps.length + descriptors.length;
  dumped.forEach((frame, at) => {
    const { bytes, flags } = pages.get(frame)!;
    descriptors.writeBigUInt64LE(BigInt(offset), at * 24);
    descriptors.writeUInt32LE(bytes.length, at * 24 + 8);
    descriptors.writeUInt32LE(flags, at * 24 + 12);
    contents.push(bytes);
    offset += bytes.length;
  });
  return Buffer.concat([header, bitmaps, descriptors, ...contents]);
}

/** The same as it goes down a pipe: pieces in any order. */
export function flatten(file: Buffer, piece: number): Buffer {
  const header = Buffer.alloc(4096);
  header.write('makedumpfile\0', 'latin1');
  header.writeBigInt64BE(1n, 16);
  header.writeBigInt64BE(1n, 24);
  const records: Buffer[] = [];
  for (let at = 0; at < file.length; at += piece) {
    const bytes = file.subarray(at, at + piece);
    const head = Buffer.alloc(16);
    head.writeBigInt64BE(BigInt(at), 0);
    head.writeBigInt64BE(BigInt(bytes.length), 8);
    records.push(Buffer.concat([head, bytes]));
  }
  const end = Buffer.alloc(16);
  end.writeBigInt64BE(-1n, 0);
  end.writeBigInt64BE(-1n, 8);
  return Buffer.concat([header, ...records.reverse(), end]);
}

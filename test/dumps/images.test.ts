// Dumps of memory: by their own writers, by QEMU and makedumpfile, and what is wrong with them.
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as zlib from 'node:zlib';
import { decompressLzo } from '../../src/formats/kdump/lzo.ts';
import { decompressSnappy } from '../../src/formats/kdump/snappy.ts';
import { rearrange } from '../../src/formats/kdump/flattened.ts';
import { sourceOfBytes } from '../../src/formats/memory-image/byte-source.ts';
import { openFile } from '../../src/formats/memory-image/file-source.ts';
import { openImage } from '../../src/formats/memory-image/open-image.ts';
import type { MemoryImage } from '../../src/formats/memory-image/memory-image.ts';
import { PagedMemory } from '../../src/formats/memory-image/paged-memory.ts';
import { hex } from '../../src/model/base/address.ts';
import { captureFolder } from '../cli/captures.ts';
import { differing, fixture, loadCapture, pagesOf, valueOf } from './fixtures.ts';
import { flatten, writeElf, writeKdump, zlibPage } from './writers.ts';
import type { DumpedPage } from './writers.ts';

const open = (bytes: Uint8Array, base: bigint | null = null): MemoryImage => valueOf(openImage(sourceOfBytes('dump', bytes), base));
const refused = (bytes: Uint8Array, base: bigint | null = null): string => {
  const opened = openImage(sourceOfBytes('dump', bytes), base);
  return opened.ok ? 'opened' : `${opened.error.code}: ${opened.error.message}`;
};
const page = (seed: number): Uint8Array => Uint8Array.from({ length: 4096 }, (_, at) => (at * seed + (at >> 5)) & 0xff);

describe('ELF core files', () => {
  it('has what PT_LOAD headers place, zeros where the file ends, nothing else; and says what VMCOREINFO says', () => {
    const image = open(writeElf([{ base: 0x8000_0000n, bytes: page(3) }, { base: 0x4000_0000n, bytes: page(5).subarray(0, 100), size: 0x2000n }]));
    expect(image.ranges).toEqual([{ base: 0x4000_0000n, size: 0x2000n }, { base: 0x8000_0000n, size: 0x1000n }]);
    expect(image.page(0x8000_0000n)).toEqual(page(3));
    expect([...image.page(0x4000_0000n)!.subarray(96, 104)]).toEqual([...page(5).subarray(96, 100), 0, 0, 0, 0]);
    expect(image.page(0x4000_1000n)).toEqual(new Uint8Array(4096));
    expect(image.page(0x4000_2000n)).toBeNull();
    expect(image.notes).toEqual([['OSRELEASE', '6.12.0-test'], ['PAGESIZE', '4096'], ['NUMBER(VA_BITS)', '48']]);
    expect(image.problems).toEqual([]);
  });

  it('a kernel has its text in a PT_LOAD of its own beside that of its RAM', () => {
    const ram = Uint8Array.from([...page(3), ...page(5), ...page(7)]);
    const image = open(writeElf([{ base: 0x4000_1000n, bytes: page(5) }, { base: 0x4000_0000n, bytes: ram }, { base: 0x4000_2000n, bytes: Uint8Array.from([...page(7), ...page(9)]) }]));
    expect(image.ranges).toEqual([{ base: 0x4000_0000n, size: 0x4000n }]);
    expect([0x4000_0000n, 0x4000_1000n, 0x4000_2000n, 0x4000_3000n].map((pa) => image.page(pa)![1])).toEqual([3, 5, 7, 9].map((seed) => page(seed)[1]));
  });

  it('is opened as QEMU wrote it', () => {
    const image = open(fixture('qemu-small.elf'));
    const memory = readFileSync(join(captureFolder('nestedhand-6.12'), 'mem-all.bin'));
    expect(image.ranges).toEqual([{ base: 0x4000_0000n, size: 0x40_0000n }]);
    expect(new PagedMemory(image).readBytes(0x4010_0000n, memory.length)).toEqual(new Uint8Array(memory));
  });

  it('is refused with the byte that is wrong', () => {
    const elf = writeElf([{ base: 0x4000_0000n, bytes: page(3) }]);
    expect(refused(writeElf([], 62))).toContain('machine 62, expected 183 (AArch64)');
    expect(refused(writeElf([]))).toContain('none of its program headers is a PT_LOAD');
    expect(refused(elf.subarray(0, 40))).toContain('ends after 40 bytes, within its header');
    expect(refused(elf.subarray(0, 100))).toContain('program header 0 of 2 lies outside the file');
    const cut = open(elf.subarray(0, elf.length - 50));
    expect(cut.page(0x4000_0000n)).toBeNull();
    expect(cut.problems).toMatchObject([{ code: 'truncated-file', at: { file: 'dump', offset: elf.length - 50 } }]);
  });
});

describe('kdump-compressed dumps', () => {
  const pages = new Map<number, DumpedPage>([[3, zlibPage(page(3))], [9, { bytes: page(9), flags: 0 }], [40_000, zlibPage(page(5))]]);
  const present = [3, 4, 9, 10, 40_000];

  it.each([0, 1] as const)('has the pages that were dumped; those left out at level %d are zeros only if zeros were left out', (level) => {
    const image = open(writeKdump(pages, present, level));
    expect(image.ranges.map(({ base, size }) => [hex(base), hex(size)])).toEqual([['0x3000', '0x2000'], ['0x9000', '0x2000'], ['0x9c40000', '0x1000']]);
    expect([3, 9, 40_000].map((frame) => image.page(BigInt(frame) * 4096n))).toEqual([page(3), page(9), page(5)]);
    expect(image.page(0x4000n)).toEqual(level === 1 ? new Uint8Array(4096) : null);
    expect(image.page(0x5000n)).toBeNull();
    expect(image.notes).toContainEqual(['release', '6.12.0-test']);
  });

  it('says which page is damaged, and goes on with the others', () => {
    const image = open(writeKdump(new Map([...pages, [4, { bytes: Uint8Array.of(1, 2, 3), flags: 1 }]]), present));
    expect(image.page(0x4000n)).toBeNull();
    expect(image.problems).toMatchObject([{ code: 'damaged-page', message: 'a page that is compressed with zlib does not unpack to 4096 bytes (page frame 4)' }]);
    expect(image.page(0x3000n)).toEqual(page(3));
  });

  it.each([['lzo', 2, decompressLzo], ['snappy', 4, decompressSnappy]] as const)('unpacks %s as its own library packed it', (name, flags, unpack) => {
    const packed = Buffer.from(fixture(`pages.${name}.bin`));
    let at = 4;
    for (let left = packed.readUInt32LE(0); left > 0; left--) {
      const [length, size] = [packed.readUInt32LE(at), packed.readUInt32LE(at + 4)];
      const [plain, bytes] = [packed.subarray(at + 8, at + 8 + length), packed.subarray(at + 8 + length, at + 8 + length + size)];
      expect(Buffer.compare(unpack(bytes, length) ?? Buffer.alloc(0), plain)).toBe(0);
      expect(unpack(bytes.subarray(0, size - 4), length)).toBeNull();
      if (length === 4096) expect(Buffer.compare(open(writeKdump(new Map([[7, { bytes, flags }]]), [7])).page(0x7000n)!, plain)).toBe(0);
      at += 8 + length + size;
    }
    expect(at).toBe(packed.length);
  });

  it('unpacks zstd where Node can, and says what to do where it cannot', () => {
    const compress = (zlib as { zstdCompressSync?: (bytes: Uint8Array) => Uint8Array }).zstdCompressSync;
    const bytes = compress?.(page(3)) ?? Uint8Array.of(1);
    const image = open(writeKdump(new Map([[7, { bytes, flags: 0x20 }]]), [7]));
    expect(image.page(0x7000n)).toEqual(compress === undefined ? null : page(3));
    if (compress === undefined) expect(image.problems[0]?.message).toContain('makedumpfile');
  });

  it('says where a page reaches behind the end of the file', () => {
    const whole = writeKdump(new Map([[3, { bytes: page(3), flags: 0 }]]), [3]);
    const image = open(whole.subarray(0, whole.length - 100));
    expect([image.page(0x3000n), image.problems[0]?.code]).toEqual([null, 'truncated-file']);
  });

  it('is put together again out of the pieces of a flattened one', () => {
    const whole = writeKdump(pages, present, 0);
    const image = open(flatten(whole, 1000));
    expect(image.title).toBe('kdump-compressed dump, flattened');
    expect([3, 9, 40_000].map((frame) => image.page(BigInt(frame) * 4096n))).toEqual([page(3), page(9), page(5)]);
    const cut = open(flatten(whole, 1000).subarray(0, -16));
    expect(cut.problems).toMatchObject([{ code: 'truncated-file', message: expect.stringContaining('without its end mark') as string }]);
  });

  it('is rearranged to the byte as makedumpfile -R does it, and holds the capture that QEMU had in memory', async () => {
    const flat = sourceOfBytes('qemu', fixture('qemu-nestedhand.kdump'));
    const file = valueOf(rearrange(flat, []));
    expect([file.size, createHash('sha256').update(file.read(0, file.size)).digest('hex')]).toEqual([746316, '9f9a4b8ca4a004186104d05f3fa238c19e16fb87c3e96f199d66264c0fdb36f2']);
    const image = open(fixture('qemu-nestedhand.kdump'));
    expect(differing(image, await loadCapture('nestedhand-6.12'))).toEqual([]);
    expect(image.ranges).toEqual([{ base: 0x4000_0000n, size: 0x4000_0000n }]);
  });

  it('is refused with the byte that is wrong', () => {
    const whole = writeKdump(pages, present);
    expect(refused(whole.subarray(0, 5000))).toContain('its bitmaps end at byte');
    expect(refused(whole.subarray(0, 100))).toContain('within its header');
    expect(refused(Buffer.concat([Buffer.from('DISKDUMP'), whole.subarray(8)]))).toContain('older than AArch64');
    const odd = Buffer.from(whole);
    odd.writeUInt32LE(1000, 428);
    expect(refused(odd)).toContain('its blocks have 1000 bytes, expected 4096, 16384 or 65536');
  });
});

describe('raw images', () => {
  it('lie where they are told to, and end in zeros', () => {
    const image = open(Uint8Array.from([...page(3), 0, 1]), 0x4000_0000n);
    expect(image.ranges).toEqual([{ base: 0x4000_0000n, size: 0x2000n }]);
    expect(image.page(0x4000_0000n)).toEqual(page(3));
    expect([...image.page(0x4000_1000n)!.subarray(0, 3)]).toEqual([0, 1, 0]);
    expect([image.page(0x3fff_f000n), image.page(0x4000_2000n)]).toEqual([null, null]);
  });

  it('are asked for what they do not say', () => {
    expect(refused(page(3))).toContain('give its physical address with --base');
    expect(refused(page(3), 0x123n)).toContain('no multiple of 4096');
    expect(refused(new Uint8Array(), 0n)).toContain('empty');
    expect(refused(Buffer.from('nothing of ours'))).toContain('this is text; expected an ELF core file');
    expect(refused(Uint8Array.of(0x1f, 0x8b, 8))).toContain('gunzip');
  });

  it('are read by windows: a file of 64 GiB costs what is asked of it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-image-'));
    try {
      const file = join(folder, 'ram.bin');
      writeFileSync(file, '');
      const size = 2 ** 36;
      sparseFile(file, size, page(3));
      const source = valueOf(openFile(file));
      const image = valueOf(openImage(source, 0x4000_0000n));
      const before = process.memoryUsage().arrayBuffers;
      expect(image.page(0x4000_0000n + BigInt(size) - 4096n)).toEqual(page(3));
      for (let n = 0n; n < 6000n; n++) expect(image.page(0x4000_0000n + n * 0x80_0000n)?.length).toBe(4096);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 << 20);
      source.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** A sparse file that ends in a page. */
function sparseFile(file: string, size: number, last: Uint8Array): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, last, 0, last.length, size - last.length);
  closeSync(descriptor);
}

it('a page cache reads across pages', async () => {
  const capture = await loadCapture('s2-6.12');
  const [[pa, bytes]] = [...pagesOf(capture)] as [[bigint, Uint8Array]];
  const memory = new PagedMemory(open(writeElf([{ base: pa, bytes: Uint8Array.from([...bytes, ...page(3)]) }])));
  expect(memory.readBytes(pa + 4090n, 12)).toEqual(Uint8Array.from([...bytes.subarray(4090), ...page(3).subarray(0, 6)]));
  expect(memory.read64(pa + 8n)).toBe(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(8, true));
  expect([memory.readBytes(pa + 8190n, 4), memory.read64(pa - 8n)]).toEqual([null, null]);
});

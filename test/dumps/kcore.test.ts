// /proc/kcore: an ELF file of 252 TiB, whose real beginning stands before the memory of a capture.
import { expect, it } from 'vitest';
import { gather } from '../../src/formats/capture/gather.ts';
import type { ByteSource } from '../../src/formats/memory-image/byte-source.ts';
import { openImage } from '../../src/formats/memory-image/open-image.ts';
import { readRegisters } from '../../src/formats/register-dump/register-state.ts';
import { bytesOf } from '../../src/model/lab/configuration.ts';
import { differing, fixture, loadCapture, pagesOf, valueOf } from './fixtures.ts';

const SIZE = 277_076_938_600_448;
/** The kernel's linear map of RAM from 0x4000_0000 on, in the file. */
const RAM = { offset: 0x3000, pa: 0x4000_0000n, size: 0x2000_0000 };

it('is read where the SMMU leads, and nowhere else', async () => {
  const capture = await loadCapture('s1-6.1');
  const [head, pages] = [fixture('linux-6.1-kcore.head'), pagesOf(capture)];
  let read = 0;
  const kcore: ByteSource = {
    name: '/proc/kcore', size: SIZE,
    read: (offset, length) => {
      read += length;
      if (offset < RAM.offset) return head.subarray(offset, offset + length);
      const at = RAM.pa + BigInt(offset - RAM.offset);
      return (pages.get(at) ?? new Uint8Array(4096)).subarray(0, length);
    },
  };
  const image = valueOf(openImage(kcore, null));
  expect(image.notes).toContainEqual(['OSRELEASE', '6.1.0-50-arm64']);
  expect(image.ranges).toEqual([{ base: RAM.pa, size: BigInt(RAM.size) }]);
  const state = valueOf(readRegisters({ name: 'registers.bin', bytes: bytesOf(capture.registers) }, []));
  const gathered = valueOf(gather(image, state));
  expect(gathered.capture.segments.length).toBeGreaterThan(10);
  expect(differing(image, gathered.capture)).toEqual([]);
  expect(pagesOf(gathered.capture).size).toBe([...pages.keys()].filter((pa) => gathered.capture.segments.some(({ base }) => base === pa)).length);
  expect(gathered.capture.streams).toEqual(capture.streams.map(({ sid, config }) => ({ sid, config, mappings: null })));
  expect(read).toBeLessThan(16 << 20);
});

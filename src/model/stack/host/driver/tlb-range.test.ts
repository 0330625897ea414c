import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { atcRange } from './atc-range.ts';
import { tlbiByAddress } from './commands.ts';
import { pageShiftOf, rangeCommands } from './tlb-range.ts';
import type { RangeForm, RangeRequest } from './tlb-range.ts';

const NH_VA = { op: 'CMD_TLBI_NH_VA', asid: 5, vmid: 3 } as const;
const OLD: RangeForm = { ranges: true, tg: 12, ttl: 'always' };
const CURRENT: RangeForm = { ...OLD, ttl: 'leaf-only' };

const hex = (value: bigint): string => value.toString(16).padStart(16, '0');

function words(request: RangeRequest, form: RangeForm): string[] {
  return rangeCommands(request, form).commands.map((range) => tlbiByAddress(NH_VA, range).map(hex).join(' '));
}

const leaf = (iova: bigint, pages: number, page = 0x1000n): RangeRequest => ({ iova, size: BigInt(pages) * page, granule: page, leaf: true });
const walk2M: RangeRequest = { iova: 0x20_0000n, size: 0x20_0000n, granule: 0x1000n, leaf: false };

describe('vectors of d.4 (NH_VA, ASID 5, VMID 3)', () => {
  test.each<[string, RangeRequest, RangeForm, string[]]>([
    ['4K leaf, 1 page @0x1000', leaf(0x1000n, 1), OLD, ['0005000300000012 0000000000001701']],
    ['4K leaf, one 2M block @0x200000 (granule 2M)', leaf(0x20_0000n, 1, 0x20_0000n), OLD, ['0005000300900012 0000000000200601']],
    ['4K leaf, 512 pages @0x200000', leaf(0x20_0000n, 512), OLD, ['0005000300900012 0000000000200701']],
    ['4K leaf, 511 pages @0x200000', leaf(0x20_0000n, 511), OLD, ['000500030001e012 0000000000200701', '000500030050e012 000000000021f701']],
    ['4K leaf, 33 pages @0x1000', leaf(0x1000n, 33), OLD, ['0005000300000012 0000000000001701', '0005000300500012 0000000000002701']],
    ['4K non-leaf 2M walk @0x200000, 5.15', walk2M, OLD, ['0005000300900012 0000000000200700']],
    ['4K non-leaf 2M walk @0x200000, current', walk2M, CURRENT, ['0005000300900012 0000000000200400']],
    ['4K non-leaf 1 page, current (rounded up to 2)', { ...leaf(0x1000n, 1), leaf: false }, CURRENT, ['0005000300100012 0000000000001400']],
    ['64K leaf 1 page @0x10000', leaf(0x1_0000n, 1, 0x1_0000n), { ...OLD, tg: 16 }, ['0005000300000012 0000000000010f01']],
    ['16K leaf 3 pages @0x4000', leaf(0x4000n, 3, 0x4000n), { ...OLD, tg: 14 }, ['0005000300002012 0000000000004b01']],
    ['v16 bug: host 16K, guest 4K x 5 @0x1000', leaf(0x1000n, 5), { ...OLD, tg: 14 }, ['0005000300000012 0000000000001801']],
    ['v16 bug: host 4K, guest 64K x 1 @0x10000', leaf(0x1_0000n, 1, 0x1_0000n), OLD, ['0005000300400012 0000000000010701']],
  ])('%s', (_, request, form, expected) => {
    expect(words(request, form)).toEqual(expected);
  });

  test('v16 bug: host 16K, guest 4K: 0 pages are left and the loop never ends', () => {
    expect(rangeCommands(leaf(0x1000n, 5), { ...OLD, tg: 14 }).livelock).toMatch(/^20480 bytes are no whole number of pages of 16384/);
    expect(rangeCommands(leaf(0x1000n, 1), { ...OLD, tg: 14 })).toMatchObject({ commands: [], livelock: expect.stringMatching('4096 bytes') as string });
    expect(rangeCommands(leaf(0x1000n, 4), { ...OLD, tg: 14 }).livelock).toBeNull();
  });

  test('without RIL one command for each granule, nothing else in it', () => {
    expect(words(leaf(0x1000n, 2), { ...OLD, ranges: false })).toEqual(['0005000300000012 0000000000001001', '0005000300000012 0000000000002001']);
  });

  test('without RIL a range of more commands than anybody waits for is a livelock too', () => {
    const { commands, livelock } = rangeCommands({ iova: 0n, size: 1n << 40n, granule: 0x1000n, leaf: true }, { ...OLD, ranges: false });
    expect([commands.length, livelock]).toEqual([65536, '268435456 commands for one range']);
  });

  test('0 bytes are nothing; a range that wraps ends before it begins', () => {
    expect(rangeCommands(leaf(0x1000n, 0), OLD)).toEqual({ commands: [], livelock: null });
    expect(rangeCommands({ iova: 0xffff_ffff_ffff_f000n, size: 0x2000n, granule: 0x1000n, leaf: true }, OLD).commands).toEqual([]);
  });
});

test('property: whole pages are covered once, in order, by at most 13 commands', () => {
  fc.assert(fc.property(fc.bigInt(0n, 1n << 36n), fc.bigInt(1n, 1n << 36n), fc.constantFrom(12, 14, 16), fc.boolean(), (page, pages, tg, isLeaf) => {
    const shift = BigInt(tg);
    const request = { iova: page << shift, size: pages << shift, granule: 1n << shift, leaf: isLeaf };
    const { commands, livelock } = rangeCommands(request, { ranges: true, tg, ttl: 'always' });
    let at = request.iova;
    for (const one of commands) {
      expect(one.address).toBe(at);
      expect([one.num >= 0 && one.num < 32, one.scale < 64]).toEqual([true, true]);
      at += BigInt(one.num + 1) << BigInt(one.scale + tg);
    }
    expect([at, livelock, commands.length <= 13]).toEqual([request.iova + request.size, null, true]);
  }));
});

test('the page of a block', () => {
  expect([12, 21, 30, 14, 25, 36, 16, 29, 42].map((shift) => pageShiftOf(1n << BigInt(shift)))).toEqual([12, 12, 12, 14, 14, 14, 16, 16, 16]);
});

describe('ATC_INV ranges (d.4)', () => {
  test.each([
    ['1 page', 0x5000n, 0x1000n, 0x5000n, 0],
    ['pages 8 to 11', 0x8000n, 0x4000n, 0x8000n, 2],
    ['pages 7 to 10 become 0 to 15', 0x7000n, 0x4000n, 0n, 4],
    ['pages 7 to 8 become 0 to 15', 0x7000n, 0x2000n, 0n, 4],
    ['0 bytes are everything', 0x7000n, 0n, 0n, 52],
  ])('%s', (_, iova, size, address, log2) => {
    expect(atcRange(iova, size)).toEqual({ address, size: log2 });
  });
});

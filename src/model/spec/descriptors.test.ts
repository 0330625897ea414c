import { expect, test } from 'vitest';
import { descriptorKind, descriptorRecord, S1_PAGE, S1_TABLE, S2_BLOCK, S2_PAGE } from './descriptors.ts';
import { decodeFeatures, PRESETS } from './features.ts';
import { decode } from './layout.ts';
import type { RecordDef } from './layout.ts';

const QEMU = decodeFeatures(PRESETS['qemu-11'].id);
const FULL = decodeFeatures(PRESETS['v3.2'].id);

function fields(record: RecordDef, word: bigint) {
  return decode(record, new Uint32Array([Number(word & 0xffff_ffffn), Number(word >> 32n)]), 0);
}

test('the leaf descriptors of QEMU\'s own test', () => {
  expect(fields(S1_PAGE['4K'], 0x0400_0000_4ecb_a763n)).toMatchObject({ Valid: true, Type: true, AttrIndx: 0, AP: 1, SH: 3, AF: true, nG: false, OutputAddress: 0x4ecb_a000n, DBM: false, PXN: false, UXN: false, SW: 8 });
  expect(fields(S2_PAGE['4K'], 0x0400_0000_4ecb_a7e3n)).toMatchObject({ MemAttr: 8, S2AP: 3, SH: 3, AF: true, OutputAddress: 0x4ecb_a000n, XN: 0 });
});

test('hierarchical bits of a stage-1 table, and address bits [51:48] of a 64K one', () => {
  expect(fields(S1_TABLE['4K'], 0xf800_0000_4e4d_1003n)).toMatchObject({ NSTable: true, APTable: 3, UXNTable: true, PXNTable: true, NextTable: 0x4e4d_1000n });
  expect(fields(S1_TABLE['64K'], 0x0000_0000_4e4d_9003n)).toMatchObject({ NextTable: 0x4e4d_0000n, NextTable_51_48: 9 });
  expect(fields(S2_BLOCK['64K'], (3n << 53n) | 0x2001_f001n)).toMatchObject({ OutputAddress: 0x2000_0000n, OutputAddress_51_48: 15, nT: true, XN: 3 });
});

test('which type a descriptor has at which level', () => {
  const kinds = (granule: '4K' | '16K' | '64K', low: number, f = QEMU) => [0, 1, 2, 3].map((level) => descriptorKind(granule, level, low, f));
  expect(kinds('4K', 0)).toEqual(['invalid', 'invalid', 'invalid', 'invalid']);
  expect(kinds('4K', 3)).toEqual(['table', 'table', 'table', 'page']);
  expect(kinds('4K', 1)).toEqual(['reserved', 'block', 'block', 'reserved']);
  expect(kinds('16K', 1)).toEqual(['reserved', 'reserved', 'block', 'reserved']);
  expect(kinds('64K', 1)).toEqual(['reserved', 'reserved', 'block', 'reserved']);
  expect(kinds('64K', 1, FULL)).toEqual(['reserved', 'block', 'block', 'reserved']);
});

test('the record of a descriptor', () => {
  expect(descriptorRecord(2, '16K', 'block')?.id).toBe('S2_BLOCK_16K');
  expect(descriptorRecord(1, '4K', 'table')?.id).toBe('S1_TABLE_4K');
  expect(descriptorRecord(1, '4K', 'reserved')).toBeNull();
});

import { expect, test } from 'vitest';
import { checkIdRegisters, PRESETS } from '../../spec/index.ts';
import { QEMU_V10_ID, incompatibleFields } from './id-registers.ts';

test('b.2: the constants that the guest sees', () => {
  expect(QEMU_V10_ID).toEqual({
    IDR0: 0x0d40_101a,
    IDR1: 0x0273_0010,
    IDR2: 0,
    IDR3: 0x404,
    IDR4: 0,
    IDR5: 0x74,
    IDR6: 0,
    IIDR: 0,
    AIDR: 1,
  });
  expect(checkIdRegisters(QEMU_V10_ID)).toEqual([]);
});

test('c.9: a virtual SMMU that its host can stand behind', () => {
  expect(incompatibleFields(QEMU_V10_ID, PRESETS['qemu-11'].id)).toEqual([]);
  expect(incompatibleFields(QEMU_V10_ID, PRESETS['v3.2'].id)).toEqual([]);
});

test.each([
  ['ST_LEVEL', { IDR0: 0x0540_101a }],
  ['TTF', { IDR0: 0x0d40_1016 }],
  ['TTENDIAN', { IDR0: 0x0d60_101a }],
  ['SIDSIZE', { IDR1: 0x0273_000f }],
  ['RIL', { IDR3: 0x4 }],
  ['OAS', { IDR5: 0x72 }],
  ['GRAN4K', { IDR5: 0x64 }],
  ['GRAN16K', { IDR5: 0x54 }],
  ['GRAN64K', { IDR5: 0x34 }],
] as const)('c.9: a host that lacks %s', (field, registers) => {
  expect(incompatibleFields(QEMU_V10_ID, { ...QEMU_V10_ID, ...registers })).toEqual([field]);
});

test('c.9: a host that takes tables of either endianness', () => {
  expect(incompatibleFields(QEMU_V10_ID, { ...QEMU_V10_ID, IDR0: QEMU_V10_ID.IDR0 & ~(3 << 21) })).toEqual([]);
});

test('c.9: SSIDSIZE and ATS that the host does not have', () => {
  const virtual = { ...QEMU_V10_ID, IDR0: QEMU_V10_ID.IDR0 | (1 << 10), IDR1: QEMU_V10_ID.IDR1 | (8 << 6) };
  expect(incompatibleFields(virtual, QEMU_V10_ID)).toEqual(['SSIDSIZE', 'ATS']);
});

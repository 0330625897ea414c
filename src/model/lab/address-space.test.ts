import { expect, test } from 'vitest';
import { AddressSpace } from './address-space.ts';

const KIB = 1024n;

test('first fit from the lowest address, aligned', () => {
  const space = new AddressSpace([{ base: 0x1000n, size: 64n * KIB }]);
  expect(space.allocate(0x100n, { align: 0x40n })).toBe(0x1000n);
  expect(space.allocate(0x1000n, { align: 0x1000n })).toBe(0x2000n);
  expect(space.allocate(0x40n, { align: 0x40n })).toBe(0x1100n);
});

test('a reserved range is not given out', () => {
  const space = new AddressSpace([{ base: 0n, size: 16n * KIB }]);
  space.reserve(0x1000n, 0x1000n);
  expect(space.isFree(0x0n, 0x1000n)).toBe(true);
  expect(space.isFree(0x800n, 0x1000n)).toBe(false);
  expect(space.allocate(0x2000n, { align: 0x1000n })).toBe(0x2000n);
});

test('an address congruent to an IPA that is not the IPA itself', () => {
  const space = new AddressSpace([{ base: 0x4000_0000n, size: 0x1000_0000n }]);
  const align = 0x20_0000n;
  const ipa = 0x4000_1000n;
  expect(space.allocate(0x1000n, { align, offset: ipa, avoid: ipa })).toBe(0x4020_1000n);
});

test('null when nothing fits, and from where the search starts', () => {
  const space = new AddressSpace([
    { base: 0x8000n, size: 0x1000n },
    { base: 0x1000n, size: 0x1000n },
  ]);
  expect(space.allocate(0x2000n, { align: 0x1000n })).toBeNull();
  expect(space.allocate(0x800n, { align: 0x800n, from: 0x1800n })).toBe(0x1800n);
  expect(space.allocate(0x800n, { align: 0x800n, from: 0x1800n })).toBe(0x8000n);
});

import { describe, expect, test } from 'vitest';
import { decodeStruct, defineStruct, encodeStruct, endOf, offsetOf, putField, u16, u32, u32s, u64, u64s, u8, u8s } from './bytes.ts';
import type { UapiField } from './bytes.ts';

const SAMPLE = defineStruct({
  id: 'sample',
  title: 'Every type of member',
  bytes: 48,
  fields: [
    u8('a', 0, 'doc'),
    u8s('b', 1, 3, 'doc'),
    u16('c', 4, 'doc'),
    u16('d', 6, 'doc'),
    u64('e', 8, 'doc'),
    u32('f', 16, 'doc', { ONE: 1 }),
    u32s('g', 20, 3, 'doc'),
    u64s('h', 32, 2, 'doc'),
  ],
});

const VALUES = {
  a: 1,
  b: [2, 3, 4],
  c: 0x605,
  d: 0x807,
  e: 0xffff_ffff_ffff_fffen,
  f: 0xffff_ffff,
  g: [1, 2, 0x8000_0000],
  h: [1n, 1n << 63n],
};

describe('structures of the uAPI', () => {
  test('are little-endian', () => {
    const hex = Buffer.from(encodeStruct(SAMPLE, VALUES)).toString('hex');
    expect(hex).toBe(
      '0102030405060708' + 'feffffffffffffff' + 'ffffffff' + '01000000' + '02000000' + '00000080' + '0100000000000000' + '0000000000000080',
    );
  });

  test('come back as they were, also from the middle of bytes', () => {
    const bytes = new Uint8Array(60);
    bytes.set(encodeStruct(SAMPLE, VALUES), 12);
    expect(decodeStruct(SAMPLE, bytes, 12)).toEqual(VALUES);
  });

  test('members without a value are 0; putField changes one and leaves the rest', () => {
    const bytes = encodeStruct(SAMPLE, { f: 7 });
    putField(SAMPLE, 'h', [3n, 4n], bytes);
    expect(decodeStruct(SAMPLE, bytes)).toEqual({ a: 0, b: [0, 0, 0], c: 0, d: 0, e: 0n, f: 7, g: [0, 0, 0], h: [3n, 4n] });
  });

  test('offsetof and offsetofend', () => {
    expect([offsetOf(SAMPLE, 'g'), endOf(SAMPLE, 'g'), endOf(SAMPLE, 'c')]).toEqual([20, 32, 6]);
  });

  const bad: readonly (readonly [what: string, bytes: number, fields: readonly UapiField[], message: string])[] = [
    ['a gap', 8, [u32('a', 0, 'doc'), u16('b', 6, 'doc')], 'b is at byte 6, the member before it ends at 4'],
    ['an overlap', 8, [u64('a', 0, 'doc'), u8('b', 4, 'doc')], 'b is at byte 4, the member before it ends at 8'],
    ['a member that is not aligned', 6, [u16('a', 0, 'doc'), u32('b', 2, 'doc')], 'b at byte 2 is not aligned'],
    ['bytes at the end', 8, [u32('a', 0, 'doc')], 'has 8 bytes, its members end at 4'],
    ['no doc', 4, [u32('a', 0, '')], 'a has no doc'],
  ];
  test.each(bad)('a definition with %s throws', (_what, bytes, fields, message) => {
    expect(() => defineStruct({ id: 'bad', title: 'bad', bytes, fields })).toThrow(message);
  });

  test('what does not fit is a bug of the caller', () => {
    expect(() => encodeStruct(SAMPLE, { a: 256 })).toThrow('sample.a does not fit 1 bytes');
    expect(() => encodeStruct(SAMPLE, { f: -1 })).toThrow('sample.f does not fit 4 bytes');
    expect(() => encodeStruct(SAMPLE, { b: [1] })).toThrow('sample.b has 3 elements, not 1');
    expect(() => decodeStruct(SAMPLE, new Uint8Array(47))).toThrow('sample needs 48 bytes, there are 47');
  });
});

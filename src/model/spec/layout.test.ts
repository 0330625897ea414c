import { expect, test } from 'vitest';
import { STE } from './ste.ts';
import { accessor, addr, addressHi, addressLo, caseOf, checkValues, code, decode, defineRecord, defineRegister, defineTagged, encode, flag, res0, setField, uint, wide } from './layout.ts';
import type { Unplaced } from './layout.ts';

const record = (...fields: Unplaced<string>[]) => defineRecord({ id: 'T', title: 'test', bytes: 8, section: '1', fields });

test('a gap, an overlap, a range outside the record, a name used twice and an empty doc throw at load', () => {
  const low = uint('Low', 31, 0, 'low');
  expect(() => record(low)).toThrow(/bits \[63:32\] after Low \[31:0\] are neither named nor reserved/);
  expect(() => record(low, res0(63, 33))).toThrow(/bits \[32:32\] between Low \[31:0\] and RES0 \[63:33\]/);
  expect(() => record(low, res0(63, 31))).toThrow(/RES0 \[63:31\] overlaps Low \[31:0\]/);
  expect(() => record(low, res0(64, 32))).toThrow(/no range of 64 bits/);
  expect(() => record(low, uint('Low', 63, 32, 'high'))).toThrow(/two fields are named Low/);
  expect(() => record(low, uint('High', 63, 32, ''))).toThrow(/has no doc/);
  expect(() => record(low, res0(63, 32))).not.toThrow();
});

test('a field may not cross a 64-bit word', () => {
  const fields = [uint('A', 59, 0, 'a'), uint('B', 67, 60, 'b'), res0(127, 68)];
  expect(() => defineRecord({ id: 'T', title: 'test', bytes: 16, section: '1', fields })).toThrow(/B \[67:60\] crosses a 64-bit word/);
});

test('a tagged record reserves what a case does not name, and refuses two cases of one number', () => {
  const tag = { name: 'Tag', hi: 7, lo: 0, doc: 'which' };
  const one = { name: 'ONE', number: 1, section: '1', doc: 'one', fields: [flag('F', 70, 'a flag')] };
  const tagged = defineTagged({ id: 'T', title: 'test', bytes: 16, section: '1', tag, cases: [one] });
  const reserved = tagged.cases[0]!.fields.filter((field) => field.kind === 'res0').map(({ hi, lo }) => [hi, lo]);
  expect(reserved).toEqual([[63, 8], [69, 64], [127, 71]]);
  const words = new Uint32Array(4);
  encode(tagged.cases[0]!, { F: true }, words, 0);
  expect([...words]).toEqual([1, 0, 0x40, 0]);
  expect(caseOf(tagged, words, 0)?.id).toBe('ONE');
  expect(caseOf(tagged, new Uint32Array([2, 0, 0, 0]), 0)).toBeNull();
  expect(() => defineTagged({ id: 'T', title: 'test', bytes: 16, section: '1', tag, cases: [one, { ...one, name: 'TWO' }] })).toThrow(/two cases have one number/);
});

test('a register knows its page and must be aligned', () => {
  const spec = { id: 'R', title: 'R', section: '1', doc: 'r', bits: 64, access: 'rw', reset: 0, fields: [uint('V', 63, 0, 'value')] } as const;
  expect(defineRegister({ ...spec, offset: 0x100a8 })).toMatchObject({ page: 1, bytes: 8, guard: [] });
  expect(() => defineRegister({ ...spec, offset: 0x14 })).toThrow(/not aligned to 8 bytes/);
});

test('accessors read unsigned numbers, across 32-bit words too', () => {
  const odd = record(uint('Low', 27, 0, 'low'), uint('Cross', 35, 28, 'cross'), uint('High', 63, 36, 'high'));
  const whole = record(uint('Low', 31, 0, 'low'), uint('High', 63, 32, 'high'));
  const words = new Int32Array([0, -1, -1, 0x9000_0000 | 0, 0x5]);
  expect(accessor(odd, 'Cross')(words, 3)).toBe(0x59);
  expect(accessor(whole, 'Low')(words, 1)).toBe(0xffff_ffff);
  expect(accessor(whole, 'High')(words, 2)).toBe(0x9000_0000);
  expect(wide(odd, 'Cross')(words, 3)).toBe(0x59n);
});

test('an address keeps its place: the low bits it does not hold are 0', () => {
  const words = new Uint32Array(16);
  encode(STE, { S1ContextPtr: 0x8_1234_5678_9040n, S2TTB: 0xf_ffff_ffff_fff0n }, words, 0);
  expect(wide(STE, 'S1ContextPtr')(words, 0)).toBe(0x8_1234_5678_9040n);
  expect(addressLo(STE, 'S1ContextPtr')(words, 0)).toBe(0x5678_9040);
  expect(addressHi(STE, 'S1ContextPtr')(words, 0)).toBe(0x8_1234);
  words.fill(0xffff_ffff);
  expect(addressHi(STE, 'S1ContextPtr')(words, 0)).toBe(0xf_ffff);
  expect(addressLo(STE, 'S2TTB')(words, 0)).toBe(0xffff_fff0);
  expect(() => accessor(STE, 'S2TTB')).toThrow(/48 bits wide: use wide/);
});

test('decode gives flags as booleans, addresses as bigint and the rest as numbers', () => {
  const words = new Uint32Array(16);
  words[0] = 0b1111;
  expect(decode(STE, words, 0)).toMatchObject({ V: true, Config: 7, S1ContextPtr: 0n });
  expect(decode(STE, words, 0)).not.toHaveProperty('RES0');
});

test('encode clears the record first; setField leaves the rest alone', () => {
  const words = new Uint32Array(17).fill(0xffff_ffff);
  encode(STE, { S2VMID: 7 }, words, 0);
  expect(words[4]).toBe(7);
  expect(words.subarray(0, 16).reduce((sum, word) => sum + word, 0)).toBe(7);
  expect(words[16]).toBe(0xffff_ffff);
  setField(STE, 'S2T0SZ', 25, words, 0);
  expect([words[4], words[5]]).toEqual([7, 25]);
});

test('a value that does not fit is refused, saying where and why', () => {
  const message = (values: Record<string, number | bigint>) => {
    const checked = checkValues(STE, values);
    return checked.ok ? null : checked.error.message;
  };
  expect(message({ S2T0SZ: 63, S2TTB: 0x10n })).toBeNull();
  expect(message({ S2VIMD: 1 })).toBe('STE has no field S2VIMD; did you mean S2VMID?');
  expect(message({ S2T0SZ: 64 })).toBe('STE.S2T0SZ does not fit into 6 bits: 0x40');
  expect(message({ S2T0SZ: -1 })).toMatch(/does not fit/);
  expect(message({ S2T0SZ: 1.5 })).toMatch(/not a whole number/);
  expect(message({ S2TTB: 0x8n })).toBe('STE.S2TTB is not aligned to 16 bytes: 0x8');
  expect(message({ S2TTB: 1n << 52n })).toBe('STE.S2TTB does not fit into 52 bits: 0x10000000000000');
  expect(() => encode(STE, { S2T0SZ: 64 }, new Uint32Array(16), 0)).toThrow(/does not fit/);
});

test('a code names its values', () => {
  const mode = record(code('Mode', 1, 0, 'mode', { 0: ['off', 'Off.'] }), addr('At', 31, 2, 'pa', 'where'), res0(63, 32));
  expect(mode.fields[0]?.values?.[0]?.[0]).toBe('off');
  expect(decode(mode, new Uint32Array([0x1003, 0]), 0)).toEqual({ Mode: 3, At: 0x1000n });
});

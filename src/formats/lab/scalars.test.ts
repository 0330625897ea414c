import { expect, test } from 'vitest';
import { address, bytes, count, flag, name, parseNumber, size } from './scalars.ts';

test.each([
  ['16', 16n],
  ['0x8000_0000', 0x8000_0000n],
  ['64M', 64n << 20n],
  ['4k', 4096n],
  ['1G', 1n << 30n],
  ['2MiB', 2n << 20n],
  ['0x10K', 16n << 10n],
  ['1_000', 1000n],
])('%s is %s', (text, value) => {
  expect(parseNumber(text)).toBe(value);
  expect(parseNumber(value)).toBe(value);
});

test.each(['', '0x', '-1', '1.5', '12Q', 'M', '0xzz', true, null])('%s is no number', (text) => {
  expect(parseNumber(text)).toBeNull();
});

const messageOf = (schema: { safeParse(value: unknown): { error?: { issues: readonly { message: string }[] } | undefined } }, value: unknown) =>
  schema.safeParse(value).error?.issues[0]?.message;

test('a message says what was expected and what came', () => {
  expect(messageOf(address('IPA'), 'x')).toBe('expected an IPA, such as 0x8000_0000; got "x"');
  expect(messageOf(address('PA'), 1n << 64n)).toBe('expected a PA, such as 0x8000_0000; got 0x10000000000000000 (18446744073709551616)');
  expect(messageOf(size, 0n)).toBe('expected a size in bytes, such as 4K, 2M or 0x1000; got 0x0 (0)');
  expect(messageOf(count('a VMID', 0, 255, 1), 256n)).toBe('expected a VMID, 0 to 255, such as 1; got 0x100 (256)');
  expect(messageOf(flag, 'yes')).toBe('expected true or false (or 1 or 0); got "yes"');
  expect(messageOf(name, '9lives')).toMatch(/^expected a name/);
});

test('bytes are pairs of hex digits in memory order', () => {
  expect(bytes.parse('de ad_BE ef')).toEqual([0xde, 0xad, 0xbe, 0xef]);
  expect(messageOf(bytes, 'abc')).toBe('expected bytes as pairs of hex digits, such as "deadbeef"; got "abc"');
  expect(messageOf(bytes, 1234n)).toMatch(/quote bytes that look like a number/);
});

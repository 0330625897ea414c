import { expect, it } from 'vitest';
import { addressAt, placeTexts } from './address-hover.ts';

it.each([
  ['the number under the pointer', 'map: { ipa: 0x8000_1000, size: 4K }', 14, '0x80001000'],
  ['its first digit', '0x10', 1, '0x10'],
  ['its last digit', '0x10', 4, '0x10'],
  ['nothing behind it', '0x10 ', 5, undefined],
  ['the second of two', 'a: 0x10, b: 0X0ABC', 16, '0xabc'],
  ['no number that is no address', 'words: 0x12345678123456789', 12, undefined],
  ['no decimal number', 'size: 4096', 8, undefined],
  ['zero', '0x0', 2, '0x0'],
])('%s', (_, line, column, address) => expect(addressAt(line, column)?.address).toBe(address));

it('every meaning of a number has a line, with whose structure it is', () => {
  const places = [
    { name: 'stage 2 level 1 table of vm0', owner: 'host', space: 'pa', vm: null, offset: '0x8' },
    { name: 'RAM of vm0', owner: 'guest', space: 'ipa', vm: 'vm0', offset: '0x0' },
  ] as const;
  expect(placeTexts('0x80000008', places)).toEqual(["PA 0x80000008: stage 2 level 1 table of vm0 + 0x8, host's", "IPA 0x80000008 of vm0: RAM of vm0, guest's"]);
});

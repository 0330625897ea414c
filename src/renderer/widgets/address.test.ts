import { describe, expect, it } from 'vitest';
import { addressText, groupHex, hexId, levelIndices, shownForm, sizeText, typedAddress } from './address.ts';
import { addressParts } from './address-text.ts';
import { layOutColumns, numberWidth, targetRow } from './grid.ts';

it('groups hex digits in fours from the right', () => {
  expect(groupHex('0x0')).toBe('0x0');
  expect(groupHex('0x10000')).toBe('0x1_0000');
  expect(groupHex('0x1000000123')).toBe('0x10_0000_0123');
  expect(groupHex('ffff000000000000')).toBe('0xffff_0000_0000_0000');
});

it('shows an address as the indices of 4 KiB tables, level 0 first, and what is above them', () => {
  expect(levelIndices('0x7fc060c820')).toBe('[0:511:3:12]+0x820');
  expect(levelIndices('0x10000040')).toBe('[0:0:128:0]+0x40');
  expect(levelIndices('0xfffffffffffff000')).toBe('[0xffff:511:511:511:511]+0x0');
  expect(levelIndices('0xf000000000000')).toBe('[0xf:0:0:0:0]+0x0');
  expect(addressText('0x10000040', 'grouped')).toBe('0x1000_0040');
  expect(addressText('0x10000040', 'hex')).toBe('0x10000040');
});

it('never shows a PA as indices: it indexes no table', () => {
  expect([shownForm('indices', 'pa'), shownForm('indices', 'iova'), shownForm('indices', 'ipa'), shownForm('hex', 'pa')]).toEqual(['grouped', 'indices', 'indices', 'hex']);
});

it('writes identifiers and sizes as engineers do', () => {
  expect(hexId(16)).toBe('0x10');
  expect(sizeText('0x1000')).toBe('4K');
  expect(sizeText('0x200000')).toBe('2M');
  expect(sizeText('0x40000000')).toBe('1G');
  expect(sizeText('0x123')).toBe('291');
});

it('gives every row the same tracks, and knows when they do not fit', () => {
  const columns = [{ id: 'a', title: 'a', width: numberWidth(5_000_000) }, { id: 'b', title: 'b', width: 100, grow: true }];
  expect(layOutColumns(columns)).toEqual({ gridTemplateColumns: '57px minmax(100px, 1fr)', minWidth: '181px' });
  expect(numberWidth(3)).toBe(26);
});

it('moves by keys and stops at the ends', () => {
  expect(targetRow('j', -1, 10, 5)).toBe(0);
  expect(targetRow('ArrowUp', 0, 10, 5)).toBe(0);
  expect(targetRow('k', 4, 10, 5)).toBe(3);
  expect(targetRow('PageDown', 7, 10, 5)).toBe(9);
  expect(targetRow('Home', 7, 10, 5)).toBe(0);
  expect(targetRow('End', 7, 10, 5)).toBe(9);
  expect(targetRow('x', 7, 10, 5)).toBeNull();
});

it('takes an address as people type it', () => {
  expect(['0x1000_0000', ' FFF ', '', 'zz', '0x', '11112222333344445'].map(typedAddress)).toEqual(['0x10000000', '0xfff', null, null, null, null]);
});

describe('a sentence', () => {
  it('has its addresses as chips, where it says whose they are', () => {
    expect(addressParts('the stage-2 map has no IPA 0xA000_0000 to 0xa0000fff: PA 0x1000')).toEqual(['the stage-2 map has no ', { space: 'ipa', address: '0xa0000000' }, ' to 0xa0000fff: ', { space: 'pa', address: '0x1000' }]);
    expect(addressParts('ESPA 0x1')).toEqual(['ESPA 0x1']);
    expect(addressParts('')).toEqual([]);
  });
});

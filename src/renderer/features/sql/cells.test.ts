import { describe, expect, it } from 'vitest';
import { kindOf, spaceOf, textOfCell } from './cells.ts';

describe('a column of an answer', () => {
  it.each([
    ['iova', 'iova'], ['t.IOVA', 'iova'], ['min(ipa)', 'ipa'], ['first_pa', 'pa'], ['address', 'word'], ['pte', 'word'], ['sid', 'id'], ['ssid', 'id'],
    ['count(iova)', 'plain'], ['sum(pa)', 'plain'], ['reads', 'plain'], ['space', 'plain'], ['path', 'plain'], ['', 'plain'],
  ])('%s holds %s', (title, kind) => {
    expect(kindOf(title)).toBe(kind);
  });

  it('says its space where it has one', () => {
    expect(['iova', 'ipa', 'pa', 'address', 'sid', 'reads'].map(spaceOf)).toEqual(['iova', 'ipa', 'pa', null, null, null]);
  });
});

describe('a cell', () => {
  it.each([
    [0x1000_0123, 'iova', '0x10000123', '268435747'],
    [0, 'pa', '0x0', '0'],
    [-1, 'iova', '0xffffffffffffffff', '18446744073709551615'],
    ['0xffff800000001000', 'iova', '0xffff800000001000', '18446603336221200384'],
    [16, 'sid', '0x10', '16'],
    [16, 'reads', '16', '16'],
    ['nic0', 'sid', 'nic0', 'nic0'],
    [1.5, 'pa', '1.5', '1.5'],
    [null, 'pa', 'NULL', 'NULL'],
  ] as const)('%s of %s is %s, or %s', (value, title, hex, decimal) => {
    expect([textOfCell(value, title, 'hex'), textOfCell(value, title, 'dec')]).toEqual([hex, decimal]);
  });
});

import { expect, test } from 'vitest';
import { decodeStruct } from '../../uapi/bytes.ts';
import { STRUCT_VEVENT_HEADER } from '../../uapi/iommufd/events.ts';
import { Veventq } from './veventq.ts';

test('c.2: the sequence goes from 0 to INT_MAX and round', () => {
  const queue = new Veventq(4, 0x7fff_fffe);
  for (let i = 0; i < 3; i++) expect(queue.push([0n, 0n, 0n, 0n])).toBe(true);
  const bytes = queue.read(120);
  expect([0, 40, 80].map((at) => decodeStruct(STRUCT_VEVENT_HEADER, bytes, at).sequence)).toEqual([0x7fff_fffe, 0x7fff_ffff, 0]);
});

test('a header of lost events counts for nothing, and is replaced by whatever comes', () => {
  const queue = new Veventq(1);
  expect([queue.push([1n, 0n, 0n, 0n]), queue.push([2n, 0n, 0n, 0n]), queue.push([3n, 0n, 0n, 0n])]).toEqual([true, false, false]);
  expect([queue.length, queue.waiting.map(({ sequence, words }) => [sequence, words === null])]).toEqual([
    1,
    [
      [0, false],
      [2, true],
    ],
  ]);
  queue.read(40);
  expect([queue.length, queue.push([4n, 0n, 0n, 0n]), queue.waiting.map(({ sequence }) => sequence)]).toEqual([0, true, [3]]);
});

import { expect, it } from 'vitest';
import type { EventRow, Field } from '../../../protocol/contract.ts';
import { addressOf, streamOf } from './event-fields.ts';
import { indexOf } from './queue-index.ts';

it('splits a queue register into index and wrap', () => {
  expect(indexOf(0x0000_0009, 3)).toEqual({ index: 1, wrap: 1 });
  expect(indexOf(0x0000_0007, 3)).toEqual({ index: 7, wrap: 0 });
  // OVFLG, bit 31, is neither.
  expect(indexOf(0x8000_0002, 3)).toEqual({ index: 2, wrap: 0 });
});

const field = (name: string, raw: string, value = raw): Field => ({ name, bits: [63, 32], value, raw, doc: '', section: '7.3.12' });
const event = (...fields: Field[]): EventRow => ({ index: 0, txn: 1, words: [], type: 'F_TRANSLATION', fields, verdict: 'written', structure: null });

it('shows the IOVA of an event, or the address of the fetch', () => {
  expect(addressOf(event(field('FetchAddr', '0x1000'), field('InputAddr', '0x2000')))).toEqual({ space: 'iova', value: '0x2000' });
  expect(addressOf(event(field('FetchAddr', '0x400', '0x1000')))).toEqual({ space: 'pa', value: '0x1000' });
  expect(addressOf(event())).toBeNull();
  expect(streamOf(event(field('StreamID', '0x10')))).toBe('0x10');
});

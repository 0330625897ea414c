import { expect, test } from 'vitest';
import { L1STD, STE, accessor } from '../../spec/index.ts';
import { findSte } from './stream-table.ts';
import { NOWHERE, STRTAB, TestGuest } from './test-guest.ts';
import { DONE } from './guest-side.ts';

const HOST = { batch: 1, joins: () => false, execute: () => DONE, enableChanged: () => undefined, hostEvents: () => false, tellStalls: () => false };
const Config = accessor(STE, 'Config');

function find(guest: TestGuest, sid: number): string | number {
  const found = findSte(guest.smmu.registers, guest.memory, sid);
  return 'event' in found ? found.event : Config(found.words, 0);
}

test('linear: the STE of a StreamID, and none beyond LOG2SIZE', () => {
  const guest = new TestGuest(() => HOST, 'OVFLG');
  guest.ste(255, { V: true, Config: 4 });
  expect(find(guest, 255)).toBe(4);
  expect(find(guest, 256)).toBe('C_BAD_STREAMID');
});

test('two levels: the span of the level 1 descriptor decides', () => {
  const guest = new TestGuest(() => HOST, 'OVFLG');
  guest.write('CR0', 0);
  guest.write('STRTAB_BASE_CFG', (1 << 16) | (8 << 6) | 16);
  const l2 = STRTAB + 0x8000n;
  guest.structure(L1STD, STRTAB + 8n, { Span: 3, L2Ptr: l2 });
  guest.structure(STE, l2 + 3n * 64n, { V: true, Config: 5 });
  guest.structure(L1STD, STRTAB + 16n, { Span: 9, L2Ptr: NOWHERE });
  guest.structure(L1STD, STRTAB + 24n, { Span: 10, L2Ptr: l2 });
  expect(find(guest, 0x103)).toBe(5);
  expect(find(guest, 0x104)).toBe('C_BAD_STREAMID');
  expect(find(guest, 0x003)).toBe('C_BAD_STREAMID');
  expect(find(guest, 0x200)).toBe('F_STE_FETCH');
  expect(find(guest, 0x300)).toBe('C_BAD_STREAMID');
});

test('a level 2 table is taken as aligned to its size', () => {
  const guest = new TestGuest(() => HOST, 'OVFLG');
  guest.write('CR0', 0);
  guest.write('STRTAB_BASE_CFG', (1 << 16) | (8 << 6) | 16);
  const l2 = STRTAB + 0x8000n;
  guest.structure(L1STD, STRTAB, { Span: 3, L2Ptr: l2 + 0xc0n });
  guest.structure(STE, l2 + 64n, { V: true, Config: 5 });
  expect(find(guest, 1)).toBe(5);
});

test('a table outside RAM', () => {
  const guest = new TestGuest(() => HOST, 'OVFLG');
  guest.write('CR0', 0);
  guest.write64('STRTAB_BASE', NOWHERE);
  expect(find(guest, 8)).toBe('F_STE_FETCH');
});

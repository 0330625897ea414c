import { describe, expect, test } from 'vitest';
import { COMMANDS, encode, EVENTS } from '../spec/index.ts';
import type { FieldValues, TaggedDef } from '../spec/index.ts';
import { KIND, PAYLOAD, decodeRecord, RECORD_WORDS } from './record.ts';
import { stepOf } from './steps.ts';

const numberOf = (table: TaggedDef, name: string): number => table.byName.get(name)!.number;

function words(table: TaggedDef, name: string, values: FieldValues): Int32Array {
  const out = new Uint32Array(8);
  encode(table.byName.get(name)!, values, out, 0);
  out[0] = (out[0]! & ~0xff) | numberOf(table, name);
  return Int32Array.from(out);
}

/** The sentence of a record with this payload. */
function text(kind: keyof typeof KIND, payload: ArrayLike<number>, { address = 0, verdict = 0 } = {}): string {
  const record = new Int32Array(RECORD_WORDS);
  record[0] = KIND[kind] | (verdict << 16);
  record[6] = address;
  record.set(Array.from(payload), PAYLOAD);
  return stepOf(decodeRecord(record, 0)).text;
}

describe('a command', () => {
  const nhVa = words(COMMANDS, 'CMD_TLBI_NH_VA', { VMID: 1, ASID: 5, Address: 0x1000_0000n, Leaf: true });
  const removing = (command: Int32Array, count: number): Int32Array => Int32Array.from([...command.subarray(0, 4), count]);

  test('is written with its fields and what it removed', () => {
    expect(text('COMMAND', removing(nhVa, 2))).toBe('CMD_TLBI_NH_VA VMID 1, ASID 5, Leaf 1, Address 0x10000000: removed 2 cache entries');
    expect(text('COMMAND', removing(nhVa, 0))).toMatch(/: removed no cache entry$/);
    expect(text('COMMAND', words(COMMANDS, 'CMD_CFGI_CD', {}))).toBe('CMD_CFGI_CD StreamID 0: removed no cache entry');
  });

  test('that removes nothing by its nature does not say so; one in error names it', () => {
    expect(text('COMMAND', words(COMMANDS, 'CMD_SYNC', {}))).toBe('CMD_SYNC');
    expect(text('COMMAND', nhVa, { verdict: 1 })).toMatch(/: CERROR_ILL$/);
  });
});

test('an event is written with what it is about', () => {
  expect(text('EVENT', words(EVENTS, 'F_TRANSLATION', { StreamID: 0x10, RnW: true, S2: true, IPA: 0xa000_0000n }))).toBe(
    'event written: F_TRANSLATION StreamID 0x10, RnW 1, S2 1, InputAddr 0x0, IPA 0xa0000000',
  );
});

test('a register goes by its name, and by its offset where there is none', () => {
  expect(text('REG_WRITE', [1, 0], { address: 0x98 })).toBe('CMDQ_PROD = 0x1');
  expect(text('REG_WRITE', [1, 0], { address: 0x84 })).toBe('STRTAB_BASE[63:32] = 0x1');
  expect(text('REG_READ', [0, 0], { address: 0x7fc })).toBe('register 0x7fc reads 0x0');
});

test('a descriptor written by software is shown', () => {
  expect(text('MEM_WRITE', [8, 0x80900f43, 0x20], { address: 0x4400_4000 })).toBe('8 bytes written at PA 0x44004000: 0x2080900f43');
  expect(text('MEM_WRITE', [64, 1], { address: 0x4400_4000 })).toBe('64 bytes written at PA 0x44004000');
});

import { expect, test } from 'vitest';
import { commandName, COMMANDS } from './commands.ts';
import { eventName, EVENTS } from './events.ts';
import { caseOf, decode, encode, isNamed } from './layout.ts';
import { PRI_ENTRY } from './pri.ts';

const hex = (words: Uint32Array): string =>
  Array.from({ length: words.length / 2 }, (_, i) => [words[2 * i + 1]!, words[2 * i]!].map((word) => word.toString(16).padStart(8, '0')).join('')).join(' ');

function encoded(name: string, values: Record<string, number | bigint | boolean>): string {
  const record = COMMANDS.byName.get(name) ?? EVENTS.byName.get(name)!;
  const words = new Uint32Array(record.bytes / 4);
  encode(record, values, words, 0);
  return hex(words);
}

const numbers = (tagged: typeof COMMANDS) => Object.fromEntries(tagged.cases.map((one) => [one.id, one.number]));

test('IHI 0070 4.1.1: opcodes', () => {
  expect(numbers(COMMANDS)).toEqual({
    CMD_PREFETCH_CONFIG: 0x01, CMD_PREFETCH_ADDR: 0x02, CMD_CFGI_STE: 0x03, CMD_CFGI_STE_RANGE: 0x04, CMD_CFGI_CD: 0x05, CMD_CFGI_CD_ALL: 0x06, CMD_CFGI_VMS_PIDM: 0x07,
    CMD_TLBI_NH_ALL: 0x10, CMD_TLBI_NH_ASID: 0x11, CMD_TLBI_NH_VA: 0x12, CMD_TLBI_NH_VAA: 0x13, CMD_TLBI_EL3_ALL: 0x18, CMD_TLBI_EL3_VA: 0x1a,
    CMD_TLBI_EL2_ALL: 0x20, CMD_TLBI_EL2_ASID: 0x21, CMD_TLBI_EL2_VA: 0x22, CMD_TLBI_EL2_VAA: 0x23, CMD_TLBI_S12_VMALL: 0x28, CMD_TLBI_S2_IPA: 0x2a, CMD_TLBI_NSNH_ALL: 0x30,
    CMD_ATC_INV: 0x40, CMD_PRI_RESP: 0x41, CMD_RESUME: 0x44, CMD_STALL_TERM: 0x45, CMD_SYNC: 0x46,
    CMD_TLBI_S_EL2_ALL: 0x50, CMD_TLBI_S_EL2_ASID: 0x51, CMD_TLBI_S_EL2_VA: 0x52, CMD_TLBI_S_EL2_VAA: 0x53, CMD_TLBI_S_S12_VMALL: 0x58, CMD_TLBI_S_S2_IPA: 0x5a, CMD_TLBI_SNH_ALL: 0x60,
    CMD_DPTI_ALL: 0x70, CMD_DPTI_PA: 0x73,
  });
  expect([commandName(0x46), commandName(0x85), commandName(0x99)]).toEqual(['CMD_SYNC', 'IMPDEF_0x85', 'RESERVED_0x99']);
});

test('IHI 0070 7.3: event numbers', () => {
  expect(numbers(EVENTS)).toEqual({
    F_UUT: 0x01, C_BAD_STREAMID: 0x02, F_STE_FETCH: 0x03, C_BAD_STE: 0x04, F_BAD_ATS_TREQ: 0x05, F_STREAM_DISABLED: 0x06, F_TRANSL_FORBIDDEN: 0x07,
    C_BAD_SUBSTREAMID: 0x08, F_CD_FETCH: 0x09, C_BAD_CD: 0x0a, F_WALK_EABT: 0x0b, F_TRANSLATION: 0x10, F_ADDR_SIZE: 0x11, F_ACCESS: 0x12, F_PERMISSION: 0x13,
    F_TLB_CONFLICT: 0x20, F_CFG_CONFLICT: 0x21, E_PAGE_REQUEST: 0x24, F_VMS_FETCH: 0x25,
  });
  expect([eventName(0x10), eventName(0xe3), eventName(0x0c)]).toEqual(['F_TRANSLATION', 'IMPDEF_0xe3', 'RESERVED_0x0c']);
});

/** Words as a driver writes them. */
test.each([
  ['CMD_CFGI_STE', { StreamID: 0x38, Leaf: true }, '0000003800000003 0000000000000001'],
  ['CMD_CFGI_STE_RANGE', { Range: 31 }, '0000000000000004 000000000000001f'],
  ['CMD_CFGI_CD', { StreamID: 8, SubstreamID: 0x12, Leaf: true }, '0000000800012005 0000000000000001'],
  ['CMD_TLBI_NH_ASID', { VMID: 3, ASID: 0x11 }, '0011000300000011 0000000000000000'],
  ['CMD_TLBI_NH_VA', { VMID: 2, ASID: 0x45, Address: 0xffff_8000_1234_5000n, Leaf: true, TG: 1, TTL: 3, NUM: 5, SCALE: 2 }, '0045000200205012 ffff800012345701'],
  ['CMD_TLBI_S2_IPA', { VMID: 7, Address: 0x8000_0000n }, '000000070000002a 0000000080000000'],
  ['CMD_ATC_INV', { StreamID: 1, SSV: true, SubstreamID: 1, Global: true, Size: 52 }, '0000000100001a40 0000000000000034'],
  ['CMD_PRI_RESP', { StreamID: 1, PRGIndex: 0x1ff, Resp: 2 }, '0000000100000041 00000000000021ff'],
  ['CMD_RESUME', { StreamID: 9, Ac: true, STAG: 0xbeef }, '0000000900001044 000000000000beef'],
  ['CMD_SYNC', { CS: 1, MSH: 3, MSIAttr: 0xf, MSIData: 0x5a, MSIAddress: 0x4000_0040n }, '0000005a0fc01046 0000000040000040'],
])('%s', (name, values, words) => {
  expect(encoded(name, values)).toBe(words);
});

test('IHI 0070 7.3.13: the fields of a stage-2 F_TRANSLATION', () => {
  const values = { StreamID: 0x38, SSV: true, SubstreamID: 5, STAG: 1, Stall: true, PnU: true, InD: true, RnW: true, S2: true, Class: 2, InputAddr: 0xff00_0000_1234_5678n, IPA: 0x8_1234_5000n };
  expect(encoded('F_TRANSLATION', values)).toBe('0000003800005810 0000028e80000001 ff00000012345678 0000000812345000');
});

test('IHI 0070 7.3.12 and 7.3.16: FetchAddr of F_WALK_EABT, TTRnW of F_PERMISSION', () => {
  expect(encoded('F_WALK_EABT', { Class: 1, FetchAddr: 0x4e4d_0008n })).toBe('000000000000000b 0000010000000000 0000000000000000 000000004e4d0008');
  expect(encoded('F_PERMISSION', { S2: true, Class: 1, TTRnW: true })).toBe('0000000000000013 0000118000000000 0000000000000000 0000000000000000');
});

test('IHI 0070 7.3.19: E_PAGE_REQUEST [event.E_PAGE_REQUEST]', () => {
  expect(encoded('E_PAGE_REQUEST', { InputAddr: 0x1000n, Span: 2, pR: true, uX: true })).toBe('0000000000000024 0000208200000000 0000000000001000 0000000000000000');
});

const named = (event: string): readonly string[] => EVENTS.byName.get(event)!.fields.filter(isNamed).map((field) => field.name);

test('which event has which field [event.F_UUT] [event.F_TLB_CONFLICT] [event.F_CFG_CONFLICT]', () => {
  const having = (field: string) => EVENTS.cases.filter((event) => named(event.id).includes(field)).map((event) => event.number);
  expect(having('StreamID')).toHaveLength(EVENTS.cases.length);
  expect(having('SSV')).not.toContain(0x06);
  expect(having('SSV')).not.toContain(0x08);
  expect(having('STAG')).toEqual([0x10, 0x11, 0x12, 0x13]);
  expect(having('Class')).toEqual([0x0b, 0x10, 0x11, 0x12, 0x13]);
  expect(having('IPA')).toEqual([0x10, 0x11, 0x12, 0x13, 0x20]);
  expect(having('FetchAddr')).toEqual([0x03, 0x09, 0x0b, 0x25]);
  expect(having('InputAddr')).toEqual([0x01, 0x05, 0x07, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x20, 0x24]);
  expect(having('TTRnW')).toEqual([0x13]);
});

test('words tell their case; reserved numbers have none', () => {
  expect(caseOf(EVENTS, new Uint32Array([0x0a, 0, 0, 0, 0, 0, 0, 0]), 0)?.id).toBe('C_BAD_CD');
  expect(caseOf(COMMANDS, new Int32Array([0x99, 0, 0, 0]), 0)).toBeNull();
});

test('IHI 0070 8: a PRI entry', () => {
  const words = new Uint32Array(4);
  encode(PRI_ENTRY, { StreamID: 0x100, SubstreamID: 3, SSV: true, Last: true, R: true, PRGIndex: 7, Address: 0x1234_5000n }, words, 0);
  expect(hex(words)).toBe('d000000300000100 0000000012345007');
  expect(decode(PRI_ENTRY, words, 0)).toMatchObject({ Last: true, W: false, R: true, PRGIndex: 7 });
});

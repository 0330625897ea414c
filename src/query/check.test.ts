import { describe, expect, it } from 'vitest';
import { EVENT_VERDICTS } from '../protocol/contract.ts';
import { compileFilter } from './compile.ts';
import { registryOf } from './registry.ts';
import type { List } from './registry.ts';
import { EVENT_VERDICT_NAMES } from './structure-fields.ts';

const DEVICES = [[0x10, 'nic0'], [0x18, 'edu0']] as const;
const registries = { transactions: registryOf('transactions', DEVICES), events: registryOf('events', DEVICES), records: registryOf('records', DEVICES) };

function said(text: string, list: List = 'transactions'): string {
  const filter = compileFilter(text, registries[list]);
  if (!filter.ok) return `${filter.error.at?.column}: ${filter.error.message}`;
  return filter.value.warnings.map(({ from, to, message }) => `warning ${from}-${to}: ${message}`).join('; ') || 'fine';
}

describe('a filter is checked', () => {
  it.each([
    'evt.type == F_TRANSLATION && sid in {0x10, 0x18..0x1f} && !stall',
    'iova in 0x8000_0000..0x8000_ffff || ipa == 0x4000_1000/12',
    'walk.reads > 12',
    'tlb.stale && txn > 2',
    'txn == 481',
    'has(evt.STAG)',
    'device == nic0 and status != success',
    'rule == s2.permission-read or rule matches "s1.*"',
    'EVT.TYPE == f_translation',
    'pageSize >= 2M',
    'evt.Class == IN && access in {read, execute}',
    'stall == true',
    'age(cmd.SYNC) > 3',
    'age(cmd_sync) in 0..3 && !has(age(evt.F_TRANSLATION)) && age(STEP) == 0',
  ])('%s is one', (text) => expect(said(text)).toBe('fine'));

  it('commands, structures and registers are in the list of all records', () => {
    for (const text of ['cmd.op matches "TLBI_*"', 'cmd.op == CMD_SYNC || cmd.op == SYNC', 'cmd.TG == 4K', 'ste.Config == nested', 'cd.ASID == 5', 'reg.name == CR0 && reg.CR0.SMMUEN', 'kind == READ && stage == 2 && level <= 2']) {
      expect([text, said(text, 'records')]).toEqual([text, 'fine']);
    }
    expect(said('cmd.op == CMD_SYNC')).toBe('warning 0-6: never true: a transaction has no cmd.op');
    expect(said('kind == READ', 'events')).toBe('warning 0-4: never true: an event has no kind');
  });

  it('a name that is none is told with the nearest that is', () => {
    expect(said('evt.tpye == F_ACCESS')).toBe('1: no field is called evt.tpye: did you mean evt.type?');
    expect(said('sid == 1 && STAG == 3')).toBe('13: no field is called STAG: did you mean evt.STAG?');
    expect(said('zzzzzzzz')).toBe('1: no field is called zzzzzzzz');
    expect(said('evt.type == F_TRANSLATON')).toBe('13: evt.type is never called F_TRANSLATON: did you mean F_TRANSLATION?');
    expect(said('cmd.op == TLBI_NH_AV', 'records')).toBe('11: cmd.op is never called TLBI_NH_AV: did you mean TLBI_NH_VA?');
    expect(said('status == maybe')).toBe('11: status is never called maybe: expected success, fault, bypass, abort, stalled');
    expect(said('device == nic7')).toBe('11: device is never called nic7: did you mean nic0?');
  });

  it('an age is of a command, an event or a kind of record', () => {
    expect(said('age(cmd.SYNX) > 3')).toBe('5: no command, event or kind of record is called cmd.SYNX: did you mean CMD_SYNC?');
    expect(said('txn > 1 && age(F_TRANSLATON) > 3')).toBe('16: no command, event or kind of record is called F_TRANSLATON: did you mean F_TRANSLATION?');
    expect(said('age(sid) == 1')).toBe('5: no command, event or kind of record is called sid');
    expect(said('age(CMD_SYNC)')).toBe('1: age(CMD_SYNC) is a number, not a flag: compare it, as in age(CMD_SYNC) == 481, or write has(age(CMD_SYNC))');
    expect(said('age() > 1')).toBe('5: expected a command, an event or a kind of record, as in age(CMD_SYNC), not ")"');
    expect(said('age(CMD_SYNC > 1')).toBe('14: expected ) after the name');
    expect(said('age > 1')).toMatch(/^1: no field is called age/);
    expect(said('age(CMD_SYNC) < 0')).toBe('warning 0-17: never true: no value of age(CMD_SYNC) is like this');
  });

  it('a value must be of the type and width of its field', () => {
    expect(said('sid == 0x1_0000_0000')).toBe('8: sid has 32 bits: at most 0xffffffff');
    expect(said('has(evt.STAG) && evt.STAG == 65536')).toBe('30: evt.STAG has 16 bits: at most 0xffff');
    expect(said('stall == 2')).toBe('10: evt.Stall is a flag: 0 or 1');
    expect(said('iova == F_ACCESS')).toBe('9: iova is an address: expected one such as 0x8000_0000, not F_ACCESS');
    expect(said('sid')).toBe('1: sid is a number, not a flag: compare it, as in sid == 481, or write has(sid)');
    expect(said('status > success')).toBe('10: status is one of its names: it has no order, use ==, != or in');
    expect(said('sid matches "1*"')).toBe('13: sid is a number: matches is for fields with names, such as evt.type');
    expect(said('iova in 5..3')).toBe('9: the range ends before it begins: expected 3..5');
    expect(said('sid == 4/40')).toBe('10: a block of sid has at most 32 bits: 4/12 is one of 4096');
    expect(said('status in 0..1')).toBe('11: status is one of its names: list values, as in status in {success, fault}');
    expect(said('sid > 4/2')).toBe('7: > takes a number');
  });

  it('what can never be true is said, and is no error', () => {
    expect(said('sid < 0')).toBe('warning 0-7: never true: no value of sid is like this');
    expect(said('pageSize == 3000')).toBe('warning 0-16: never true: no value of pageSize is like this');
    expect(said('evt.type matches "G_*"')).toBe('warning 0-22: never true: no value of evt.type is like this');
    expect(said('evt.IPA == 0x1234')).toMatch(/never true: the low 12 bits of evt.IPA are 0; .*\/12/);
    expect(said('evt.IPA == 0x1234/12')).toBe('fine');
  });
});

it('names verdicts as the protocol does', () => expect(EVENT_VERDICT_NAMES).toEqual(EVENT_VERDICTS));

it('no name or alias of a list is of two fields', () => {
  for (const { fields } of Object.values(registries)) {
    const names = fields.flatMap((field) => [field.name, ...field.aliases]);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  }
});

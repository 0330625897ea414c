import { expect, test } from 'vitest';
import { CHOICES } from './choices.ts';
import { MISUSES } from './misuse.ts';
import { describe } from './describe.ts';
import { isNamed } from './fields.ts';
import { RECORDS } from './records.ts';
import { RULES } from './rules/registry.ts';

function found(name: string) {
  const result = describe(name);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function refused(name: string): string {
  const result = describe(name);
  return result.ok ? `found ${result.value.name}` : result.error.message;
}

test('a field: place, use, rules', () => {
  const field = found('ste.S2VMID');
  expect(field).toMatchObject({ name: 'STE.S2VMID', kind: 'field', section: '5.2 STE, Stream Table Entry' });
  expect(field.facts.bits).toBe('[143:128], D2 [15:0], 16 bits');
  expect(field.rules.map((rule) => rule.id)).toEqual(['ste.s2vmid', 'stale.ste-fields', 'stale.tags']);
  expect(field.text).toMatch(/VMID that tags TLB entries/);
  expect(found('ste.s1stalld').rules.map((rule) => rule.id)).toEqual(['ste.s1stalld', 'cd.s.s1stalld']);
});

test('a code lists its values', () => {
  expect(found('STE.Config').text).toMatch(/0x7 +nested +Stage 1 translates, then stage 2\./);
});

test('records, registers, commands, events, groups and rules', () => {
  expect(found('ste')).toMatchObject({ kind: 'record', name: 'STE' });
  expect(found('cr0')).toMatchObject({ kind: 'register', facts: { offset: '0x20 (page 0)', acknowledged: 'CR0ACK', reset: '0x0' } });
  expect(found('SMMU_EVENTQ_PROD').facts).toMatchObject({ offset: '0x100a8 (page 1)', guard: 'read-only while CR0.EVENTQEN is 1' });
  expect(found('F_TRANSLATION')).toMatchObject({ kind: 'event', facts: { number: '0x10' } });
  expect(found('CMD_TLBI_NH_VA')).toMatchObject({ kind: 'command', facts: { opcode: '0x12' }, section: '4.4.2.4 CMD_TLBI_NH_VA' });
  expect(found('tlbi_nh_va').name).toBe('CMD_TLBI_NH_VA');
  expect(found('event').members).toHaveLength(19);
  expect(found('s1.pan')).toMatchObject({ kind: 'rule', facts: { event: 'F_PERMISSION', fields: 'S1.AP, CD.PAN' } });
});

test('a field alone, where one record has it; else which have', () => {
  expect(found('S2VMID').name).toBe('STE.S2VMID');
  expect(refused('Leaf')).toMatch(/^12 records have a field leaf: CMD_CFGI_STE\.Leaf, /);
});

test('a choice with its alternatives, and the list of them', () => {
  expect(found('gbpa.reset')).toMatchObject({ name: 'GBPA.reset', kind: 'choice', facts: { "bypass (the model's pick)": expect.any(String), abort: expect.any(String) } });
  expect(found('choices').members).toHaveLength(CHOICES.length);
  expect(refused('queue.inconsistant')).toMatch(/did you mean queue\.inconsistent\?/);
});

test('a kind of misuse, and the list of them', () => {
  expect(found('guarded-register')).toMatchObject({ kind: 'misuse', section: expect.stringMatching(/^6\.3/) });
  expect(found('misuse').members).toHaveLength(MISUSES.length);
  expect(refused('garded-register')).toMatch(/did you mean guarded-register\?/);
});

test('a mistyped name is answered with the nearest one', () => {
  expect(refused('ste.S2VIMD')).toBe('STE has no field S2VIMD; did you mean STE.S2VMID?');
  expect(refused('F_TRANLSATION')).toMatch(/did you mean F_TRANSLATION\?/);
  expect(refused('s1.pann')).toMatch(/did you mean s1\.pan\?/);
  expect(refused('sxe.S2VMID')).toMatch(/did you mean STE\.S2VMID\?/);
  expect(refused('C0.SMMUEN')).toMatch(/did you mean CR0\.SMMUEN\?/);
  expect(refused('quux')).toMatch(/^no record, register, command, event, field, rule or choice is called quux$/);
  expect(refused(' ')).toBe('expected the name of a record, register, command, event, field or rule');
});

test('everything in the table can be described', () => {
  for (const record of RECORDS.values()) {
    expect(found(record.id).text.length).toBeGreaterThan(40);
    for (const field of record.fields.filter(isNamed)) expect(found(`${record.id}.${field.name}`).text).toContain(field.doc);
  }
  for (const rule of RULES.slice(1)) {
    const { name, rules } = found(rule.id);
    expect(name === rule.id || rules.some((one) => one.id === rule.id), rule.id).toBe(true);
  }
});

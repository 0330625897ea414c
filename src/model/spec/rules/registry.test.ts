import { describe, expect, test } from 'vitest';
import { EVENTS } from '../events.ts';
import { RECORDS } from '../records.ts';
import { SECTIONS } from '../sections.ts';
import { RULES, ruleNumber, ruleOf } from './registry.ts';
import { TRANSLATION_RULES } from './translation.ts';

test('numbers do not move: traces and digests hold them', () => {
  expect([ruleNumber('none'), ruleNumber('smmu.disabled'), ruleNumber('s1.input-range'), ruleNumber('config.hit')]).toEqual([0, 1, 18, 45]);
  expect([ruleNumber('ste.v'), ruleNumber('cd.v'), ruleNumber('cd.ttb1')]).toEqual([46, 75, 91]);
  expect(ruleNumber('ste.s2poe.hwu')).toBe(95);
  RULES.forEach((rule, number) => expect(ruleNumber(rule.id)).toBe(number));
});

test('an unknown number is no rule, an unknown id a bug', () => {
  expect(ruleOf(4).id).toBe('sid.range');
  expect(ruleOf(9999).id).toBe('none');
  expect(() => ruleNumber('s3.invalid')).toThrow(/no rule s3.invalid/);
});

describe.each(RULES.slice(1).map((rule) => [rule.id, rule] as const))('%s', (_id, rule) => {
  test('cites a section that exists, an event and one sentence', () => {
    expect(SECTIONS.has(rule.section), rule.section).toBe(true);
    expect(rule.event === 'none' || EVENTS.byName.has(rule.event)).toBe(true);
    expect(rule.doc).toMatch(/^[A-Z].*\.$/);
  });
});

test('translation rules name fields that exist', () => {
  for (const field of TRANSLATION_RULES.flatMap((rule) => rule.fields)) {
    const [record, name] = field.split('.') as [string, string];
    const holders = [...RECORDS].filter(([id]) => id === record || (/^S[12]$/.test(record) && id.startsWith(`${record}_`)));
    expect(holders.some(([, { fields }]) => fields.some((one) => one.name === name)), field).toBe(true);
  }
});

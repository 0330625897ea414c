import { expect, test } from 'vitest';
import { readWords } from './line-words.ts';

test('expect. is a key of the verb, also behind the fields of an open map', () => {
  const { value } = readWords('command CMD_TLBI_NH_ASID ASID=1 expect.error=none', 8);
  expect(JSON.parse(JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? Number(one) : one)))).toEqual({ CMD_TLBI_NH_ASID: { ASID: 1 }, expect: { error: 'none' } });
});

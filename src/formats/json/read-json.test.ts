import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hexValue, readJson } from './read-json.ts';

const schema = z.strictObject({ a: z.array(z.object({ at: hexValue })) });

describe('readJson', () => {
  it('gives 64-bit values of hex strings', () => {
    expect(readJson('{"a":[{"at":"0xffffffffffffffff"}]}', schema, 'f')).toEqual({ ok: true, value: { a: [{ at: 0xffff_ffff_ffff_ffffn }] } });
  });

  it('says where a syntax error is, in the file and not in the text', () => {
    const bad = readJson('{"a":\n  [}', schema, 'f.json', 10);
    expect(bad).toMatchObject({ ok: false, error: { code: 'bad-json', at: { file: 'f.json', line: 11, column: 4 } } });
  });

  it.each([
    ['{"a":[],}', 1, 9],
    ['{"a":\n[1,\n2 3]}', 3, 3],
    ['[1] 2', 1, 5],
    ['["tab\there"]', 1, 2],
    ['[01]', 1, 3],
    ['', 1, 1],
    ['{"a" 1}', 1, 6],
    ['nul', 1, 1],
  ])('finds the first character of %j that is wrong', (text, line, column) => {
    expect(readJson(text, z.unknown(), 'f')).toMatchObject({ ok: false, error: { at: { line, column } } });
  });

  it('says the line of a wrong value', () => {
    expect(readJson('{\n "a": [\n  {"at": "7"}]}', schema, 'f', 5)).toMatchObject({ ok: false, error: { at: { line: 7, column: 10, path: 'a[0].at' } } });
  });

  it('says the path of a wrong value, what was expected and what was there', () => {
    expect(readJson('{"a":[{"at":"0x1"},{"at":"12"}]}', schema, 'f')).toMatchObject({
      ok: false,
      error: { message: 'expected a hexadecimal string such as "0x40000000", got "12"', at: { path: 'a[1].at' } },
    });
  });

  it('names an unknown key before a missing one', () => {
    expect(readJson('{"b":[]}', schema, 'f')).toMatchObject({ ok: false, error: { message: 'Unrecognized key: "b"; expected a' } });
  });
});

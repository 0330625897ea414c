// Registers as people have them.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readAssignment, readRegisterDump } from '../../src/formats/register-dump/register-dump.ts';
import { completed, readRegisters } from '../../src/formats/register-dump/register-state.ts';
import { loadCapture, valueOf } from './fixtures.ts';
import { bytesOf } from '../../src/model/lab/configuration.ts';
import { REGISTERS } from '../../src/model/spec/index.ts';

const wordsOf = (text: string): Record<string, string> => Object.fromEntries([...valueOf(readRegisterDump(text, 'registers.txt')).words].map(([offset, value]) => [offset.toString(16), value.toString(16)]));

it.each([
  ['devmem and its answer', '# devmem 0x09050000\n0x0D44101B\n# devmem 0x09050080 64\n0x0000000143CF3000\n', { 0: 'd44101b', 80: '43cf3000', 84: '1' }],
  ['devmem2', 'Value at address 0x9050000 (0xb6f2d000): 0xD44101B\n', { 0: 'd44101b' }],
  ['a loop over devmem', '0x09050000: 0x0D44101B\n0x09050004: 0x02730010\n0x09050088 0x00010008\n', { 0: 'd44101b', 4: '2730010', 88: '10008' }],
  ['xp /4wx', '0000000009050000: 0x0d44101b 0x02730010 0x00000000 0x00001414\n', { 0: 'd44101b', 4: '2730010', 8: '0', c: '1414' }],
  ['xp /2gx', '0000000009050080: 0x0000000143cf3000 0x0000000000010008\n', { 80: '43cf3000', 84: '1', 88: '10008', '8c': '0' }],
  ['crash rd -p -32', ' 9050000:  0d44101b 02730010 00000000 00001414   ..D...s.........\n', { 0: 'd44101b', 4: '2730010', 8: '0', c: '1414' }],
  ['names', 'SMMU_IDR0 = 0xd44101b\nSTRTAB_BASE: 0x143cf3000\nEVTQ_BASE=0x10\nCMDQ_BASE_HI 0x00000002\n', { 0: 'd44101b', 80: '43cf3000', 84: '1', a0: '10', a4: '0', 94: '2' }],
  ['offsets', '0x0000: 0x0d44101b\n0x100a8: 0x00000013\n', { 0: 'd44101b', '100a8': '13' }],
  ['JSON', '{"registers": {"IDR0": "0xd44101b", "STRTAB_BASE": "0x143cf3000", "0x88": 65544}}', { 0: 'd44101b', 80: '43cf3000', 84: '1', 88: '10008' }],
  ['a JSON list', '[{"name": "CR0", "value": 13}, {"offset": "0x4", "value": "0x2730010"}]', { 20: 'd', 4: '2730010' }],
] as const)('%s', (_, text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

it('pages that do not begin with the lowest address are told where they begin', () => {
  const dump = valueOf(readRegisterDump('0x90600a8: 0x00000013\n', 'registers.txt', 0x905_0000n));
  expect([...dump.words]).toEqual([[0x1_00a8, 0x13]]);
});

it('lines that say nothing of a register are named, with their numbers', () => {
  const dump = valueOf(readRegisterDump('a log\n\n# a comment\nIDR0=0xd44101b\nIDR99=0x1\n', 'registers.txt'));
  expect(dump.problems.map(({ message, at }) => [message.slice(0, 20), at?.line])).toEqual([['"a log" says nothing', 1], ['"IDR99=0x1" says not', 5]]);
});

it('what is no dump at all is refused', () => {
  expect(readRegisterDump('nothing\n', 'registers.txt')).toMatchObject({ ok: false, error: { code: 'no-registers', at: { line: 1 } } });
  expect(readRegisterDump('{"IDR0": "x"}', 'registers.txt')).toMatchObject({ ok: false, error: { code: 'bad-value', at: { path: 'IDR0' } } });
  expect(readRegisterDump('{"IDR0"', 'registers.txt')).toMatchObject({ ok: false, error: { code: 'bad-json' } });
  for (const text of ['IDR0', 'IDR99=1', 'CR0=0x100000000']) expect(readAssignment(text)).toMatchObject({ ok: false, error: { code: 'bad-register' } });
});

it('says what is missing, and what it takes for granted', () => {
  const partial = valueOf(readRegisters(null, ['IDR0=0xd44101b', 'STRTAB_BASE=0x43cf3000']));
  expect(completed(partial)).toMatchObject({ ok: false, error: { code: 'missing-registers', message: expect.stringContaining('missing IDR1 (offset 0x4), IDR5 (offset 0x14), STRTAB_BASE_CFG (offset 0x88)') as string } });
  const enough = valueOf(readRegisters({ name: 'r', bytes: new TextEncoder().encode('0x0: 0x0d44101b\n') }, ['IDR0=0xd44101b', 'IDR1=0x2730010', 'IDR5=0x74', 'STRTAB_BASE=0x43cf3000', 'STRTAB_BASE_CFG=0x10008']));
  const complete = valueOf(completed(enough));
  expect([complete.notes, complete.image[0x20 / 4]]).toEqual([['CR0 is not among the registers: taken as 1, translation on'], 1]);
});

it('takes the pages themselves', async () => {
  const { registers } = await loadCapture('s2-6.12');
  const state = valueOf(readRegisters({ name: 'registers.bin', bytes: bytesOf(registers) }, ['CR0=0x0']));
  expect(state.image.filter((word, at) => word !== registers[at] && at !== 8).length).toBe(0);
  expect(state.image[8]).toBe(0);
});

it('what devmem printed on a real kernel is every register that the documentation asks for', () => {
  const text = readFileSync(new URL('../fixtures/dumps/linux-6.1-devmem.txt', import.meta.url), 'utf8');
  const dump = valueOf(readRegisterDump(text, 'smmu.txt'));
  expect([dump.mmioBase, dump.words.size, dump.problems]).toEqual([0x905_0000n, 26, []]);
  const { image, notes } = valueOf(completed(valueOf(readRegisters({ name: 'smmu.txt', bytes: new TextEncoder().encode(text) }, []))));
  expect(notes).toEqual([]);
  expect(['IDR0', 'IDR1', 'IDR5', 'CR0', 'STRTAB_BASE_CFG', 'EVENTQ_PROD'].map((name) => image[REGISTERS.get(name)!.offset / 4])).toEqual([0xd44101b, 0x2730010, 0x74, 0xd, 0x10210, 2]);
});

it("what QEMU's xp prints of several words at once is refused, with how to ask", () => {
  const words = Array.from({ length: 16 }, (_, row) => `00000000090500${(row * 16).toString(16).padStart(2, '0')}: 0x00000000 0x00000000 0x00000000 0x00000000`).join('\n');
  const state = valueOf(readRegisters({ name: 'smmu.txt', bytes: new TextEncoder().encode(words) }, []));
  expect(completed(state)).toMatchObject({ ok: false, error: { code: 'no-registers', message: expect.stringContaining('one word at a time') } });
});

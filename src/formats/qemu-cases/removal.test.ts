import { describe, expect, it } from 'vitest';
import { COMMANDS, encode } from '../../model/spec/index.ts';
import type { FieldValues } from '../../model/spec/index.ts';
import type { Footprint, Held } from './footprint.ts';
import { removesConfig, removesIpa, removesVa } from './removal.ts';

const PAST: Footprint = { sid: 8, iova: 0x12_3456n, held: [], vmid: 3, asid: 5, nonGlobal: true, stage1: true };
const TABLE: Held = { kind: 'stage2', pa: 0n, words: [], ipa: 0x8000_0000n, forCd: false, leaf: false };

function command(name: string, fields: FieldValues): Uint32Array {
  const words = new Uint32Array(4);
  encode(COMMANDS.byName.get(name)!, fields, words, 0);
  return words;
}

describe('entries by VA (IHI 0070 4.4)', () => {
  const mine = { VMID: 3, ASID: 5, Address: 0x12_3000n };
  const GLOBAL = { ...PAST, nonGlobal: false };
  it.each<[string, FieldValues, Footprint, leaf: boolean, gone: boolean]>([
    ['CMD_TLBI_NH_ASID', { VMID: 3, ASID: 5 }, PAST, true, true],
    ['CMD_TLBI_NH_ASID', { VMID: 3, ASID: 6 }, PAST, true, false],
    // It leaves global entries, whatever their ASID was.
    ['CMD_TLBI_NH_ASID', { VMID: 3, ASID: 5 }, GLOBAL, true, false],
    ['CMD_TLBI_NH_VA', mine, PAST, true, true],
    ['CMD_TLBI_NH_VA', { ...mine, ASID: 6 }, PAST, true, false],
    ['CMD_TLBI_NH_VA', { ...mine, ASID: 6 }, GLOBAL, true, true],
    ['CMD_TLBI_NH_VA', { ...mine, Address: 0x12_4000n }, PAST, true, false],
    ['CMD_TLBI_NH_VA', { ...mine, Leaf: true }, PAST, true, true],
    // A table stays under Leaf = 1.
    ['CMD_TLBI_NH_VA', { ...mine, Leaf: true }, PAST, false, false],
    ['CMD_TLBI_NH_VA', mine, PAST, false, true],
    ['CMD_TLBI_NH_VAA', { VMID: 3, Address: 0x12_3000n }, PAST, true, true],
    ['CMD_TLBI_NH_VAA', { VMID: 4, Address: 0x12_3000n }, PAST, true, false],
    ['CMD_TLBI_S2_IPA', { VMID: 3, Address: 0x12_3000n }, PAST, true, false],
  ])('%s %o', (name, fields, past, leaf, gone) => {
    expect(removesVa([command(name, fields)], past, leaf)).toBe(gone);
  });
});

describe('entries by IPA (4.4.3)', () => {
  const mine = { VMID: 3, Address: 0x8000_0000n };
  it.each<[string, FieldValues, leaf: boolean, gone: boolean]>([
    ['CMD_TLBI_S2_IPA', mine, true, true],
    ['CMD_TLBI_S2_IPA', { ...mine, VMID: 4 }, true, false],
    ['CMD_TLBI_S2_IPA', { ...mine, Leaf: true }, true, true],
    ['CMD_TLBI_S2_IPA', { ...mine, Leaf: true }, false, false],
    ['CMD_TLBI_S2_IPA', { ...mine, Address: 0x8000_1000n }, true, false],
    ['CMD_TLBI_S12_VMALL', { VMID: 3 }, true, true],
    ['CMD_TLBI_NH_ALL', { VMID: 3 }, true, false],
  ])('%s %o', (name, fields, leaf, gone) => {
    expect(removesIpa([command(name, fields)], 3, { ...TABLE, leaf })).toBe(gone);
  });
});

describe('configuration (4.3)', () => {
  it.each<[string, FieldValues, structure: 'ste' | 'cd', gone: boolean]>([
    ['CMD_CFGI_STE', { StreamID: 8 }, 'cd', true],
    ['CMD_CFGI_CD', { StreamID: 8 }, 'cd', true],
    ['CMD_CFGI_CD', { StreamID: 8 }, 'ste', false],
    ['CMD_CFGI_STE_RANGE', { StreamID: 9, Range: 0 }, 'ste', true],
    ['CMD_CFGI_STE_RANGE', { StreamID: 10, Range: 0 }, 'ste', false],
    ['CMD_CFGI_STE_RANGE', { StreamID: 0, Range: 31 }, 'ste', true],
  ])('%s %o reaches the %s: %s', (name, fields, structure, gone) => {
    expect(removesConfig([command(name, fields)], 8, structure)).toBe(gone);
  });
});

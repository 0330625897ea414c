import { afterEach, describe, expect, it } from 'vitest';
import { look } from '../../src/host/engine/looking/index.ts';
import type { StructureNode } from '../../src/protocol/contract.ts';
import { openCaptured, openSample } from './subjects.ts';
import type { Looked } from './subjects.ts';

let looked: Looked;
afterEach(() => looked.release());

const below = (parent: string): StructureNode[] => look(looked.subject, 'structures.children', { parent, from: 0, count: 512 }).rows;
const titles = (parent: string): string[] => below(parent).map(({ title, text, owner, vm }) => `${title}: ${text} (${owner}${vm === null ? '' : ` ${vm}`})`);

describe('the tree of structures', () => {
  it('goes from the stream table to the leaves, with the owner of each', () => {
    looked = openSample('first-nested', 0);
    expect(titles('')).toEqual(['the SMMU: stream table, linear, 2^8 StreamIDs (host)']);
    expect(titles('physical')).toEqual(['STE 0x10: nic0: nested, VMID 1 (host)']);
    expect(titles('physical/ste:0x10')).toEqual(['CD 0: ASID 5 (guest vm0)', 'S2TTB: 44 bits of input, from level 0, granule 4K (host)']);
    expect(titles('physical/ste:0x10/cd:0')).toEqual(['TTB0: 48 bits of input, from level 0, granule 4K (guest vm0)']);
    const leaf = below('physical/ste:0x10/cd:0/ttb0/0/0').find(({ title }) => title === 'S1 L2 [128]');
    expect(leaf).toMatchObject({ owner: 'guest', at: { space: 'ipa' }, pa: expect.stringMatching(/^0x4/), input: { space: 'iova', address: '0x10000000' }, size: '0x200000', output: { space: 'ipa', address: expect.stringMatching(/^0x80/) }, children: 0, words: [expect.stringMatching(/^[0-9a-f]{16}$/)] });
    expect(leaf?.fields.map(({ name }) => name)).toContain('AttrIndx');
  });

  it('leads an access to its leaf', () => {
    looked = openSample('first-nested', 0);
    const { path } = look(looked.subject, 'structures.locate', { sid: 0x10, iova: '0x10000123' });
    expect(path).toEqual(['physical', 'physical/ste:0x10', 'physical/ste:0x10/cd:0', 'physical/ste:0x10/cd:0/ttb0', 'physical/ste:0x10/cd:0/ttb0/0', 'physical/ste:0x10/cd:0/ttb0/0/0', 'physical/ste:0x10/cd:0/ttb0/0/0/128']);
    expect(look(looked.subject, 'structures.locate', { sid: 0x11, iova: '0x10000123' }).path).toEqual(['physical']);
  });

  it('finds the structure that holds a PA or an IPA, and nothing where none does', () => {
    looked = openSample('first-nested', 0);
    const find = (space: 'ipa' | 'pa', address: string): readonly string[] => look(looked.subject, 'structures.find', { space, address }).path;
    const cd = below('physical/ste:0x10')[0]!;
    const inside = (address: string): string => `0x${(BigInt(address) + 0x21n).toString(16)}`;
    expect(find('ipa', inside(cd.at!.address))).toEqual(['physical', 'physical/ste:0x10', 'physical/ste:0x10/cd:0']);
    expect(find('pa', inside(cd.pa!)).at(-1)).toBe('physical/ste:0x10/cd:0');
    const leaf = below('physical/ste:0x10/cd:0/ttb0/0/0').find(({ title }) => title === 'S1 L2 [128]')!;
    expect(find('pa', leaf.pa!).at(-1)).toBe(leaf.id);
    expect(find('ipa', leaf.pa!)).toEqual([]);
  });

  it('has the words and fields of a record, and what is illegal in it', () => {
    looked = openSample('stale-tlb', 0);
    const [ste] = below('physical');
    expect(ste!.words).toHaveLength(8);
    expect(ste!.illegal).toEqual([]);
    const address = BigInt(ste!.pa!);
    const memory = looked.subject.smmu.memory;
    const word2 = memory.read64(address + 16n)!;
    memory.write64(address + 16n, (word2 & ~(0x3fn << 32n)) | (12n << 32n));
    expect(below('physical')[0]!.illegal).toContainEqual(expect.objectContaining({ rule: 'ste.s2t0sz', event: 'C_BAD_STE', fields: expect.arrayContaining(['S2T0SZ']), message: expect.stringContaining('12') }));
  });

  it('shows SubstreamIDs behind level-1 descriptors', () => {
    looked = openSample('substreams', 0);
    const stes = below('physical');
    const all = stes.flatMap(({ id }) => below(id));
    expect(all.filter(({ kind }) => kind === 'cd').length + all.filter(({ kind }) => kind === 'l1cd').length).toBeGreaterThan(1);
  });

  it("shows each guest's own structures, which the SMMU does not read", () => {
    looked = openSample('nested-tour', 4);
    expect(below('').map(({ id, owner, at }) => [id, owner, at?.space])).toEqual([['physical', 'host', 'pa'], ['vm:vm0', 'guest', 'ipa']]);
    const tops = below('vm:vm0');
    const stes = tops.flatMap((top) => (top.kind === 'l1std' ? below(top.id) : [top]));
    expect(stes.length).toBeGreaterThan(0);
    expect(stes.every(({ owner }) => owner === 'guest')).toBe(true);
  });

  it('reads a capture, and says when a node is gone', () => {
    looked = openCaptured('nestedhand-6.12');
    const first = below('physical')[0]!;
    const stes = first.kind === 'l1std' ? below(first.id) : [first];
    expect(stes.some(({ text }) => /nested|stage|bypass/.test(text))).toBe(true);
    expect(() => below('physical/ste:0xfffff')).toThrow('there is no structure "physical/ste:0xfffff" any more');
  });
});

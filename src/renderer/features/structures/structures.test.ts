// @vitest-environment happy-dom
import { mount, type VueWrapper } from '@vue/test-utils';
import { beforeEach, describe, expect, it } from 'vitest';
import { useMachineEdits } from '../../services/machine-edits.ts';
import { useDocuments } from '../../services/documents.ts';
import { useInspection } from '../../services/inspection.ts';
import type { StructureNode } from '../../../protocol/contract.ts';
import { fakePage, openSample, settle } from '../../testing/fake-page.ts';
import { bytesOf, stepOf, typedNumber, withField } from './edit.ts';
import StructuresPanel from './StructuresPanel.vue';
import { useStructures } from './structures-store.ts';

beforeEach(async () => {
  await fakePage();
});
async function opened(): Promise<VueWrapper> {
  const panel = mount(StructuresPanel, { attachTo: document.body });
  await openSample();
  return panel;
}
const rows = (panel: VueWrapper): string[] => panel.findAll('[role=row]').slice(1).map((row) => row.text());
const press = async (panel: VueWrapper, key: string, over: object = {}): Promise<void> => {
  await panel.find('[role=grid]').trigger('keydown', { key, ...over });
  await settle();
};

describe('the tree of structures', () => {
  it('opens and closes by keyboard, and shows the chosen record bit by bit', async () => {
    const panel = await opened();
    expect(rows(panel)).toEqual([expect.stringContaining('the SMMU'), expect.stringContaining('STE 0x10')]);
    await press(panel, 'ArrowDown');
    await press(panel, 'ArrowLeft');
    await useStructures().take();
    await settle();
    expect(rows(panel)).toHaveLength(1);
    await press(panel, 'ArrowRight');
    expect(rows(panel)[1]).toMatch(/STE 0x10.*ILLEGAL.*host's.*0x4000_0400.*nested, VMID 1/s);
    await press(panel, 'ArrowRight');
    expect(useInspection().shown).toMatchObject({ origin: 'structures', title: 'STE 0x10', words: { length: 2 } });
    expect(panel.find('.details').text()).toContain('S2T0SZ 12 gives 52 bits');
    await press(panel, 'ArrowRight');
    expect(rows(panel)[2]).toMatch(/CD 0.*guest's.*IPA/s);
    await press(panel, 'ArrowLeft');
    expect(rows(panel)).toHaveLength(2);
  });

  it('writes a field as a step where the run stands, and takes it back', async () => {
    const panel = await opened();
    await press(panel, 'ArrowDown');
    await press(panel, 'ArrowDown');
    const before = useDocuments().texts.steps;
    await panel.find('select').setValue('Config');
    await panel.find('form input').setValue('4');
    await panel.find('form').trigger('submit');
    await settle();
    expect(useDocuments().texts.steps).toContain('- write: { pa: 0x40000400, bytes: "0900008000000000" } # STE 0x10: Config = 4');
    await useMachineEdits().undo();
    expect(useDocuments().texts.steps).toBe(before);
  });

  it('opens down to where an access went', async () => {
    await opened();
    await useStructures().goTo(0x10, null, '0x1000');
    await settle();
    expect(useStructures().node?.title).toBe('STE 0x10');
  });
});

describe('a new value', () => {
  const node = { kind: 'ste', at: { space: 'pa', address: '0x1000' }, vm: null, words: ['ffffffffffffffff', '0000000000000000'] } as unknown as StructureNode;
  const of = (name: string, hi: number, lo: number) => ({ name, bits: [hi, lo] as [number, number], value: '', raw: '0x0', doc: '', section: '' });

  it('changes the bits of its field and no other', () => {
    expect(withField(node, of('Config', 3, 1), 0n)).toEqual({ index: 0, value: 0xffff_ffff_ffff_fff1n });
    expect(withField(node, of('S1ContextPtr', 55, 6), 0x8000_0040n)).toEqual({ index: 0, value: 0xff00_0000_8000_007fn });
    expect(withField(node, of('S2VMID', 79, 64), 7n)).toEqual({ index: 1, value: 7n });
  });

  it('is refused where it does not fit', () => {
    expect(withField(node, of('Config', 3, 1), 8n)).toBe('Config has 3 bits');
    expect(withField(node, of('S1ContextPtr', 55, 6), 1n)).toBe("S1ContextPtr is an address of 64 bytes' alignment");
    expect(['', '0x', '12', '0x1_0', 'x'].map(typedNumber)).toEqual([null, null, 12n, 16n, null]);
  });

  it('is written in memory order, at a PA or at an IPA of its VM', () => {
    expect(bytesOf(0x0102n)).toBe('0201000000000000');
    expect(stepOf(node, { index: 1, value: 1n }, 'x')).toBe('- write: { pa: 0x1008, bytes: "0100000000000000" } # x');
    const guest = { ...node, at: { space: 'ipa', address: '0x1000' } } as StructureNode;
    expect(stepOf({ ...guest, vm: 'vm0' }, { index: 0, value: 1n }, 'x')).toContain('vm: vm0, ipa: 0x1000');
    expect(stepOf(guest, { index: 0, value: 1n }, 'x')).toBeNull();
  });
});

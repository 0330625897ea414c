// @vitest-environment happy-dom
import { mount, type VueWrapper } from '@vue/test-utils';
import { beforeEach, expect, it } from 'vitest';
import { useInspection } from '../../services/inspection.ts';
import { useMessages } from '../../services/messages.ts';
import type { MemoryPlace } from '../../../protocol/contract.ts';
import { cellsOf, fieldsAt, isWithin, typedBytes } from './bytes.ts';
import MemoryPanel from './MemoryPanel.vue';
import { useMemory } from './memory-store.ts';
import { fakePage, openSample, settle } from '../../testing/fake-page.ts';

beforeEach(async () => {
  await fakePage();
});
async function opened(): Promise<VueWrapper> {
  const panel = mount(MemoryPanel, { attachTo: document.body });
  expect(panel.text()).toContain('Run the steps (F5)');
  await openSample();
  return panel;
}

it('shows bytes with the structure that they are in, and names the field under the caret', async () => {
  const panel = await opened();
  const [first] = panel.findAll('[role=row]').slice(1);
  expect(first!.text()).toMatch(/PA.*0x4000_0000.*0f00008041.*host's.*stream table/s);
  await first!.trigger('click');
  await settle();
  expect(panel.find('.under').text()).toMatch(/0x4000_0000.*STE.*V \[0\] = 0x1.*Config \[3:1\] = nested/s);
  expect(useInspection().shown).toMatchObject({ origin: 'memory', title: 'STE' });
  await panel.find('[role=grid]').trigger('keydown', { key: 'ArrowRight' });
  await settle();
  expect(useMemory().byte).toBe(1);
  expect(panel.find('.under').text()).toMatch(/0x4000_0001.*S1ContextPtr/s);
  await panel.find('[role=grid]').trigger('keydown', { key: 'ArrowLeft' });
  await panel.find('[role=grid]').trigger('keydown', { key: 'ArrowLeft' });
  expect(useMemory().byte).toBe(0);
});

it('goes to an address, an IOVA too, and says where nothing is', async () => {
  const panel = await opened();
  const [where, sid] = panel.findAll('form input');
  await where!.setValue('0x4000_0035');
  await panel.find('form').trigger('submit');
  await settle();
  expect([useMemory().row, useMemory().byte]).toEqual([3, 5]);
  await sid!.setValue('0x10');
  expect(where!.attributes('placeholder')).toBe('IOVA');
  await panel.find('form').trigger('submit');
  await settle();
  expect(panel.find('[role=alert]').text()).toContain('leads nowhere: F_TRANSLATION');
});

it('finds bytes, and says when there are none', async () => {
  await opened();
  await useMemory().search('0f00');
  expect(useMemory().row).toBe(1);
  await useMemory().search('beef');
  expect(useMessages().byPlace.get('memory')).toBe('These bytes are nowhere in it');
});

it('shows the IPAs of a VM as what they are', async () => {
  const panel = await opened();
  await panel.find('select').setValue('ipa:vm0');
  await settle();
  expect(panel.findAll('[role=row]')[1]!.text()).toMatch(/IPA.*0x8000_0000/s);
});

it('takes bytes in memory order, and words as numbers', () => {
  expect(['01 02 FF', '0x12345678', '0x1', '0x0123456789', 'abc', '0xg', ''].map(typedBytes)).toEqual(['0102ff', '78563412', '01000000', '8967452301000000', null, null, null]);
  expect(cellsOf('41007f')).toEqual([{ digits: '41', char: 'A' }, { digits: '00', char: '·' }, { digits: '7f', char: '·' }]);
});

it('knows which fields have a bit in a byte', () => {
  const of = (name: string, hi: number, lo: number) => ({ name, bits: [hi, lo] as [number, number], value: '', raw: '0x0', doc: '', section: '' });
  const place: MemoryPlace = { pa: null, overlay: null, record: { title: '', at: '0x1000', words: ['0'.repeat(16)], fields: [of('a', 0, 0), of('b', 11, 4), of('c', 63, 12)] } };
  const names = (address: bigint): string[] => fieldsAt(place, address).map(({ name }) => name);
  expect([names(0x1000n), names(0x1001n), names(0x1007n)]).toEqual([['a', 'b'], ['b', 'c'], ['c']]);
  expect([isWithin(place, 0x1007n), isWithin(place, 0x1008n), isWithin({ ...place, record: null }, 0x1000n)]).toEqual([true, false, false]);
});

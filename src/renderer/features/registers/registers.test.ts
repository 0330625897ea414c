// @vitest-environment happy-dom
import { mount, type VueWrapper } from '@vue/test-utils';
import { beforeEach, expect, it } from 'vitest';
import { useDocuments } from '../../services/documents.ts';
import { useInspection } from '../../services/inspection.ts';
import { useRun } from '../../services/run.ts';
import { DOCUMENTS } from '../../testing/fake-run.ts';
import { fakePage, settle } from '../../testing/fake-page.ts';
import RegistersPanel from './RegistersPanel.vue';

beforeEach(async () => {
  await fakePage();
});
async function opened(): Promise<VueWrapper> {
  const panel = mount(RegistersPanel, { attachTo: document.body });
  expect(panel.text()).toContain('Looking at one is no access');
  useDocuments().open('lab', DOCUMENTS);
  await useRun().load();
  await settle();
  return panel;
}
const rows = (panel: VueWrapper): string[] => panel.findAll('[role=row]').slice(1).map((row) => row.text());

it('lists registers, and marks in words what the last step changed', async () => {
  const panel = await opened();
  expect(rows(panel)).toEqual([expect.stringMatching(/0x20.*CR0.*0x0.*rw.*0x0/s), expect.stringMatching(/CR0ACK/), expect.stringMatching(/0x80.*STRTAB_BASE.*0x4000_0000.*UNKNOWN/s)]);
  expect(rows(panel).join()).not.toContain('was');
  await useRun().step();
  await settle();
  expect(rows(panel)[0]).toMatch(/CR0.*0xd.*was 0x0/s);
  expect(rows(panel)[2]).not.toContain('was');
});

it('finds by name and by what is set', async () => {
  const panel = await opened();
  await panel.find('input[aria-label="Register name"]').setValue('cr0');
  expect(rows(panel)).toHaveLength(2);
  await panel.find('input[type=checkbox]').setValue(true);
  expect(panel.text()).toContain('No register is like that');
});

it('shows one bit by bit, and writes it as a step', async () => {
  const panel = await opened();
  await panel.find('[aria-rowindex="2"]').trigger('click');
  await settle();
  expect(useInspection().shown).toMatchObject({ origin: 'registers', title: 'CR0', section: '6.3.9', words: ['0000000d'] });
  await panel.find('form input').setValue('0x100000000');
  expect(panel.find('form').text()).toContain('CR0 has 32 bits');
  await panel.find('form input').setValue('0x1');
  await panel.find('form').trigger('submit');
  await settle();
  expect(useDocuments().texts.steps).toContain('- register: { name: CR0, value: 0x1 }');
  await panel.find('[aria-rowindex="3"]').trigger('click');
  await settle();
  expect(panel.find('form').exists()).toBe(false);
});

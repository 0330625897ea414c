// @vitest-environment happy-dom
import { mount, type VueWrapper } from '@vue/test-utils';
import { beforeEach, expect, it } from 'vitest';
import { registerAppCommands } from '../../app/commands.ts';
import { runHotkey } from '../../services/commands.ts';
import { useDocuments } from '../../services/documents.ts';
import { useSelection } from '../../services/selection.ts';
import type { FakeLab } from '../../testing/fake-lab.ts';
import { fakePage, openSample, settle } from '../../testing/fake-page.ts';
import CachesPanel from './CachesPanel.vue';
import { useCaches } from './caches-store.ts';
import { stepsOfCommand, withStreamIds } from './command-step.ts';
import { tagOf } from './tags.ts';

let lab: FakeLab;
beforeEach(async () => {
  lab = await fakePage();
});

async function opened(): Promise<VueWrapper> {
  const panel = mount(CachesPanel, { attachTo: document.body });
  expect(panel.text()).toContain('Run the steps (F5)');
  await openSample();
  return panel;
}
const rows = (panel: VueWrapper): string[] => panel.findAll('[role=row]').slice(1).map((row) => row.text());

it('lists entries with their tags, and tells those that are stale in words', async () => {
  const panel = await opened();
  expect(rows(panel)).toEqual([expect.stringMatching(/live.*STE.*SID 0x10/s), expect.stringMatching(/stale.*TLB.*VMID 1 ASID 5.*0x1000_0000.*4K.*0x4810_0000.*S1 L3, S2 L2.*RW-\/RW-/s)]);
  await panel.find('[aria-rowindex="3"]').trigger('click');
  expect(panel.find('.details').text()).toMatch(/S1 L3.*changed by guest vm0 in step 2.*Missing:.*CMD_TLBI_NH_VA VMID=1 ASID=5.*then CMD_SYNC.*IHI 0070 4\.4\.2/s);
});

it('previews the missing command before it is sent', async () => {
  const panel = await opened();
  await panel.find('[aria-rowindex="3"]').trigger('click');
  await panel.find('.details .command button').trigger('click');
  await settle();
  expect(panel.find('.result').text()).toBe('would remove 1 entry, 1 of them stale');
  expect(rows(panel)[1]).toMatch(/^would go/);
  await panel.find('.preview input').setValue('CMD_TLBI_NH_ASID ASID=4');
  await settle();
  expect(panel.find('.result').text()).toBe('would remove nothing; 1 stale entry would stay');
});

it('narrows by cache, by what is stale, and by the selected transaction with t', async () => {
  registerAppCommands();
  const panel = await opened();
  await panel.findAll('.kind')[0]!.trigger('click');
  await settle();
  expect(rows(panel)).toHaveLength(1);
  await useSelection().selectTransaction(1);
  expect(runHotkey('t')).toBe(true);
  await settle();
  expect(useCaches().query).toMatchObject({ kinds: [], address: '0x10000123', sid: 16 });
  useCaches().staleOnly = true;
  await settle();
  expect(rows(panel)).toEqual([expect.stringContaining('VMID 1 ASID 5')]);
});

it('goes to the transaction that filled an entry', async () => {
  const panel = await opened();
  await panel.find('[aria-rowindex="3"] .link').trigger('click');
  await settle();
  expect(useSelection().txn).toBe(1);
});

it('writes tags as the architecture says them', () => {
  const none = { sid: null, ssid: null, world: null, vmid: null, asid: null, global: false } as never as Parameters<typeof tagOf>[0];
  expect([
    tagOf({ ...none, sid: 8, ssid: 3 }),
    tagOf({ ...none, world: 'NS-EL1', vmid: 0, global: true }),
    tagOf({ ...none, world: 'NS-EL2-E2H', asid: 4 }),
  ]).toEqual(['SID 0x8.3', 'VMID 0 global', 'NS-EL2-E2H ASID 4']);
});

it('sends a command as steps of the document, which can be taken back', async () => {
  const panel = await opened();
  const send = (): VueWrapper['element'] => panel.find('.preview button[type="submit"]').element;
  expect((send() as HTMLButtonElement).disabled).toBe(true);
  await panel.find('.preview input').setValue('CMD_TLBI_NH_ASID VMID=1 ASID=5');
  await settle();
  const before = useDocuments().texts.steps;
  await panel.find('.preview').trigger('submit');
  await settle();
  const lines = useDocuments().texts.steps.split('\n');
  expect(lines.filter((line) => !before.split('\n').includes(line)).map((line) => line.trim())).toEqual(['- command: { CMD_TLBI_NH_ASID: { VMID: 1, ASID: 5 } }', '- sync:']);
  expect(lab.calls).toContain('run.seek');
  await panel.findAll('.preview button').find((one) => one.text() === 'Undo')!.trigger('click');
  await settle();
  expect(useDocuments().texts.steps).toBe(before);
});

it('takes devices by their names where a command has a StreamID', () => {
  const devices = [{ sid: 0x10, name: 'nic0' }, { sid: 0x18, name: 'edu-1' }];
  expect(withStreamIds('CMD_CFGI_STE StreamID=nic0 Leaf=1', devices)).toBe('CMD_CFGI_STE StreamID=0x10 Leaf=1');
  expect(withStreamIds('cmd_atc_inv streamid = edu-1', devices)).toBe('cmd_atc_inv streamid = 0x18');
  for (const same of ['CMD_CFGI_STE StreamID=nobody', 'CMD_CFGI_STE StreamID=0x10', 'CMD_TLBI_NH_ASID VMID=nic0', '']) expect(withStreamIds(same, devices)).toBe(same);
});

it('writes a command as the lab at hand sends it', () => {
  expect(stepsOfCommand('cmd_tlbi_nh_va VMID=1, ASID=5 Address=0x1000_0000 Leaf=1', false)).toEqual(['- command: { CMD_TLBI_NH_VA: { VMID: 1, ASID: 5, Address: 0x1000_0000, Leaf: 1 } }', '- sync:']);
  expect(stepsOfCommand('CMD_TLBI_NSNH_ALL', true)).toEqual(['- host_command: { CMD_TLBI_NSNH_ALL: {} }']);
  expect(stepsOfCommand('anything else', false)).toBeNull();
});

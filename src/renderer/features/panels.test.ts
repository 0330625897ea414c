// @vitest-environment happy-dom
/** Panels over a host of plain data, without a browser: what they show of a run, and what they say when there is none. */
import { mount, type VueWrapper } from '@vue/test-utils';
import { beforeEach, describe, expect, it } from 'vitest';
import { RpcError } from '../../protocol/contract.ts';
import { useInspection } from '../services/inspection.ts';
import { usePasted } from '../services/pasted.ts';
import { useQemu } from '../services/qemu.ts';
import { useRun } from '../services/run.ts';
import { useSelection } from '../services/selection.ts';
import { FIRST_SAMPLE, useSessions } from '../services/sessions.ts';
import type { FakeLab } from '../testing/fake-lab.ts';
import { TRANSACTIONS, walkOf } from '../testing/fake-run.ts';
import { fakePage, openSample, settle } from '../testing/fake-page.ts';
import CapturePanel from './captures/CapturePanel.vue';
import { useCapture } from '../services/capture.ts';
import DecodePanel from './decode/DecodePanel.vue';
import EventsPanel from './events/EventsPanel.vue';
import RecordPanel from './record/RecordPanel.vue';
import StallsPanel from './stalls/StallsPanel.vue';
import TracePanel from './trace/TracePanel.vue';
import TransactionsPanel from './transactions/TransactionsPanel.vue';
import WalkPanel from './walk/WalkPanel.vue';

const WALK = walkOf(TRANSACTIONS[0]!);
let lab: FakeLab;

beforeEach(async () => {
  lab = await fakePage();
});

async function panelOfRun(component: Parameters<typeof mount>[0]): Promise<VueWrapper> {
  const wrapper = mount(component, { attachTo: document.body });
  await openSample();
  return wrapper;
}

describe('without a run', () => {
  it.each([
    ['transactions', TransactionsPanel, 'F5'],
    ['events', EventsPanel, 'Paste it into Decode'],
    ['walk', WalkPanel, 'Run the steps (F5)'],
    ['stalls', StallsPanel, 'Nothing is stalled'],
    ['trace', TracePanel, 'Select a transaction'],
    ['record', RecordPanel, 'Select an event'],
    ['decode', DecodePanel, 'Try an example'],
    ['capture', CapturePanel, 'Open a capture'],
  ] as const)('%s says what to do next', (_, component, words) => {
    expect(mount(component, { attachTo: document.body }).text()).toContain(words);
  });
});

describe('a run', () => {
  it('lists what is stalled, and answers by hand what software knows of', async () => {
    const panel = await panelOfRun(StallsPanel);
    const [known, unknown] = panel.findAll('tbody tr');
    expect(known!.text()).toContain('0x5nic0write');
    expect(unknown!.text()).toContain('not told: queue full');
    expect(unknown!.findAll('.answers button').map((button) => button.attributes('disabled'))).toEqual(['', '', '']);
    await known!.find('.answers button').trigger('click');
    await settle();
    expect(lab.calls).toContain('stalls.resume');
    expect(panel.findAll('tbody tr')).toHaveLength(1);
  });

  it('lists transactions with what came of them', async () => {
    const rows = (await panelOfRun(TransactionsPanel)).findAll('[role=row]').slice(1);
    expect(rows).toHaveLength(4);
    expect(rows[0]!.text()).toMatch(/nic0.*0x1000_0123.*read.*success.*as expected.*0x4810_0123.*22.*ok.translated/s);
    expect(rows[2]!.text()).toMatch(/fault.*F_TRANSLATION/s);
    expect(rows[2]!.attributes('aria-selected')).toBe('true');
  });

  it('shows the event queue and its records; selecting one decodes it', async () => {
    const wrapper = await panelOfRun(EventsPanel);
    expect(wrapper.text()).toMatch(/PROD1 wrap 0.*CONS0 wrap 0.*1 of 16/s);
    await wrapper.find('[aria-rowindex="2"]').trigger('click');
    await settle();
    expect(useInspection().shown).toMatchObject({ title: 'F_TRANSLATION', origin: 'event', words: { length: 4 } });
    expect(useSelection().txn).toBe(3);
  });

  it('draws the walk up to its fault and says why', async () => {
    const wrapper = await panelOfRun(WalkPanel);
    expect(wrapper.text()).toContain('Stage 2 has no mapping for IPA0x9000_0000');
    expect(wrapper.text()).toMatch(/decided at\s*Final IPA, S2 L1/);
    expect(wrapper.text()).toMatch(/18 of 24 reads/);
    expect(wrapper.find('[aria-selected=true]').classes()).toContain('fault');
    expect(useInspection().shown).toMatchObject({ title: 'Final IPA, S2 L1', origin: 'walk', address: { space: 'pa', value: '0x40011010' } });
    await wrapper.find('[role=grid]').trigger('keydown', { key: 'ArrowUp' });
    expect(useInspection().shown?.title).toBe('S1 L3, S2 L1');
  });

  it('leads from each field that decided to its bits: of a cell, of what a cache held, of a register', async () => {
    const record = mount(RecordPanel, { attachTo: document.body });
    const wrapper = await panelOfRun(WalkPanel);
    const links = wrapper.findAll('[aria-label="Fields that decided"] button');
    expect(links.map((link) => link.text())).toEqual(['S2 L1 Valid 0', 'STE.Config nested', 'CR0.SMMUEN']);
    const seen: string[] = [];
    for (const link of links) {
      await link.trigger('click');
      await settle();
      seen.push(`${useInspection().shown?.title}: ${record.find('[role=grid] [aria-selected=true] .name').text()}, ${record.find('.segment.selected').attributes('title')}`);
    }
    expect(seen).toEqual(['Final IPA, S2 L1: Valid, Valid [0]', 'STE: Config, Config [3:1]', 'CR0: SMMUEN, SMMUEN [0]']);
    await record.find('[role=grid]').trigger('keydown', { key: 'Escape' });
    expect(record.find('[role=grid] [aria-selected=true]').exists()).toBe(false);
    await links[2]!.trigger('click');
    await settle();
    expect(record.find('[role=grid] [aria-selected=true] .name').text()).toBe('SMMUEN');
    expect(wrapper.text()).toContain('Stage 2 has no mapping');
  });

  it('says what QEMU would answer once asked, and why; another machine has other answers', async () => {
    const list = mount(TransactionsPanel, { attachTo: document.body });
    const wrapper = await panelOfRun(WalkPanel);
    expect(wrapper.find('.qemu').text()).toBe('Would QEMU 11 answer the same?');
    await useQemu().compare();
    await settle();
    expect(wrapper.find('.qemu').text()).toMatch(/^QEMU 11 would answer differently.*QEMU\s*fault F_TRANSLATION with IPA\[11:0\].*here.*event-ipa.*reports IPA 0\..*The architecture \(IHI 0070 7\.3\.13\): IPA\[51:12\]/s);
    const marks = list.findAll('[role=row]').slice(1).map((row) => row.text().includes('QEMU 11 would answer differently'));
    expect(marks).toEqual([false, false, true, false]);
    await useSelection().selectTransaction(1);
    await settle();
    expect(wrapper.find('.qemu').text()).toBe('QEMU 11 answers the same');
    await useSelection().selectTransaction(4);
    await settle();
    expect(wrapper.find('.qemu').text()).toContain('only the accesses of dma steps');
    await useSessions().openSample(FIRST_SAMPLE);
    await settle();
    expect(useQemu().comparison).toBeNull();
  });

  it('lists the steps of the selected transaction', async () => {
    const wrapper = await panelOfRun(TracePanel);
    expect(wrapper.find('[role=grid]').attributes('aria-label')).toBe('Trace of transaction 3');
    expect(wrapper.findAll('[role=row]').length).toBeGreaterThan(3);
  });

  it('lists what happened between transactions, in one step or in all', async () => {
    const wrapper = await panelOfRun(TracePanel);
    const rows = (): string[] => wrapper.findAll('[role=row]').slice(1).map((row) => row.text());
    const choose = async (scope: string): Promise<void> => {
      await wrapper.find(`input[value=${scope}]`).trigger('change');
      await settle();
    };
    await choose('run');
    expect(rows()).toEqual([expect.stringMatching(/REG_WRITE.*CR0/), expect.stringMatching(/step 1/), expect.stringMatching(/step 2/), expect.stringMatching(/TXN_BEGIN/), expect.stringMatching(/TXN_END/), expect.stringMatching(/CMD_TLBI_NH_VA.*removed 1 cache entry/)]);
    await wrapper.find('[aria-rowindex="5"]').trigger('click');
    await settle();
    expect(useSelection().txn).toBe(1);
    await choose('step');
    expect(wrapper.find('[role=grid]').attributes('aria-label')).toBe('Trace of step 2');
    expect(rows()).toHaveLength(3);
  });

  it('shows a command of the trace bit by bit, whose fields can be columns', async () => {
    const wrapper = await panelOfRun(TracePanel);
    await wrapper.find('input[value=run]').trigger('change');
    await settle();
    await wrapper.find('[aria-rowindex="7"]').trigger('click');
    await settle();
    expect(useInspection().shown).toMatchObject({ origin: 'trace', title: 'CMD_TLBI_NH_VA', words: ['0005000100000011', '0000000010000001'], fields: [{ column: 'cmd.ASID' }] });
    await useCapture().open({ id: 'hand-nested' });
    await settle();
    expect(useInspection().shown).toBeNull();
  });

  it('shows a failed request where it failed, until one succeeds', async () => {
    lab.override({ 'walk.view': () => { throw new RpcError({ code: 'internal', message: 'the trace cannot be read' }); } });
    const wrapper = await panelOfRun(WalkPanel);
    expect(wrapper.find('[role=alert]').text()).toContain('the trace cannot be read');
    lab.override({ 'walk.view': () => WALK });
    await useSelection().selectTransaction(1);
    await settle();
    expect(wrapper.find('[role=alert]').exists()).toBe(false);
  });
});

it('puts a pasted event beside what is open, once that is asked for', async () => {
  const wrapper = await panelOfRun(DecodePanel);
  await wrapper.find('textarea').setValue('event 0x10 received: 0x0000001000000010');
  await new Promise((resolve) => setTimeout(resolve, 260));
  await settle();
  expect(wrapper.text()).not.toContain('would fault still');
  await wrapper.find('input[type="checkbox"]').setValue(true);
  await settle();
  expect(wrapper.text()).toContain('1 of 1 events would fault still');
  expect(wrapper.text()).toContain('stage 2 level 2 descriptor');
  expect(useInspection().shown?.note).toContain('would fault still, decided by the stage 2 level 2 descriptor');
});

it('shows what was pasted while the first lab was opened, not what its run brought', async () => {
  mount(WalkPanel, { attachTo: document.body });
  mount(DecodePanel, { attachTo: document.body });
  usePasted().showText('event 0x10 received: 0x0000001000000010');
  await new Promise((resolve) => setTimeout(resolve, 260));
  await openSample();
  expect(useInspection().shown?.origin).toBe('walk');
  usePasted().insist();
  await settle();
  expect([useInspection().shown?.origin, useInspection().shown?.title]).toEqual(['decode', 'F_TRANSLATION']);
  // A walk that comes later does not take its place; one that is chosen does.
  useRun().epoch++;
  await settle();
  expect(useInspection().shown?.origin).toBe('decode');
  await useSelection().selectTransaction(1);
  await settle();
  expect(useInspection().shown?.origin).toBe('walk');
});

it('takes a long text like a file, past its box', async () => {
  const wrapper = mount(DecodePanel, { attachTo: document.body });
  usePasted().showText('x\n'.repeat(60_000));
  await new Promise((resolve) => setTimeout(resolve, 260));
  await settle();
  expect(wrapper.text()).toContain('Pasted text, 60001 lines');
  expect(wrapper.find('textarea').element.value).toBe('');
  expect(usePasted().file?.bytes.length).toBe(120_000);
  wrapper.unmount();
});

it('decodes what is pasted', async () => {
  const wrapper = mount(DecodePanel, { attachTo: document.body });
  await wrapper.find('textarea').setValue('event 0x10 received: 0x0000001000000010');
  await new Promise((resolve) => setTimeout(resolve, 260));
  await settle();
  expect(wrapper.text()).toContain('F_TRANSLATION');
  expect(useInspection().shown?.origin).toBe('decode');
  await wrapper.find('textarea').setValue('nothing to see');
  await new Promise((resolve) => setTimeout(resolve, 260));
  await settle();
  expect(wrapper.text()).toContain('Nothing here was recognised');
});

it('says what is wrong with a log until another is pasted, whatever the machine at hand answers meanwhile', async () => {
  const wrapper = await panelOfRun(DecodePanel);
  await wrapper.find('textarea').setValue('event 0x10 received: 0x0000001000000010');
  await new Promise((resolve) => setTimeout(resolve, 260));
  await settle();
  lab.override({ decode: () => { throw new RpcError({ code: 'bad-log-line', message: 'an event record has 4 words of 64 bits, 1 follow', at: { line: 1 } }); } });
  await wrapper.find('textarea').setValue('event 0x10 received: cut off 0x');
  await new Promise((resolve) => setTimeout(resolve, 260));
  await settle();
  await useRun().reset();
  await settle();
  expect(wrapper.get('[role="alert"]').text()).toContain('line 1: an event record has 4 words of 64 bits, 1 follow');
  expect(useInspection().shown?.origin).not.toBe('decode');
});

it('asks a capture for a translation, and says what is wrong with a request', async () => {
  const wrapper = mount(CapturePanel, { attachTo: document.body });
  await useCapture().open({ id: 'hand-nested' });
  await settle();
  expect(wrapper.text()).toMatch(/0x38.*nested.*1 known/s);
  expect(wrapper.findAll('[aria-label=Streams] button').map((button) => button.attributes('aria-pressed'))).toEqual(['true', 'false']);
  expect(wrapper.find('[aria-label^="Known"] button .copy').exists()).toBe(false);
  await wrapper.findAll('input')[2]!.setValue('zzz');
  await wrapper.find('form').trigger('submit');
  expect(wrapper.find('[role=alert]').text()).toContain('IOVA: expected an address');
  await wrapper.findAll('input')[2]!.setValue('0x1000_0000');
  await wrapper.find('form').trigger('submit');
  await settle();
  expect(useSelection().txn).toBe(1);
});

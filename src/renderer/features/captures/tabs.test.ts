// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { beforeEach, expect, it } from 'vitest';
import { useCapture } from '../../services/capture.ts';
import { useInspection } from '../../services/inspection.ts';
import { useSelection } from '../../services/selection.ts';
import { fakePage, settle } from '../../testing/fake-page.ts';
import CapturePanel from './CapturePanel.vue';
import WhoTab from './WhoTab.vue';

beforeEach(async () => {
  await fakePage();
  await useCapture().open({ id: 'hand-nested' });
  await settle();
});

const open = async (title: string) => {
  const wrapper = mount(CapturePanel, { attachTo: document.body });
  await wrapper.findAll('[role="tab"]').find((tab) => tab.text() === title)!.trigger('click');
  await settle();
  return wrapper;
};

it('shows what a stream maps', async () => {
  const wrapper = await open('Mappings');
  expect(wrapper.text()).toContain('StreamID 0x38: 1 range');
  wrapper.unmount();
});

it('shows findings, and one under the magnifying glass', async () => {
  const wrapper = await open('Findings');
  expect(wrapper.text()).toContain('3 errors, 0 warnings, 0 for information');
  wrapper.unmount();
});

it('walks the access of an event', async () => {
  const wrapper = await open('Events');
  expect(wrapper.text()).toContain('1 events in the queue, newest first; 1 would fault still');
  expect([useInspection().shown, useSelection().present]).toEqual([null, null]);
  wrapper.unmount();
});

it('looks up who reaches an address, and says what is no address', async () => {
  const wrapper = mount(WhoTab, { attachTo: document.body, props: { nameOf: () => null } });
  const ask = async (text: string): Promise<string> => {
    await wrapper.find('input').setValue(text);
    await wrapper.find('form').trigger('submit');
    await settle();
    return wrapper.text();
  };
  expect(await ask('here')).toContain('Expected an address such as');
  expect(await ask('4810_0123')).toContain('StreamID 0x38');
  expect(await ask('0x40011000')).toContain('The stage 2 level 1 table of StreamID 0x10 lies there');
  wrapper.unmount();
});

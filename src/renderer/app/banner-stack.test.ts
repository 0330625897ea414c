// @vitest-environment happy-dom
/** What the window says when the engine stopped, and the ways on from there. */
import { flushPromises, mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { expect, it, vi } from 'vitest';
import { PROTOCOL_VERSION } from '../../protocol/contract.ts';
import * as diagnostics from '../services/diagnostics.ts';
import { useDocuments } from '../services/documents.ts';
import { useLabClient } from '../services/lab-client.ts';
import { useRun } from '../services/run.ts';
import { useSessions } from '../services/sessions.ts';
import { fakeLab } from '../testing/fake-lab.ts';
import { openSample, settle } from '../testing/fake-page.ts';
import BannerStack from './BannerStack.vue';

it('offers the way back and Save diagnostics after the engine stopped, until the run goes on', async () => {
  setActivePinia(createPinia());
  const lab = fakeLab();
  await useLabClient().connect(lab.port);
  await openSample();
  const wrapper = mount(BannerStack);
  const buttons = (): string[] => wrapper.findAll('button').map((button) => button.text());
  expect(buttons()).not.toContain('Save diagnostics');
  const run = useRun();
  const whole = run.state!;
  run.state = { ...whole, state: 'failed', position: 2, steps: 5, message: 'The engine stopped: it exited with status 1.' };
  await flushPromises();
  expect(wrapper.text()).toContain('Step 3 was not finished. The engine stopped: it exited with status 1.');
  expect(buttons()).toEqual(['Back to after step 2', 'Save diagnostics']);
  const save = vi.spyOn(diagnostics, 'saveDiagnostics').mockResolvedValue('smmu-lab-diagnostics.json');
  await wrapper.findAll('button')[1]!.trigger('click');
  expect(save).toHaveBeenCalledOnce();
  run.state = whole;
  await flushPromises();
  expect(buttons()).toEqual([]);
});

it('offers to open a store again that another program had, and saves what was edited meanwhile', async () => {
  setActivePinia(createPinia());
  const lab = fakeLab();
  const locked = { canSave: false, saveProblem: 'lab.sqlite3: the database is locked by another program', mayRetry: true } as const;
  let isLocked = true;
  lab.override({
    hello: () => ({ protocol: PROTOCOL_VERSION, version: '1', platform: 'linux x64', ...locked }),
    'store.retry': () => (isLocked ? locked : { canSave: true }),
  });
  await useLabClient().connect(lab.port);
  await openSample();
  useDocuments().edit('guest', 'vm0: {}');
  const wrapper = mount(BannerStack);
  expect(wrapper.text()).toContain('Labs cannot be saved here: lab.sqlite3: the database is locked by another program. Everything else works.');
  await wrapper.get('button').trigger('click');
  await settle();
  expect(wrapper.text()).toContain('Labs still cannot be saved here');
  expect(lab.calls).not.toContain('sessions.save');
  isLocked = false;
  await wrapper.get('button').trigger('click');
  await settle();
  expect([wrapper.text(), useSessions().canSave, lab.calls.includes('sessions.save')]).toEqual(['', true, true]);
});

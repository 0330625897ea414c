// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { nextTick } from 'vue';
import { beforeEach, expect, it } from 'vitest';
import { fakeLab } from '../testing/fake-lab.ts';
import { useBreakpoints } from './breakpoints.ts';
import { useLabClient } from './lab-client.ts';
import { useSessions } from './sessions.ts';
import { readSettings } from './settings.ts';

beforeEach(async () => {
  localStorage.clear();
  setActivePinia(createPinia());
  await useLabClient().connect(fakeLab().port);
});

it('takes filters, says what is none, and gives a run those that are on', async () => {
  const breakpoints = useBreakpoints();
  expect(await breakpoints.add(' status == fault ')).toBe(true);
  expect(await breakpoints.add('status')).toBe(false);
  expect(breakpoints.checked.error?.message).toBe('expected a comparison');
  await breakpoints.add('txn == 3');
  await breakpoints.add('txn == 3');
  breakpoints.turn('txn == 3', false);
  expect(breakpoints.list).toEqual([{ text: 'status == fault', isOn: true }, { text: 'txn == 3', isOn: false }]);
  expect(breakpoints.stops).toEqual([{ text: 'status == fault', when: 'before' }]);
  breakpoints.remove('status == fault');
  expect(breakpoints.stops).toEqual([]);
});

it('keeps them with the session', async () => {
  const breakpoints = useBreakpoints();
  await breakpoints.add('txn == 3');
  useSessions().current = 's1';
  await nextTick();
  expect(readSettings(localStorage).breakpoints['s1']).toEqual([{ text: 'txn == 3', isOn: true }]);
});

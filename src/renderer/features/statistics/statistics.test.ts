// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it } from 'vitest';
import { useLabClient } from '../../services/lab-client.ts';
import { FIRST_SAMPLE, useSessions } from '../../services/sessions.ts';
import { fakeLab } from '../../testing/fake-lab.ts';
import { linePath, percent, perTranslation } from './shape.ts';
import StatisticsPanel from './StatisticsPanel.vue';

beforeEach(async () => {
  document.body.replaceChildren();
  setActivePinia(createPinia());
  await useLabClient().connect(fakeLab().port);
});

it('counts a run as a whole, by stream and by VM', async () => {
  const panel = mount(StatisticsPanel, { attachTo: document.body });
  expect(panel.text()).toContain('Run the steps (F5)');
  await useSessions().openSample(FIRST_SAMPLE);
  for (let turn = 0; turn < 12; turn++) await flushPromises();
  const rows = panel.findAll('table[aria-label="By stream and VM"] tbody tr').map((row) => row.text());
  expect(rows).toEqual([
    expect.stringMatching(/^all4 ?1 25.0 %1 25.0 %6215.50$/),
    expect.stringMatching(/^nic0 0x10, VMID 13/),
    expect.stringMatching(/^stream 0x11, VMID 11/),
    expect.stringMatching(/^VMID 14 ?1 25.0 %/),
  ]);
  expect(panel.findAll('.histogram tbody tr').map((row) => row.text())).toEqual([expect.stringMatching(/^0 ?1$/), expect.stringMatching(/^2 or more ?3$/)]);
});

it('draws values as a line, and says nothing of nothing', () => {
  expect(linePath([0, 1, 2], 10, 4)).toBe('M0.0 4.0 L5.0 2.0 L10.0 0.0');
  expect([linePath([], 10, 4), linePath([3], 10, 4), linePath([0, 0], 10, 4)]).toEqual(['', 'M0 0.0 H10', 'M0.0 4.0 L10.0 4.0']);
  expect([percent(1, 0), percent(1, 3), perTranslation({ transactions: 0, faults: 0, reads: 0, hits: 0 })]).toEqual(['–', '33.3 %', '–']);
});

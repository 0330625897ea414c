// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { beforeEach, expect, it } from 'vitest';
import { linePath, percent, perTranslation } from './shape.ts';
import StatisticsPanel from './StatisticsPanel.vue';
import { fakePage, openSample } from '../../testing/fake-page.ts';

beforeEach(async () => {
  await fakePage();
});

it('counts a run as a whole, by stream and by VM', async () => {
  const panel = mount(StatisticsPanel, { attachTo: document.body });
  expect(panel.text()).toContain('Run the steps (F5)');
  await openSample();
  const rows = panel.findAll('table[aria-label="By stream and VM"] tbody tr').map((row) => row.text());
  expect(rows).toEqual([
    expect.stringMatching(/^all4 ?1 25.0 %1 25.0 %6215.5012 or more2 or more$/),
    expect.stringMatching(/^VMID 14 ?1 25.0 %.*12 or more2 or more$/),
    expect.stringMatching(/^nic0 0x10, VMID 13/),
    expect.stringMatching(/^stream 0x11, VMID 11.*111$/),
  ]);
  expect(panel.text()).toContain('7 more streams with fewer transactions: in the sums, not in the list.');
  expect(panel.findAll('.histogram tbody tr').map((row) => row.text())).toEqual([expect.stringMatching(/^0 ?1$/), expect.stringMatching(/^2 or more ?3$/)]);
});

it('draws values as a line, and says nothing of nothing', () => {
  expect(linePath([0, 1, 2], 10, 4)).toBe('M0.0 4.0 L5.0 2.0 L10.0 0.0');
  expect([linePath([], 10, 4), linePath([3], 10, 4), linePath([0, 0], 10, 4)]).toEqual(['', 'M0 0.0 H10', 'M0.0 4.0 L10.0 4.0']);
  expect([percent(1, 0), percent(1, 3), perTranslation({ transactions: 0, reads: 0 })]).toEqual(['–', '33.3 %', '–']);
});

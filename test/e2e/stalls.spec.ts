// A device that waits: its stalled transaction is listed with its STAG and resumed by hand.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { violationsOf } from './accessibility.ts';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';
import { openSample } from './samples.ts';

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await launchLab();
  page = lab.page;
  await page.getByRole('grid', { name: 'Transactions' }).waitFor();
});
afterAll(() => lab?.close());

it('lists what is stalled, retries it and ends it by hand', async () => {
  await openSample(page, /A device that waits/);
  const grid = page.getByRole('grid', { name: 'Transactions' });
  // A sample is run when it is opened. The first step is a note, the second the access that stalls.
  const step = page.getByRole('button', { name: 'Step', exact: true });
  await page.getByRole('button', { name: 'Reset', exact: true }).click();
  await step.click();
  await step.click();
  await grid.getByRole('row').filter({ hasText: 'stalled' }).waitFor();
  await page.getByRole('tab', { name: 'Stalled' }).click();
  const rows = page.getByRole('table', { name: 'Stalled transactions' }).getByRole('row');
  await rows.filter({ hasText: '0x0nic0write' }).waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole('button', { name: 'retry STAG 0' }).click();
  await rows.filter({ hasText: '0x1nic0write' }).waitFor();
  await page.getByRole('button', { name: 'abort STAG 1' }).click();
  await page.getByText('Nothing is stalled').waitFor();
  await grid.getByRole('row').filter({ hasText: 'stalled' }).first().waitFor();
  expect(lab.complaints).toEqual([]);
});

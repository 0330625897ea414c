// Two runs side by side: the first divergence, why, and from one to the next by key.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { expectAccessible } from './accessibility.ts';
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

it("shows where a run and QEMU's part, and why", async () => {
  await openSample(page, /^F_CD_FETCH stays/);
  await page.keyboard.press('Control+3');
  const panel = page.getByRole('region', { name: 'Compare', exact: true });
  await panel.getByLabel('Depth').selectOption({ label: 'outcome: what shows' });
  // QEMU caches STE and CD as one, so commands remove other numbers of entries there.
  await panel.getByLabel('Ignore', { exact: true }).fill('removed');
  await panel.getByLabel('Ignore', { exact: true }).press('Enter');
  await panel.getByRole('button', { name: 'Compare', exact: true }).click();
  await panel.getByText(/^1 step differs, the first is step 6: 2 changed\.$/).waitFor();
  const details = panel.getByRole('region', { name: 'The difference' });
  await details.getByText('QEMU: F_CD_FETCH has FetchAddr in the place of the input address').waitFor();
  const field = details.getByRole('row').filter({ hasText: 'FetchAddr' }).first();
  expect(await field.innerText()).toMatch(/≠ changed\s+0x50000000\s+0x0/);
  await expectAccessible(page);
  await page.locator('body').press('F7');
  await expect.poll(() => panel.getByRole('grid', { name: 'Differences' }).getByRole('row', { selected: true }).innerText()).toMatch(/6[\s\S]*≠ changed/);
  await page.locator('body').press('Shift+F7');

  await details.getByRole('button', { name: 'Ignore EVENT.FetchAddr' }).click();
  await panel.getByRole('list', { name: 'Ignored' }).getByText('EVENT.FetchAddr').waitFor();
  await panel.getByLabel('Ignore', { exact: true }).fill('HOP');
  await panel.getByLabel('Ignore', { exact: true }).press('Enter');
  await panel.getByRole('button', { name: 'Compare', exact: true }).click();
  await panel.getByText('No difference.').waitFor();
  expect(lab.complaints).toEqual([]);
});

// One transaction followed through the lists and left again, by keyboard alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await launchLab();
  page = lab.page;
  await page.getByRole('grid', { name: 'Transactions' }).waitFor();
  await page.getByLabel('Status').getByText('done').waitFor();
});
afterAll(() => lab?.close());

describe('following a transaction', () => {
  it('shows nothing else, and Esc shows the lists as they were', async () => {
    const filter = page.getByRole('combobox', { name: 'Filter of transactions' });
    const rows = page.getByRole('grid', { name: 'Transactions' }).getByRole('row');
    await page.keyboard.press('/');
    await page.keyboard.type('reads > 0');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.getByRole('grid', { name: 'Transactions' }).focus();
    await page.keyboard.press('Home');
    const before = await rows.allTextContents();
    expect(before.length).toBeGreaterThan(2);
    await page.keyboard.press('f');
    await expect.poll(() => rows.count()).toBe(2);
    expect(await filter.inputValue()).toMatch(/^txn == \d+$/);
    await page.keyboard.press('Escape');
    await expect.poll(() => rows.allTextContents()).toEqual(before);
    expect(lab.complaints).toEqual([]);
  });

  it('the structures come with their first level open', async () => {
    await page.keyboard.press('u');
    await page.getByRole('grid', { name: 'Structures in memory' }).getByRole('row').filter({ hasText: 'STE 0x' }).first().waitFor();
  });
});

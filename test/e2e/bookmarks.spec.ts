// A bookmark made, found again and removed, by keyboard alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { expectAccessible } from './accessibility.ts';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await launchLab();
  page = lab.page;
  await page.getByLabel('Status').getByText('done').waitFor();
});
afterAll(() => lab?.close());

describe('bookmarks in the window', () => {
  it('b makes one of the selected transaction, Enter in the list goes there, Delete removes it', async () => {
    const transactions = page.getByRole('grid', { name: 'Transactions' });
    await transactions.focus();
    await page.keyboard.press('End');
    await expect.poll(() => transactions.locator('[aria-selected=true]').count()).toBe(1);
    const wanted = await transactions.locator('[aria-selected=true]').textContent();
    await page.keyboard.press('b');
    const dialog = page.getByRole('dialog', { name: 'Bookmark' });
    await dialog.waitFor();
    await page.keyboard.type('where it went wrong');
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await transactions.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('o');
    const entry = page.getByRole('list', { name: 'Bookmarks' }).getByRole('button', { name: /where it went wrong/ });
    await entry.waitFor();
    await expectAccessible(page);
    await entry.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => transactions.locator('[aria-selected=true]').textContent()).toBe(wanted);
    await entry.focus();
    await page.keyboard.press('Delete');
    await page.getByText('No bookmarks').waitFor();
    expect(lab.complaints).toEqual([]);
  });
});

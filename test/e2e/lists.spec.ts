// How a list looks is the user's: columns, order, colour rules and views, by keyboard alone.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { violationsOf } from './accessibility.ts';
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

const grid = () => page.getByRole('grid', { name: 'Transactions' });
const column = (title: string) => grid().getByRole('columnheader', { name: title, exact: true });

it('adds a field as a column, and is accessible in every theme meanwhile', async () => {
  await grid().focus();
  await page.keyboard.press('Shift+c');
  await page.getByRole('dialog', { name: 'Columns of the transactions' }).waitFor();
  await page.keyboard.type('length');
  await page.getByRole('button', { name: /^length/ }).waitFor();
  await page.keyboard.press('Enter');
  for (const theme of [{ colorScheme: 'dark' }, { colorScheme: 'light' }, { contrast: 'more' }] as const) {
    await page.emulateMedia(theme);
    expect(await violationsOf(page)).toEqual([]);
  }
  await page.emulateMedia({ contrast: 'no-preference' });
  await page.keyboard.press('Escape');
  await column('length').waitFor();
  await grid().getByRole('gridcell', { name: '11', exact: true }).first().waitFor();
});

it('sorts by the chosen column, and the selected row stays selected', async () => {
  await page.keyboard.press('Home');
  const chosen = await grid().locator('[aria-selected="true"] [role=gridcell]').first().innerText();
  for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+o');
  await page.keyboard.press('Shift+o');
  await grid().locator('[aria-sort="descending"]').filter({ hasText: 'IOVA' }).waitFor();
  await expect.poll(() => grid().locator('[aria-selected="true"]').getAttribute('aria-rowindex')).toBe('6');
  await expect.poll(() => grid().locator('[aria-selected="true"] [role=gridcell]').first().innerText()).toBe(chosen);
});

it('labels rows by a rule, and keeps all of it as a view', async () => {
  await page.keyboard.press('Shift+r');
  await page.keyboard.type('status == fault');
  await page.keyboard.press('Tab');
  await page.keyboard.type('look here');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Remove look here' }).waitFor();
  await page.keyboard.press('Escape');
  await grid().getByRole('row').filter({ hasText: 'look here' }).filter({ hasText: 'fault' }).waitFor();
  await page.keyboard.press('Shift+v');
  await page.getByLabel('Save this one as').focus();
  await page.keyboard.type('By address');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Delete By address' }).waitFor();
  await page.keyboard.press('Escape');
  expect(lab.complaints).toEqual([]);
});

// Running, stepping and going back by keyboard: breakpoints on filters, the next fault, the bar of steps.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { violationsOf } from './accessibility.ts';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await launchLab();
  page = lab.page;
  await page.getByRole('row').filter({ hasText: 's2.invalid' }).waitFor();
});
afterAll(() => lab?.close());

const region = (name: string): Locator => page.getByRole('region', { name, exact: true });
const status = (text: string | RegExp): Locator => page.getByRole('contentinfo', { name: 'Status' }).getByText(text);

it('says what to do where there is no breakpoint, and what is wrong with one', async () => {
  await page.keyboard.press('x');
  await region('Breakpoints').getByText('No breakpoints').waitFor();
  await page.keyboard.type('sttaus == fault');
  await region('Breakpoints').getByText('did you mean status?').waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('cmd.o');
  await page.getByRole('option', { name: /^cmd\.op/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
});

it('stops before the step of a fault, goes on over it, and steps back', async () => {
  await page.keyboard.type('status == fault');
  await page.getByRole('option').first().waitFor({ state: 'detached' });
  await page.keyboard.press('Enter');
  await region('Breakpoints').getByRole('checkbox', { name: 'status == fault' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('F5');
  await status('step 9 of 11').waitFor();
  await status(/before step 10/).waitFor();
  await region('Breakpoints').getByText('here, before step 10').waitFor();
  await page.keyboard.press('F5');
  await status('step 11 of 11').waitFor();
  await page.keyboard.press('Shift+F10');
  await status('step 10 of 11').waitFor();
});

it('runs to the next fault and stands behind it', async () => {
  await page.keyboard.press('Control+Shift+F5');
  await status('step 0 of 11').waitFor();
  await page.keyboard.press('2');
  await page.keyboard.press('Shift+.');
  await status('step 10 of 11').waitFor();
  await page.getByRole('grid', { name: 'Transactions' }).locator('[aria-selected="true"]').filter({ hasText: 's2.invalid' }).waitFor();
  await page.keyboard.press(',');
  await status('step 9 of 11').waitFor();
  await page.keyboard.press('.');
  await status('step 10 of 11').waitFor();
});

it('goes to a step by the bar', async () => {
  await page.getByRole('slider', { name: 'Steps done' }).press('Home');
  await status('step 0 of 11').waitFor();
  await page.getByRole('slider', { name: 'Steps done' }).press('End');
  await status('step 11 of 11').waitFor();
});

it('runs back to the fault before, to the breakpoint before, and to the start', async () => {
  await page.keyboard.press('2');
  await page.keyboard.press('Shift+,');
  await status('step 10 of 11').waitFor();
  await status(/after step 10/).waitFor();
  await page.keyboard.press('Alt+F5');
  await status(/before step 10/).waitFor();
  await page.keyboard.press('Alt+F5');
  await status('step 0 of 11').waitFor();
});

it.each(['dark', 'light'] as const)('is accessible, %s', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  expect(await violationsOf(page)).toEqual([]);
});

it('complains of nothing', () => expect(lab.complaints).toEqual([]));

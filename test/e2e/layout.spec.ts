// The layout: presets, panels moved by keyboard and by mouse, kept with the session.
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
  await page.getByRole('grid', { name: 'Transactions' }).waitFor();
  await page.locator('.monaco-editor .view-line').first().waitFor();
});
afterAll(() => lab?.close());

const region = (name: string): Locator => page.getByRole('region', { name, exact: true });
const tabIn = (panel: string, name: string): Locator => region(panel).getByRole('tab', { name });

it('has a layout for each way of working', async () => {
  await page.keyboard.press('Control+2');
  await region('Trace').waitFor();
  await page.keyboard.press('Control+4');
  await region('Record').waitFor();
  await region('Trace').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+1');
  await region('Events').waitFor();
});

it('moves the panel at hand by keyboard, and its editor keeps what was undone', async () => {
  await page.keyboard.press('1');
  const text = region('Documents').locator('.view-lines');
  await page.keyboard.type('# typed');
  await text.getByText('# typed').waitFor();
  await page.keyboard.press('Control+Shift+Alt+ArrowRight');
  await tabIn('Documents', 'Transactions').waitFor();
  await page.keyboard.press('Control+z');
  await text.getByText('# typed').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+Alt+0');
  await region('Transactions').waitFor();
});

it('drags a tab to the edge of a group and to its middle', async () => {
  await page.getByRole('tab', { name: 'Trace' }).dragTo(region('Record'), { targetPosition: { x: 40, y: 200 } });
  await region('Trace').waitFor();
  await region('Walk').waitFor();
  await region('Record').waitFor();
  await page.getByRole('tab', { name: 'Trace' }).dragTo(region('Walk'));
  await tabIn('Trace', 'Walk').waitFor();
});

it('closes a panel, opens it again by its key, and gives one panel the window', async () => {
  await page.keyboard.press('l');
  await page.keyboard.press('Control+Alt+w');
  await page.getByRole('tab', { name: 'Trace' }).waitFor({ state: 'detached' });
  await page.keyboard.press('l');
  await region('Trace').waitFor();
  await page.keyboard.press('Control+Alt+Enter');
  await region('Transactions').waitFor({ state: 'detached' });
  await region('Trace').waitFor();
  await page.keyboard.press('Control+Alt+Enter');
  await region('Transactions').waitFor();
});

it('shows after a reload what it showed before', async () => {
  await page.keyboard.press('Control+3');
  await page.reload();
  await page.getByRole('grid', { name: 'Transactions' }).waitFor();
  await region('Compare').waitFor();
  await tabIn('Record', 'Documents').waitFor();
  await page.keyboard.press('Control+1');
});

it.each(['dark', 'light'] as const)('is accessible in every layout, %s', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  for (const key of ['2', '3', '4', '1']) {
    await page.keyboard.press(`Control+${key}`);
    expect(await violationsOf(page)).toEqual([]);
  }
});

it('complains of nothing', () => expect(lab.complaints).toEqual([]));

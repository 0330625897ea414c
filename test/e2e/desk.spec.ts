// Ways of working of the window: settings, keys, macros, address menus, help and the tour, in every theme and by keyboard.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { violationsOf } from './accessibility.ts';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await launchLab(undefined, { welcome: true });
  page = lab.page;
});
afterAll(() => lab?.close());

const region = (name: string): Locator => page.getByRole('region', { name, exact: true });
const dialog = (name: string): Locator => page.getByRole('dialog', { name });

/** A part of the page has nothing that axe calls serious, whatever the theme. */
async function expectFine(part: string): Promise<void> {
  for (const media of [{ colorScheme: 'dark', contrast: 'no-preference' }, { colorScheme: 'light', contrast: 'no-preference' }, { contrast: 'more' }] as const) {
    await page.emulateMedia(media);
    expect([media, await violationsOf(page, part)]).toEqual([media, []]);
  }
  await page.emulateMedia({ colorScheme: 'dark', contrast: 'no-preference' });
}

it('has a gallery', async () => {
  await dialog('Welcome to SMMU Lab').getByRole('button', { name: /^A first nested stream/ }).waitFor();
  await expectFine('dialog[open]');
  await page.keyboard.press('Escape');
  await page.getByRole('row').filter({ hasText: 's2.invalid' }).waitFor();
});

it('has settings that take effect at once: the form of addresses, a key that is another command\'s', async () => {
  await page.keyboard.press('Control+,');
  await dialog('Settings').getByRole('radio', { name: 'level indices' }).check();
  await page.getByRole('row').filter({ hasText: '[0:0:384:0]+0x10' }).first().waitFor();
  await expectFine('dialog[open]');
  await dialog('Settings').getByRole('tab', { name: 'Keys' }).click();
  await dialog('Settings').getByRole('searchbox').fill('keyboard sheet');
  await dialog('Settings').getByRole('button', { name: 'Change the keys of Keyboard sheet' }).press('Enter');
  await page.keyboard.press('F8');
  await dialog('Settings').getByText('F8 is the key of "Next fault".').waitFor();
  await expectFine('dialog[open]');
  await dialog('Settings').getByRole('button', { name: /^Take F8/ }).press('Enter');
  await dialog('Settings').getByText('"Next fault" has no key now').waitFor();
  await dialog('Settings').getByRole('button', { name: 'Reset all keys' }).press('Enter');
});

it('runs commands one after the other, and says which of them does not exist', async () => {
  await dialog('Settings').getByRole('tab', { name: 'Macros' }).click();
  await dialog('Settings').getByLabel('Name', { exact: true }).fill('To the walk');
  await dialog('Settings').getByLabel('Commands', { exact: true }).fill('look.next-fault, look.wlak');
  await dialog('Settings').getByText('Command 2, look.wlak: there is no such command; did you mean look.walk?').waitFor();
  await dialog('Settings').getByLabel('Commands', { exact: true }).fill('look.next-fault, look.walk');
  await page.keyboard.press('Tab');
  await dialog('Settings').getByRole('button', { name: 'Add macro' }).press('Enter');
  await expectFine('dialog[open]');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Shift+p');
  await page.keyboard.type('macro to the walk');
  await page.getByRole('option', { selected: true }).filter({ hasText: 'Macro: To the walk' }).waitFor();
  await page.keyboard.press('Enter');
  await region('Walk').getByText('IHI 0070 7.3.13').waitFor();
});

it('has a menu for each address, by keyboard: the memory it leads to', async () => {
  await page.keyboard.press('2');
  await page.keyboard.press('Home');
  await page.keyboard.press('a');
  await page.getByRole('menuitem', { name: /^PA/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Go to memory' }).waitFor();
  await expectFine('dialog[open]');
  await page.keyboard.press('g');
  await page.keyboard.press('Enter');
  await region('Memory').getByRole('grid').waitFor();
});

it('helps on the panel at hand, from its own documentation', async () => {
  await page.keyboard.press('F1');
  await region('Help').getByRole('heading', { name: 'Memory' }).waitFor();
  await expectFine('section[data-panel="help"]');
});

it('has a tour that is gone through and left by keyboard', async () => {
  await page.keyboard.press('Control+Shift+p');
  await page.keyboard.type('take the guided tour');
  await page.keyboard.press('Enter');
  const card = region('Guided tour');
  await card.getByText('Tour, 1 of').waitFor();
  await expectFine('.card');
  for (const title of ['Run', 'Every access is a row', 'The event', 'Why', 'The walk', 'The missing invalidation']) {
    await page.keyboard.press('Enter');
    await card.getByRole('heading', { name: title, exact: true }).waitFor();
  }
  await region('Walk').getByText('CMD_TLBI_NH_VA VMID=1 ASID=5').waitFor();
  await page.keyboard.press('Escape');
  await card.waitFor({ state: 'detached' });
});

it('counts what streams did', async () => {
  await page.keyboard.press('1');
  await page.keyboard.press('F6');
  await page.keyboard.press('Shift+S');
  await region('Statistics').getByRole('row').filter({ hasText: 'nic0' }).first().waitFor();
  await expectFine('section[data-panel="statistics"]');
});

it('complains of nothing', () => expect(lab.complaints).toEqual([]));

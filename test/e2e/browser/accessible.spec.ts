// Every panel, dialog and menu, in the dark, in the light and in high contrast: nothing that axe calls serious, nothing told by colour alone. One page, one thing after the other.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PANEL_IDS, panelDef } from '../../../src/renderer/services/panels.ts';
import { coloursOf, violationsOf } from '../accessibility.ts';
import { colouredIn, toldByColourAlone, type Coloured } from '../colour-alone.ts';
import { captureFolder } from '../../cli/captures.ts';
import type { Lab } from '../lab.ts';
import { launchLab } from '../launch.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await launchLab(undefined, { welcome: true });
  await lab.page.getByRole('grid', { name: 'Transactions' }).getByRole('row').nth(1).waitFor();
});
afterAll(() => lab?.close());

/** All that was seen so far and has a colour that tells something. */
const coloured: Coloured[] = [];

/** What names, roles and structure are does not depend on the theme: they are asked for once. */
async function expectFine(part: string): Promise<void> {
  const { page } = lab;
  expect([part, await violationsOf(page, part)]).toEqual([part, []]);
  coloured.push(...(await colouredIn(page, part)));
  for (const media of [{ colorScheme: 'light' }, { contrast: 'more' }] as const) {
    await page.emulateMedia(media);
    expect([part, media, await coloursOf(page, part)]).toEqual([part, media, []]);
  }
  await page.emulateMedia({ colorScheme: 'dark', contrast: 'no-preference' });
}

async function command(title: string): Promise<void> {
  const { page } = lab;
  await page.keyboard.press('Control+Shift+p');
  await page.keyboard.type(title);
  await page.getByRole('option', { selected: true }).filter({ hasText: title }).waitFor();
  await page.keyboard.press('Enter');
}
const isOpen = (): Promise<void> => lab.page.locator('dialog[open]').waitFor();
async function close(): Promise<void> {
  await lab.page.keyboard.press('Escape');
  await lab.page.locator('dialog[open]').waitFor({ state: 'detached' });
}

it('the welcome', async () => {
  await expectFine('dialog[open]');
  await close();
});

it('shows what is selected and what has the focus where the system chooses the colours', async () => {
  const { page } = lab;
  await command('Go to Transactions');
  await page.emulateMedia({ forcedColors: 'active' });
  await page.getByRole('grid', { name: 'Transactions' }).press('Home');
  await page.getByRole('region', { name: 'Walk' }).locator('[role="gridcell"][aria-selected="true"]').waitFor();
  const frames = await page.evaluate(() => [...document.querySelectorAll('[aria-selected="true"], [aria-pressed="true"], :focus-visible')]
    .filter((one) => one.closest('.monaco-editor') === null && one.checkVisibility())
    .map((one) => `${one.getAttribute('role')} ${getComputedStyle(one).outlineStyle}`));
  await page.emulateMedia({ forcedColors: 'none' });
  expect(new Set(frames)).toEqual(new Set(['tab solid', 'row solid', 'gridcell solid', 'grid double']));
});

describe('dialogs and menus', () => {
  it.each([
    'All commands', 'Quick open', 'Go to a transaction', 'Open a sample lab', 'Open a saved session', 'Open a capture', 'Export this lab', 'Settings', 'Change keys', 'Macros: commands one after the other',
    'Keyboard sheet', 'Licences', 'Bookmark the transaction', 'Copy the record', 'Menu of the address', 'Columns of this list', 'Colour rules of this list', 'Saved views',
  ])('%s', async (title) => {
    await lab.page.getByRole('grid', { name: 'Transactions' }).focus();
    await command(title);
    await isOpen();
    await expectFine('dialog[open]');
    await close();
  });
});

describe('panels', () => {
  it.each(PANEL_IDS.filter((id) => id !== 'capture'))('%s', async (id) => {
    if (id === 'help') await command('Help on this panel');
    else await command(`Go to ${panelDef(id).title}`);
    await lab.page.locator(`section[data-panel="${id}"]`).waitFor();
    await expectFine(`section[data-panel="${id}"]`);
  });

  it('capture, each of its tabs', async () => {
    const { page } = lab;
    await command('Open a capture');
    await page.getByLabel('Capture folder').setInputFiles(captureFolder('nestedhand-6.12'));
    const panel = page.getByRole('region', { name: 'Capture' });
    for (const tab of ['Known translations', 'Mappings', 'Who maps', 'Findings', 'Events']) {
      await panel.getByRole('tab', { name: tab }).click();
      await expectFine('section[data-panel="capture"]');
    }
  });
});

it('tells nothing by colour alone, in all of that and where a document is wrong', async () => {
  const { page } = lab;
  await page.keyboard.press('Control+1');
  await page.getByRole('region', { name: 'Documents' }).getByRole('tab', { name: 'host' }).click();
  await page.getByRole('textbox', { name: 'host document' }).focus();
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.insertText('devises: []\n');
  await page.locator('.squiggly-error').first().waitFor();
  coloured.push(...(await colouredIn(page)));
  expect(coloured.length).toBeGreaterThan(200);
  expect(toldByColourAlone(coloured)).toEqual([]);
});

it('the bars, and the layouts', async () => {
  for (const layout of ['1', '2', '3', '4']) {
    await lab.page.keyboard.press(`Control+${layout}`);
    await expectFine('html');
  }
  expect(lab.complaints).toEqual([]);
});

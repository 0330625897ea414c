// The first lab from opening it to the descriptor that caused its fault; one window for all of it, in order.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { expectAccessible, violationsOf } from './accessibility.ts';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await launchLab();
  page = lab.page;
  await page.getByRole('grid', { name: 'Transactions' }).waitFor();
});
afterAll(() => lab?.close());

const region = (name: string): Locator => page.getByRole('region', { name });
const documentTab = (name: string): Locator => region('Documents').getByRole('tab', { name });
const transactions = (): Locator => page.getByRole('grid', { name: 'Transactions' }).getByRole('row');

/** Puts a text in the place of a document. */
async function writeDocument(name: string, text: string): Promise<void> {
  await documentTab(name).click();
  await page.getByRole('textbox', { name: `${name} document` }).focus();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(text);
}

describe('the window', () => {
  it('opens on a lab, with an editor for the host, the guest and the steps', async () => {
    expect(await page.title()).toContain('SMMU Lab');
    for (const name of ['host', 'guest', 'steps']) {
      await documentTab(name).click();
      await page.getByRole('textbox', { name: `${name} document` }).waitFor();
    }
  });

  it('runs: every transaction with its outcome, the event queue, the status', async () => {
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await transactions().filter({ hasText: 's2.invalid' }).waitFor();
    await expect.poll(() => transactions().filter({ hasText: 'success' }).count()).toBe(4);
    // In a narrow window the list lies behind a tab.
    await page.getByRole('tab', { name: /^Events/ }).click();
    await region('Events').getByRole('row').filter({ hasText: 'F_TRANSLATION' }).waitFor();
    await page.getByLabel('Status').getByText('6 of 6 as expected').waitFor();
  });

  it('filters by keyboard: a mistake is told, a completion taken, Esc shows everything again', async () => {
    const grid = page.getByRole('grid', { name: 'Transactions' });
    const filter = page.getByRole('combobox', { name: 'Filter of transactions' });
    await grid.focus();
    await page.keyboard.press('/');
    await page.keyboard.type('statis == fault');
    await region('Transactions').getByText('did you mean status?').waitFor();
    await filter.fill('');
    await page.keyboard.type('statu');
    await page.getByRole('option', { name: 'status' }).waitFor();
    await page.keyboard.press('Tab');
    await page.getByRole('option', { name: '==' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.type('== fau');
    await page.getByRole('option', { name: 'fault' }).waitFor();
    await page.keyboard.press('Enter');
    await region('Transactions').getByText('1 of 5').waitFor();
    await expect.poll(() => transactions().count()).toBe(2);
    await page.keyboard.press('Escape');
    await expect.poll(() => transactions().count()).toBe(6);
  });

  it('explains the fault down to the descriptor', async () => {
    await transactions().filter({ hasText: 'F_TRANSLATION' }).click();
    const walk = region('Walk');
    await walk.getByText('IHI 0070 7.3.13').waitFor();
    await walk.getByRole('button', { name: 'Final IPA, S2 L2' }).click();
    await region('Record').getByText('s2.invalid').waitFor();
    await region('Record').getByRole('gridcell', { name: 'Valid', exact: true }).waitFor();
    const chosen = region('Record').getByRole('row', { selected: true }).filter({ hasText: 'Valid' });
    expect(await chosen.count()).toBe(0);
    await walk.getByRole('button', { name: 'S2 L2 Valid 0' }).press('Enter');
    await chosen.waitFor();
    await region('Record').locator('.segment.selected').waitFor();
  });

  it('says where QEMU would answer differently, and why, by keyboard', async () => {
    await page.getByRole('grid', { name: 'Transactions' }).focus();
    await page.keyboard.press('Shift+q');
    const walk = region('Walk');
    await walk.getByText('QEMU 11 would answer differently').waitFor();
    await walk.getByText('event-ipa').waitFor();
    await expect.poll(() => transactions().filter({ hasText: 'QEMU 11 would answer differently' }).count()).toBe(1);
    await expectAccessible(page);
    await transactions().filter({ hasText: 'success' }).first().click();
    await walk.getByText('QEMU 11 answers the same').waitFor();
  });

  it('shows a successful nested walk as a grid of reads', async () => {
    await transactions().filter({ hasText: 'success' }).first().click();
    const grid = page.getByRole('grid', { name: 'Nested walk' });
    await grid.getByRole('row', { name: /^Final IPA/ }).waitFor();
    expect(await grid.getByRole('columnheader').allTextContents()).toEqual(expect.arrayContaining(['S2 L0', 'S2 L3', 'read']));
  });

  it('logs what happened between transactions; a command is shown bit by bit', async () => {
    await page.getByRole('tab', { name: 'Trace' }).click();
    await region('Trace').getByRole('radiogroup').getByText('Whole run').click();
    const log = page.getByRole('grid', { name: 'Trace of whole run' });
    await log.press('End');
    await log.getByRole('row').filter({ hasText: 'TXN_END' }).first().waitFor();
    await log.press('Home');
    await log.getByRole('row').filter({ hasText: 'CMD_CFGI_STE_RANGE StreamID 0, Range 0x1f' }).click();
    await region('Record').getByText('CMD_CFGI_STE_RANGE', { exact: true }).waitFor();
    await region('Record').getByRole('gridcell', { name: 'Range', exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Walk' }).click();
  });

  it('steps from the beginning after a reset', async () => {
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.getByLabel('Status').getByText('step 0 of 11').waitFor();
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    await page.getByLabel('Status').getByText('step 1 of 11').waitFor();
  });

  it('decodes words that are pasted', async () => {
    await page.getByRole('tab', { name: 'Decode' }).click();
    await region('Decode').getByRole('textbox').fill('0x0000001000000010 0x0000020800000000 0x0000000010000000 0x0000000000000000');
    await region('Decode').getByRole('row').filter({ hasText: 'F_TRANSLATION' }).waitFor();
  });

  it('marks a typo at its line, with what was expected', async () => {
    await writeDocument('host', 'title: typo\nmemory: { base: 0x40000000, size: 256M }\ndevises: []\n');
    const problem = page
      .getByRole('list', { name: 'Problems and notes' })
      .getByRole('button', { name: /^error/ })
      .filter({ hasText: 'host 3:1' });
    await problem.filter({ hasText: 'devices' }).waitFor();
    await region('Documents').locator('.squiggly-error').first().waitFor();
    await region('Documents')
      .getByRole('tab', { name: /^host.*1 problem/ })
      .waitFor();
  });

  it('has nothing that axe calls serious', async () => {
    expect(await violationsOf(page)).toEqual([]);
  });

  it('fits a small window at 125 % zoom: nothing is beyond its right edge', async () => {
    const size = page.viewportSize() ?? { width: 1600, height: 1000 };
    await page.setViewportSize({ width: 819, height: 560 });
    await page.getByRole('button', { name: 'Keys' }).waitFor();
    const seen = await page.evaluate(() => ({
      width: innerWidth,
      content: document.documentElement.scrollWidth,
      panes: document.querySelector('main')!.getBoundingClientRect().right,
    }));
    expect(seen).toEqual({ width: 819, content: 819, panes: 819 });
    await page.setViewportSize(size);
  });

  it('did all that without a complaint, of the content security policy or any other', () => {
    expect(lab.complaints).toEqual([]);
  });
});

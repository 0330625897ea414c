// The editors of the documents by keyboard: completion, hover, quick fixes, format, outline, problems, comparison, undo across documents.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  await page.getByLabel('Status').getByText('6 of 6 as expected').waitFor();
  await editor('steps').waitFor();
});
afterAll(() => lab?.close());

const keys = async (...pressed: string[]): Promise<void> => {
  for (const key of pressed) await page.keyboard.press(key);
};
const region = (name: string): Locator => page.getByRole('region', { name });
const editor = (name: string): Locator => page.getByRole('textbox', { name: `${name} document` });
const problems = (): Locator => page.getByRole('list', { name: 'Problems and notes' });

async function openDocument(name: string): Promise<void> {
  await region('Documents').getByRole('tab', { name }).click();
  await editor(name).focus();
}

/** The lines of the document on screen, as they are seen. */
const seen = async (): Promise<string> => (await region('Documents').locator('.view-line').allTextContents()).join(' ').replaceAll('\u00a0', ' ').replace(/ +/g, ' ');

/** A check that ends meanwhile takes the list of fixes away: then it is asked for again, as a user would. */
async function takeFix(title: string | RegExp): Promise<void> {
  const fix = page.locator('.action-widget').getByText(title);
  const isThere = (timeout: number): Promise<boolean> => fix.waitFor({ timeout }).then(() => true, () => false);
  for (let tries = 0; tries < 5; tries++) {
    await keys('Control+.');
    if (await isThere(3000)) break;
  }
  await fix.waitFor();
  await keys('Enter');
}

describe('the editors', () => {
  it('complete a verb with what it must have, and its words', async () => {
    await openDocument('steps');
    await keys('Control+End');
    await page.keyboard.insertText('\n- ');
    await keys('Control+Space');
    const options = page.locator('.suggest-widget .monaco-list-row');
    await options.filter({ hasText: 'unmap' }).first().waitFor();
    await page.keyboard.type('dm');
    await options.filter({ hasText: 'dma' }).first().waitFor();
    await keys('Enter');
    await expect.poll(seen).toContain('- dma: { device: nic0, iova: , access: read }');
    await keys('Escape', 'Tab');
    await page.keyboard.type('0x10000000');
  });

  it('tell what is under the cursor, from the one table', async () => {
    await keys('Home', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'Control+Shift+i');
    await page.locator('.monaco-hover').getByText('required').first().waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await keys('Escape');
  });

  it('undo the edit of another document from outside the editors, and do it again', async () => {
    await openDocument('host');
    await keys('Control+End');
    await page.keyboard.insertText('\n# here\n');
    await openDocument('steps');
    await page.getByRole('grid', { name: 'Transactions' }).focus();
    await keys('Control+z');
    await region('Documents').getByRole('tab', { name: 'host', selected: true }).waitFor();
    await expect.poll(seen).not.toContain('# here');
    await keys('Control+y');
    await expect.poll(seen).toContain('# here');
    await keys('Control+z');
  });

  it('mark a mistake at its token, and mend it', async () => {
    await openDocument('steps');
    await keys('Control+End');
    await page.keyboard.insertText('\n- unmpa: { device: nic0, iova: 0x20000010,   size: 4K }\n');
    await region('Documents').locator('.squiggly-error').first().waitFor();
    // The answer to what was typed before may come first.
    await problems().getByText('unknown key unmpa').waitFor();
    await expect.poll(() => problems().getByRole('button', { name: /^error/ }).count()).toBe(1);
    await page.getByLabel('Status').getByRole('button', { name: '1 problem' }).waitFor();
    await keys('Alt+F8');
    await takeFix('Change to unmap');
    await problems().getByText('is not a multiple of 0x1000').waitFor();
    await keys('Control+Shift+m', 'Home', 'ArrowDown', 'Enter');
    await expect.poll(() => editor('steps').evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    await takeFix('Change to 0x20000000');
    await expect.poll(() => region('Documents').locator('.squiggly-error').count()).toBe(0);
  });

  it('find, fold, copy lines, edit at several places, rename, and show where a name is', async () => {
    await openDocument('host');
    const lines = (): Promise<string[]> => region('Documents').locator('.view-line').allTextContents();
    const find = page.locator('.find-widget.visible').getByRole('textbox', { name: 'Find' });
    await keys('Control+Home', 'Control+f');
    await find.fill('nic0');
    await page.locator('.find-widget').getByText(/^1 of \d+/).waitFor({ state: 'attached' });
    await keys('Escape', 'Control+Home');
    const all = (await lines()).length;
    await keys('Control+k', 'Control+0');
    await expect.poll(async () => (await lines()).length).toBeLessThan(all);
    await keys('Control+k', 'Control+j');
    await expect.poll(async () => (await lines()).length).toBe(all);
    await keys('Control+Home', 'Control+c', 'Control+v', 'Control+v', 'Control+Home', 'Control+Alt+ArrowDown');
    await page.keyboard.insertText('#');
    await expect.poll(async () => (await lines()).filter((line) => line.startsWith('#')).length).toBeGreaterThanOrEqual(2);
    await keys('Control+z', 'Control+z', 'Control+z');
    await expect.poll(async () => (await lines()).length).toBe(all);
    await keys('Escape', 'Control+Home', 'Control+f');
    await find.press('Enter');
    await keys('Escape', 'Shift+F12');
    await region('Documents').locator('.peekview-widget .monaco-list-row').first().waitFor();
    await keys('Escape', 'F2');
    await page.locator('.rename-input').waitFor();
    await keys('Escape', 'Escape');
  });

  it('format, and go to a part of the document', async () => {
    await openDocument('steps');
    await keys('Shift+Alt+f');
    await expect.poll(seen).toContain('iova: 0x20000000, size: 4K }');
    await keys('Control+Shift+o');
    await page.keyboard.type('dma');
    await page.locator('.quick-input-widget .monaco-list-row').filter({ hasText: 'dma' }).first().waitFor();
    await keys('Escape');
  });

  it('compare the documents with those of the last run', async () => {
    await keys('Control+Alt+d');
    await region('Documents').getByText('The last run on the left').waitFor();
    await region('Documents').locator('.monaco-diff-editor .line-insert').first().waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await keys('Control+Alt+d');
  });

  it('name the invalidation that a run missed, add it, and the run is right', async () => {
    await openDocument('steps');
    await keys('Control+End');
    await page.keyboard.insertText('- dma: { device: nic0, iova: 0x20000000, access: read }\n');
    await keys('F5');
    const missing = problems().getByRole('button', { name: /^stale/ });
    await missing.first().waitFor();
    await keys('Alt+F8');
    await takeFix(/Add CMD_TLBI_\w+ \+ CMD_SYNC behind step \d+/);
    await expect.poll(seen).toContain('- command: { CMD_TLBI_NH_VA: {');
    await keys('F5');
    await expect.poll(() => missing.count()).toBe(0);
    await keys('Control+Alt+d');
    await region('Documents').getByText('No difference').waitFor();
    await keys('Control+Alt+d');
  });

  it('has nothing that axe calls serious, in the dark, in the light, in high contrast', async () => {
    for (let theme = 0; theme < 3; theme++) {
      await keys('Control+Alt+t');
      expect(await violationsOf(page)).toEqual([]);
    }
  });

  it('did all that without a complaint', () => {
    expect(lab.complaints).toEqual([]);
  });
});

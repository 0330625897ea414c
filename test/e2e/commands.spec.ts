// Every command by its name, every place by what one knows of it: the palette, quick open, Go to, and back again.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import type { Lab } from './lab.ts';
import { closing } from './lab.ts';
import { launchLab } from './launch.ts';

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await launchLab();
  page = lab.page;
  await page.getByRole('row').filter({ hasText: 's2.invalid' }).waitFor();
  await page.locator('.monaco-editor .view-line').first().waitFor();
});
afterAll(() => lab?.close());

const region = (name: string): Locator => page.getByRole('region', { name, exact: true });
const selectedRow = (): Locator => page.getByRole('grid', { name: 'Transactions' }).locator('[aria-selected="true"]');
const option = (text: string): Locator => page.getByRole('option').filter({ hasText: text });

async function ask(keys: string, text: string): Promise<void> {
  await page.keyboard.press(keys);
  await page.getByRole('dialog').getByRole('combobox').waitFor();
  await page.keyboard.type(text);
}

it('finds a command by letters of its name, with its keys, also from inside an editor', async () => {
  await page.keyboard.press('1');
  await ask('Control+Shift+p', 'gototrace');
  await option('Go to Trace').first().waitFor();
  await page.getByRole('option', { selected: true }).filter({ hasText: 'l' }).waitFor();
  await page.keyboard.press('Enter');
  await region('Trace').waitFor();
});

it('shows a command that cannot be run now as such', async () => {
  await ask('Control+Shift+p', 'stop');
  await page.getByRole('option', { disabled: true }).filter({ hasText: 'Stop' }).waitFor();
  await page.keyboard.press('Escape');
});

it('goes to a transaction by its number, and back', async () => {
  await page.keyboard.press('2');
  await selectedRow().filter({ hasText: 's2.invalid' }).waitFor();
  await ask('Control+g', '2');
  await option('Transaction 2').waitFor();
  await page.keyboard.press('Enter');
  await selectedRow().filter({ hasText: 'tlb.hit' }).waitFor();
  await page.keyboard.press('Alt+ArrowLeft');
  await selectedRow().filter({ hasText: 's2.invalid' }).waitFor();
  await page.keyboard.press('Alt+ArrowRight');
  await selectedRow().filter({ hasText: 'tlb.hit' }).waitFor();
});

it('filters by an address that is typed, and opens a register', async () => {
  await ask('Control+p', 'iova:0x3000_0abc');
  await page.keyboard.press('Enter');
  await region('Transactions').getByText('1 of 5').waitFor();
  await ask('Control+p', 'reg:strtabbase');
  await page.keyboard.press('Enter');
  await region('Registers').waitFor();
  await region('Record').getByText('STRTAB_BASE').first().waitFor();
  await ask('Control+p', 'nic0');
  await option('device, StreamID 0x10').waitFor();
  await page.keyboard.press('Enter');
  await region('Transactions').getByText('5 of 5').waitFor();
  await ask('Control+p', '0x4000_1000');
  await option('Memory at PA 0x40001000').waitFor();
  await page.keyboard.press('Escape');
});

it('copies the record on show as C, and the transaction as a step', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']).catch(() => undefined);
  await page.keyboard.press('3');
  await page.keyboard.press('Home');
  await region('Record').getByText('F_TRANSLATION').first().waitFor();
  await page.keyboard.press('c');
  await page.getByRole('dialog', { name: 'Copy as' }).waitFor();
  await option('as a step that does it again').waitFor();
  await page.keyboard.type('fieldprep');
  await option('F_TRANSLATION as C').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  // Where SQLite cannot be loaded one line says so, all the time.
  expect((await page.locator('.message').allInnerTexts()).filter((text) => !text.startsWith('Labs cannot be saved here'))).toEqual([]);
  // Electron's page may write to the clipboard, not read it.
  if (process.env['SMMU_LAB_SURFACE'] !== 'electron') expect(await page.evaluate('navigator.clipboard.readText()')).toContain('FIELD_PREP(F_TRANSLATION_0_StreamID, 0x10)');
});

it('opens a sample by a part of its name', async () => {
  await ask('Control+p', 'devicewaits');
  await option('A device that waits').waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('2');
  await page.getByRole('row').filter({ hasText: 'stalled' }).first().waitFor();
});

it('complains of nothing', () => expect(lab.complaints).toEqual([]));

it('a violation of the policy of content fails the spec in which it happens', async () => {
  await page.evaluate("document.body.append(Object.assign(document.createElement('script'), { textContent: 'globalThis.ran = true' }))");
  await expect.poll(() => lab.complaints.join()).toContain('Content Security Policy');
  expect(await page.evaluate('globalThis.ran')).toBeUndefined();
  await expect(closing(lab.complaints, async () => undefined)()).rejects.toThrow('the content security policy was violated');
  (lab.complaints as string[]).length = 0;
});

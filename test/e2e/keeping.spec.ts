// Sessions with their notes and runs, recording, SQL, a bundle out of the window and in again: by keyboard where a key is meant.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { expectAccessible } from './accessibility.ts';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';

let lab: Lab;
let page: Page;
/** Keys without Ctrl belong to a field while it has the focus. */
const leaveField = (): Promise<void> => page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
/** The Electron that the tests have may be too old for SQLite's binding. */
let hasStore = true;
const region = (name: string): Locator => page.getByRole('region', { name, exact: true });

beforeAll(async () => {
  lab = await launchLab();
  page = lab.page;
  await page.getByRole('grid', { name: 'Transactions' }).waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const said = await page.getByLabel('Status', { exact: true }).getByText(/^(saved \d|cannot save: .{10})/).textContent();
  hasStore = said?.startsWith('saved') === true;
});
afterAll(() => lab?.close());

it('lists sessions with their runs, takes a tag and notes, and undoes them', async () => {
  await page.keyboard.press('h');
  const panel = region('Sessions');
  if (!hasStore) return panel.getByText('Sessions cannot be kept here').waitFor();
  const session = panel.getByRole('region', { name: 'Session' });
  await session.getByRole('cell', { name: /0 dropped/ }).waitFor();
  await session.getByLabel('Tag', { exact: true }).fill('nightly');
  await session.getByLabel('Tag', { exact: true }).press('Enter');
  await session.getByRole('button', { name: 'Remove tag nightly' }).waitFor();
  await session.getByLabel('Notes').fill('what the third access met');
  await session.getByLabel('Notes').blur();
  await panel.getByLabel('Search sessions').fill('third');
  await panel.getByRole('list', { name: 'Sessions' }).getByText('nightly').waitFor();
  await panel.getByLabel('Search sessions').fill('nowhere');
  await panel.getByText('No session has these words.').waitFor();
  await panel.getByLabel('Search sessions').fill('');
  await expectAccessible(page);
  await panel.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => session.getByLabel('Notes').inputValue()).toBe('');
  await panel.getByRole('button', { name: 'Check' }).click();
  await panel.getByText('The database is sound').waitFor();
});

it('asks the store, and says how it would go about it', async () => {
  await leaveField();
  await page.keyboard.press('Shift+l');
  const panel = region('SQL');
  if (!hasStore) return panel.getByText('There is no store to be asked').waitFor();
  await panel.getByRole('textbox', { name: 'SQL' }).fill('SELECT txn, status FROM transactions ORDER BY txn');
  await panel.getByRole('textbox', { name: 'SQL' }).press('Control+Enter');
  await panel.getByText(/^5 rows, /).waitFor();
  await panel.getByRole('button', { name: 'Explain' }).click();
  await panel.getByRole('list', { name: 'Plan' }).getByText(/SCAN/).first().waitFor();
  await expectAccessible(page);
});

it('hands a bundle on, and takes it in when it is dropped on the window', async () => {
  await page.keyboard.press('Control+Alt+e');
  const dialog = page.getByRole('dialog', { name: 'Export' });
  await dialog.getByText('Registers and memory').waitFor();
  await expectAccessible(page);
  // The desktop asks with a dialog of its own, which no test can answer.
  if (process.env['SMMU_LAB_SURFACE'] === 'electron') return page.keyboard.press('Escape');
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export ...' }).click();
  const bytes = readFileSync(await (await download).path());
  await dialog.getByText(/^Saved as .*\.smmulab\. \d+ parts; .* 5 transactions, 1 fault; registers and memory after step \d+; digest/).waitFor();
  await page.keyboard.press('Escape');

  await dropFile(bytes, 'theirs.smmulab');
  const arrived = page.getByRole('dialog', { name: 'Bundle theirs.smmulab' });
  await arrived.getByText(/parts, each as its hash says/).waitFor();
  await expectAccessible(page);
  await arrived.getByRole('button', { name: 'Replay' }).click();
  await arrived.getByText('The same trace').waitFor();
  await arrived.getByRole('button', { name: 'Import as a session' }).click();
  await arrived.waitFor({ state: 'detached' });
  await page.getByRole('grid', { name: 'Transactions' }).getByRole('row').filter({ hasText: 'nic0' }).nth(4).waitFor();

  await dropFile(bytes.subarray(0, bytes.length / 2), 'half.smmulab');
  const half = page.getByRole('dialog', { name: 'Bundle half.smmulab' });
  await half.getByRole('alert').getByText('half.smmulab').waitFor();
  expect(await half.getByRole('button', { name: 'Import as a session' }).count()).toBe(0);
  await page.keyboard.press('Escape');
});

it('records as it is told, and says what is not there', async () => {
  await leaveField();
  await page.keyboard.press('i');
  const panel = region('Recording');
  await panel.getByRole('radio', { name: /only faults/ }).check();
  await panel.getByLabel('Records before each fault').fill('2');
  await panel.getByLabel('Records before each fault').blur();
  await panel.getByRole('button', { name: 'Reset now' }).click();
  await page.keyboard.press('F5');
  await panel.getByText('none: the trace is not complete').waitFor();
  await expectAccessible(page);
  await panel.getByRole('radio', { name: 'all', exact: true }).check();
  await panel.getByRole('button', { name: 'Reset now' }).click();
  await page.keyboard.press('F5');
  await page.getByLabel('Status', { exact: true }).getByText(/^digest/).waitFor();
  expect(lab.complaints).toEqual([]);
});

async function dropFile(bytes: Buffer, name: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([base64, file]) => {
      const dropped = new DataTransfer();
      dropped.items.add(new File([Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))], file));
      return dropped;
    },
    [bytes.toString('base64'), name] as const,
  );
  await page.dispatchEvent('.window', 'drop', { dataTransfer });
}

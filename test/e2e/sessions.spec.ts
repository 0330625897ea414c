// A lab is there again after the program ended; where it cannot be saved, the window says why.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, expect, it } from 'vitest';
import { launchLab } from './launch.ts';

const data = mkdtempSync(join(tmpdir(), 'smmu-lab-sessions-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** Until the journal has it. */
async function typeAndKeep(page: Page, text: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: 'steps document' });
  await editor.focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.insertText(text);
  await editor.blur();
  await page.keyboard.press('h');
  await page.getByRole('region', { name: 'Sessions' }).locator('button:enabled', { hasText: /^Undo$/ }).waitFor();
}

/** An editor's own undo ends with what was typed in this visit; the same keys go on from there, and come back. */
async function undoAcrossVisits(page: Page): Promise<void> {
  const seen = async (): Promise<string> => (await page.getByRole('region', { name: 'Documents' }).locator('.view-line').allTextContents()).join(' ').replaceAll('\u00a0', ' ');
  await expect.poll(seen).toContain('# of the first visit');
  await page.getByRole('textbox', { name: 'steps document' }).focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.insertText('#second');
  await expect.poll(seen).toContain('#second# of the first');
  await page.keyboard.press('Control+z');
  await expect.poll(seen).not.toContain('second');
  await expect.poll(seen).toContain('# of the first visit');
  await page.keyboard.press('Control+z');
  await expect.poll(seen).not.toContain('# of the first visit');
  await page.keyboard.press('Control+y');
  await expect.poll(seen).toContain('# of the first visit');
  await page.keyboard.press('Control+Shift+z');
  await expect.poll(seen).toContain('#second# of the first');
}

it('keeps the documents and the run of a session, or says why it cannot; undo goes on into earlier visits', async () => {
  const first = await launchLab(data);
  let saved = '';
  try {
    const status = first.page.getByLabel('Status');
    await first.page.getByRole('grid', { name: 'Transactions' }).waitFor();
    await first.page.getByRole('button', { name: 'Run', exact: true }).click();
    saved = (await status.getByText(/^(saved \d|cannot save: .{10})/).textContent()) ?? '';
    if (saved.startsWith('saved')) await typeAndKeep(first.page, '# of the first visit');
  } finally {
    await first.close();
  }
  // The Electron that the tests have may be too old for SQLite's binding: that it says so is all there is to see.
  if (saved.startsWith('cannot save')) return;

  const second = await launchLab(data);
  try {
    const { page } = second;
    await page.getByRole('button', { name: 'Sessions' }).click();
    const dialog = page.getByRole('dialog', { name: 'Open a saved session' });
    const run = dialog.getByRole('button', { name: '1 run', exact: true });
    await run.waitFor();
    expect(await dialog.getByRole('listitem').count()).toBe(1);
    await run.click();
    await dialog.getByRole('button', { name: /5 transactions, 1 fault/ }).click();
    await expect.poll(() => page.getByRole('grid', { name: 'Transactions' }).getByRole('row').filter({ hasText: 'nic0' }).count()).toBe(5);
    await undoAcrossVisits(page);
    expect(second.complaints).toEqual([]);
  } finally {
    await second.close();
  }
});

// A lab is there again after the program ended; where it cannot be saved, the window says why.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { launchLab } from './launch.ts';

const data = mkdtempSync(join(tmpdir(), 'smmu-lab-sessions-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

it('keeps the documents and the run of a session, or says why it cannot', async () => {
  const first = await launchLab(data);
  let saved = '';
  try {
    const status = first.page.getByLabel('Status');
    await first.page.getByRole('grid', { name: 'Transactions' }).waitFor();
    await first.page.getByRole('button', { name: 'Run', exact: true }).click();
    saved = (await status.getByText(/^(saved \d|cannot save: .{10})/).textContent()) ?? '';
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
    expect(second.complaints).toEqual([]);
  } finally {
    await second.close();
  }
});

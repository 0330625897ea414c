// The gallery, as a user goes through it.
import type { Page } from 'playwright-core';

/** Opens a sample by the beginning of its entry; it is run when it is opened. */
export async function openSample(page: Page, entry: RegExp): Promise<void> {
  await page.getByRole('grid', { name: 'Transactions' }).waitFor();
  await page.getByRole('button', { name: 'Samples' }).click();
  await page.getByRole('dialog').getByRole('button', { name: entry }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

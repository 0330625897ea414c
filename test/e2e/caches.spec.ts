// The missing invalidation, by keyboard alone: a stale hit, the TLB entry behind it, the command that would have removed it, the walk of now beside what was held.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { expectAccessible } from './accessibility.ts';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';
import { openSample } from './samples.ts';

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await launchLab();
  page = lab.page;
  await openSample(page, /^The TLB entry that stayed/);
  await page.keyboard.press('Control+Shift+F5');
  await page.getByLabel('Status').getByText('step 0 of 24').waitFor();
  await page.getByRole('grid', { name: 'Transactions' }).focus();
  for (let step = 1; step <= 5; step++) {
    await page.keyboard.press('F10');
    await page.getByLabel('Status').getByText(`step ${step} of 24`).waitFor();
  }
});
afterAll(() => lab?.close());

const region = (name: string): Locator => page.getByRole('region', { name, exact: true });
const entries = (): Locator => page.getByRole('grid', { name: 'Cache entries' });

describe('a missing invalidation in the window', () => {
  it('t shows the entry that answered, marked stale, with the word that changed and the command that was missing', async () => {
    await page.keyboard.press('t');
    const stale = entries().getByRole('row').filter({ hasText: 'stale' });
    await stale.filter({ hasText: 'VMID 1 ASID 3' }).waitFor();
    await entries().focus();
    for (let row = 0; row < 3; row++) await page.keyboard.press('j');
    const chosen = page.getByRole('region', { name: 'Chosen entry' });
    await chosen.getByText('changed by guest vm0 in step 4').waitFor();
    await chosen.getByText('CMD_TLBI_NH_VA VMID=1 ASID=3 Address=0x50000000 Leaf=1').waitFor();
    await expectAccessible(page);
  });

  it('previews a command before it is sent', async () => {
    const command = region('Caches').getByLabel('Before it is sent');
    await command.focus();
    await page.keyboard.type('CMD_TLBI_NH_VA VMID=1 ASID=4 Address=0x50000000');
    await region('Caches').getByText('would remove nothing; 1 stale entry would stay').waitFor();
    await command.fill('CMD_TLBI_NH_ASID VMID=1 ASID=3');
    await region('Caches').getByText('would remove 2 entries, 1 of them stale').waitFor();
    await entries().getByRole('row').filter({ hasText: 'would go' }).first().waitFor();
    await page.getByLabel('Status').getByText('step 5 of 24').waitFor();
  });

  it('puts the walk of now beside what the TLB held', async () => {
    await entries().focus();
    await page.keyboard.press('Shift+W');
    const walk = region('Walk');
    await walk.getByText('1 cell of the walk now read otherwise.').waitFor();
    await walk.getByText('CMD_TLBI_NH_VA VMID=1 ASID=3 Address=0x50000000 Leaf=1').waitFor();
    const leaf = page.getByRole('table', { name: 'Walk then and now' }).getByRole('row', { name: /^S1 L3/ });
    await leaf.getByText('0000000080800f43').waitFor();
    await leaf.getByText('0000000080900f43').waitFor();
    await expectAccessible(page);
    await page.getByRole('grid', { name: 'Transactions' }).focus();
    await page.keyboard.press('Shift+W');
  });

  it('goes through a walk read by read, and back', async () => {
    await page.keyboard.press('k');
    const walk = region('Walk');
    await walk.getByText('10 of 24 reads').waitFor();
    for (let step = 0; step < 3; step++) await page.keyboard.press(']');
    await walk.getByText('cell 3 of 14, 3 reads so far').waitFor();
    await page.keyboard.press('[');
    await walk.getByText('cell 2 of 14, 2 reads so far').waitFor();
    await expectAccessible(page);
    await page.getByRole('grid', { name: 'Nested walk' }).focus();
    await page.keyboard.press('Escape');
    await walk.getByText('reads so far').waitFor({ state: 'detached' });
  });

  it('saves the walk as SVG', async () => {
    // What Electron does with a download is a native dialog: the link that starts it is caught.
    await page.evaluate("HTMLAnchorElement.prototype.click = function () { document.title = this.download + ' ' + this.protocol; }");
    await page.keyboard.press('Control+Alt+s');
    await expect.poll(() => page.title()).toBe('walk-1.svg blob:');
  });

  it('complains of nothing', () => {
    expect(lab.complaints).toEqual([]);
  });
});

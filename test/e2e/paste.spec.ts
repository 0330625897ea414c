// A kernel log line pasted on first start, a paste outside any editor, a file dropped on the window: each decoded in one step.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { expectAccessible } from './accessibility.ts';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';

const fixture = (name: string): URL => new URL(`../fixtures/imports/${name}`, import.meta.url);
const LINES = readFileSync(fixture('mail.txt'), 'utf8');

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await launchLab(undefined, { welcome: true });
  page = lab.page;
  await page.getByRole('dialog').getByText('Welcome to SMMU Lab').waitFor();
  // Behind the welcome the first lab opens, and with it its layout.
  await page.getByRole('grid', { name: 'Transactions' }).getByRole('row').nth(1).waitFor();
});
afterAll(() => lab?.close());

const decoded = (text: string): Promise<void> => page.getByRole('grid', { name: 'Decoded records' }).getByRole('row').filter({ hasText: text }).first().waitFor();

it('the box of the welcome takes what is pasted and shows what it means, with cause and section', async () => {
  const box = page.getByRole('textbox', { name: 'Paste a kernel log line' });
  await box.focus();
  await page.keyboard.insertText(LINES);
  await decoded('F_TRANSLATION');
  const record = page.getByRole('region', { name: 'Record' });
  await record.getByText('Stage 1 has no valid descriptor for a read of 0xbad00000 by StreamID 0x20').waitFor();
  await record.getByText('IHI 0070 7.3.13').first().waitFor();
  expect(await page.getByRole('dialog').count()).toBe(0);
  await expectAccessible(page);
});

it('Ctrl+V outside an editor decodes what the clipboard holds', async () => {
  const box = page.getByRole('textbox', { name: 'Text to decode' });
  await box.fill('arm-smmu-v3 arm-smmu-v3.0.auto: CMDQ error (cons 0x03000003): ATC invalidate timeout');
  await decoded('CERROR_ATC_INV_SYNC');
  await box.press('ControlOrMeta+A');
  await box.press('ControlOrMeta+C');
  await box.fill('');
  await page.getByRole('grid', { name: 'Transactions' }).focus();
  await page.keyboard.press('ControlOrMeta+V');
  await decoded('CERROR_ATC_INV_SYNC');
  await page.getByRole('region', { name: 'Record' }).getByText('a device did not answer a CMD_ATC_INV before it').waitFor();
});

it('a file dropped on the window is decoded by its content; an IORT names the StreamIDs of what comes after it', async () => {
  const bytes = [...readFileSync(fixture('iort-qemu-10.aml'))];
  const data = await page.evaluateHandle((content) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(content)], 'iort.aml'));
    return transfer;
  }, bytes);
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
  await decoded('SMMUv3');
  await page.getByRole('region', { name: 'Decode' }).getByText('iort.aml').waitFor();
  await page.getByRole('textbox', { name: 'Text to decode' }).fill(LINES);
  await page.getByRole('region', { name: 'Record' }).getByText('StreamID 0x20 is PCI 0000 00:04.0').waitFor();
  expect(lab.complaints).toEqual([]);
});

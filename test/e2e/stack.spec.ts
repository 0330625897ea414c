// A lab of the whole stack: its path hop by hop, its queues at every level, another uAPI; one window for all of it, in order.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { violationsOf } from './accessibility.ts';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';
import { openSample } from './samples.ts';

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await launchLab();
  page = lab.page;
  await openSample(page, /^The nested stack: a tour/);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('row').filter({ hasText: 's2.invalid' }).waitFor();
});
afterAll(() => lab?.close());

const region = (name: string): Locator => page.getByRole('region', { name });
const path = (): Locator => page.getByRole('grid', { name: /^Path of/ });
const hop = (text: string): Locator => path().getByRole('row').filter({ hasText: text });

describe('a stack lab in the window', () => {
  it('shows the path of a fault, from the device to the log of the guest, by keyboard', async () => {
    await page.getByRole('grid', { name: 'Transactions' }).getByRole('row').filter({ hasText: 's1.invalid' }).click();
    await page.keyboard.press('p');
    for (const text of ['nic0 read', 'iommu_report_device_fault', 'DMA FAULT region', 'inject']) await hop(text).waitFor();
    await path().press('Home');
    await path().press('End');
    await region('Path').getByText('no driver of the guest handles faults of the device', { exact: true }).waitFor();
    await region('Path').getByText('-EINVAL (invalid argument)', { exact: true }).waitFor();
  });

  it('shows the bytes that crossed, member by member', async () => {
    await hop('DMA FAULT region').click();
    await region('Record').getByRole('gridcell', { name: 'reason', exact: true }).waitFor();
    await region('Record').getByText('PTE_FETCH').waitFor();
  });

  it('shows how far each fault came, and the queues it went through', async () => {
    await page.getByRole('tab', { name: 'Queues' }).click();
    const faults = page.getByRole('grid', { name: 'Faults at every level' });
    await faults.getByRole('row').filter({ hasText: 'lost' }).filter({ hasText: 'stage 2 is the host' }).waitFor();
    await region('Queues').getByRole('button', { name: /^DMA FAULT region/ }).click();
    await page.getByRole('grid', { name: 'Slots of the DMA FAULT region of nic0' }).getByRole('row').filter({ hasText: 'taken' }).click();
    await region('Record').getByText(/Slot 0 of the DMA FAULT region/).waitFor();
  });

  it('runs on another uAPI without a change to the document', async () => {
    await page.getByLabel('uAPI').selectOption('iommufd');
    await region('Queues').getByRole('button', { name: /^vEVENTQ/ }).waitFor();
    await page.getByRole('tab', { name: 'Path' }).click();
    await page.getByRole('row').filter({ hasText: 's1.invalid' }).click();
    await hop('vEVENTQ').waitFor();
    await page.getByLabel('uAPI').selectOption('');
    await hop('DMA FAULT region').waitFor();
  });

  it.each(['dark', 'light'] as const)('is accessible, %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    for (const tab of ['Path', 'Queues']) {
      await page.getByRole('tab', { name: tab }).click();
      expect(await violationsOf(page)).toEqual([]);
    }
  });

  it('complains of nothing', () => {
    expect(lab.complaints).toEqual([]);
  });
});

// Structures, registers and memory of a machine, by keyboard: down to a leaf, a field written as a step and taken back, the bytes of a CD.
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
  await page.getByLabel('Status').getByText('step 24 of 24').waitFor();
  await page.getByRole('grid', { name: 'Transactions' }).focus();
});
afterAll(() => lab?.close());

const region = (name: string): Locator => page.getByRole('region', { name, exact: true });
const grid = (name: string): Locator => page.getByRole('grid', { name, exact: true });

describe('the machine in the window', () => {
  it('opens the structures down to the leaf of an address, whose they are and bit by bit', async () => {
    await page.keyboard.press('Shift+U');
    const tree = grid('Structures in memory');
    await tree.getByRole('row').filter({ hasText: 'S1 L2 [128]' }).waitFor();
    await tree.getByRole('row').filter({ hasText: 'CD 0' }).getByText("guest's").waitFor();
    await tree.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await region('Record').getByRole('gridcell', { name: 'S2T0SZ', exact: true }).waitFor();
    await expectAccessible(page);
  });

  it('writes an illegal field as a step, names the rule, and takes it back with Ctrl+Z', async () => {
    const form = region('Structures').locator('form');
    await form.getByLabel('Write').selectOption('S2T0SZ');
    await form.getByLabel('New value').fill('12');
    await page.keyboard.press('Enter');
    await page.getByLabel('Status').getByText('step 25 of 25').waitFor();
    await region('Structures').getByText('C_BAD_STE').first().waitFor();
    await expectAccessible(page);
    await grid('Structures in memory').focus();
    await page.keyboard.press('Control+z');
    await page.getByLabel('Status').getByText('step 24 of 24').waitFor();
    await region('Structures').getByText('C_BAD_STE').first().waitFor({ state: 'detached' });
  });

  it('lists the registers; a write is a step, and what it changed is marked', async () => {
    await page.keyboard.press('r');
    const registers = grid('Registers');
    await registers.getByRole('row').filter({ hasText: 'CR0ACK' }).first().waitFor();
    await region('Registers').getByLabel('Register name').fill('CR0');
    await registers.focus();
    await page.keyboard.press('Home');
    await region('Record').getByRole('gridcell', { name: 'SMMUEN', exact: true }).waitFor();
    await expectAccessible(page);
    await region('Registers').locator('form input').fill('0xc');
    await page.keyboard.press('Enter');
    await registers.getByRole('row').filter({ hasText: '0xc' }).first().waitFor();
    await registers.focus();
    await page.keyboard.press('Control+z');
    await page.getByLabel('Status').getByText('step 24 of 24').waitFor();
  });

  it('shows memory with what lies in it, goes to an address and names the field under the caret', async () => {
    await page.keyboard.press('m');
    const panel = region('Memory');
    await panel.getByLabel('Go to', { exact: true }).fill('0x44000000');
    await page.keyboard.press('Enter');
    await panel.getByText('T0SZ [5:0]').waitFor();
    await grid('Memory').focus();
    await page.keyboard.press('ArrowRight');
    await panel.getByText('TG0 [7:6]').waitFor({ state: 'detached' });
    await grid('Memory').getByRole('row').filter({ hasText: 'CD of gpu0' }).first().getByText("guest's").waitFor();
    await expectAccessible(page);
    await panel.getByLabel('of SID').fill('0x8');
    await panel.getByLabel('Go to', { exact: true }).fill('0x50001000');
    await page.keyboard.press('Enter');
    await panel.getByText('leads nowhere: F_TRANSLATION').waitFor();
  });

  it('complains of nothing', () => {
    expect(lab.complaints).toEqual([]);
  });
});

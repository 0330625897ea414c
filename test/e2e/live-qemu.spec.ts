// A lab beside a QEMU of its owner's: the real one where SMMU_LAB_QEMU or the usual place has it, else a stand-in.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { standIn } from '../qemu/stand-in-program.ts';
import { expectAccessible } from './accessibility.ts';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';

const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-e2e-qemu-'));
const installed = process.env['SMMU_LAB_QEMU'] ?? '/usr/bin/qemu-system-aarch64';
const isReal = existsSync(installed);
let lab: Lab;
let page: Page;
let panel: Locator;
beforeAll(async () => {
  lab = await launchLab(undefined, { qemu: isReal ? installed : standIn(folder) });
  page = lab.page;
  await page.getByRole('grid', { name: 'Transactions' }).waitFor();
  await page.keyboard.press('Control+3');
  panel = page.getByRole('region', { name: 'Compare', exact: true });
  await panel.getByText('A live QEMU').click();
});
afterAll(async () => {
  await lab?.close();
  rmSync(folder, { recursive: true });
});

it(`shows what would be started, starts it when that was looked at, and says why ${isReal ? 'a real QEMU' : 'its stand-in'} answers otherwise`, async () => {
  // The server's owner named it; on a desktop the user chooses it in a dialog of the system.
  if (process.env['SMMU_LAB_SURFACE'] === 'electron') await panel.getByRole('button', { name: 'Choose a QEMU ...' }).click();
  await panel.getByRole('button', { name: 'Compare ...' }).click();
  const question = page.getByRole('dialog', { name: 'Start this QEMU?' });
  await question.getByText(/says that it is QEMU \d+\.\d+/).waitFor();
  expect(await question.getByRole('list', { name: 'Arguments' }).innerText()).toMatch(/-nodefaults[\s\S]*unix:SOCKETS\/qtest/);
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Start and compare' }).click();

  await panel.getByText(/^QEMU .*: 5 transactions, 4 equal, 1 explained, 0 findings\.$/).waitFor();
  const details = panel.getByRole('region', { name: 'The answers' });
  await details.getByRole('list', { name: 'Why' }).getByText('The IPA field of an event holds IPA[11:0] too').waitFor();
  expect(await details.getByRole('row', { name: /event dword 3/ }).innerText()).toMatch(/≠ differs\s+0x00000000a0000000\s+0x00000000a0000010/);
  const answers = panel.getByRole('grid', { name: 'Answers' });
  await answers.getByRole('row').filter({ hasText: '= equal' }).first().click();
  await details.getByText('Both answer the same').waitFor();
  await page.locator('body').press('F7');
  await expect.poll(() => answers.getByRole('row', { selected: true }).innerText()).toMatch(/≠ explained/);
  await expectAccessible(page);
  expect(lab.complaints).toEqual([]);
});

it('starts nothing when the question is dismissed', async () => {
  await panel.getByRole('button', { name: 'Compare ...' }).click();
  const question = page.getByRole('dialog', { name: 'Start this QEMU?' });
  await question.waitFor();
  await page.keyboard.press('Escape');
  await question.waitFor({ state: 'detached' });
  await panel.getByRole('button', { name: 'Compare ...' }).waitFor();
  expect(lab.complaints).toEqual([]);
});

// A store that another program has when the lab starts: the window says so, and has it once it is free.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible } from '../accessibility.ts';
import type { Lab } from '../lab.ts';
import { launchLab } from '../launch.ts';

const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-e2e-store-'));
const data = join(folder, 'data');
let other: Database.Database;
let lab: Lab;
beforeAll(async () => {
  mkdirSync(data);
  other = new Database(join(data, 'lab.sqlite3'));
  other.exec('BEGIN EXCLUSIVE');
  lab = await launchLab(data);
});
afterAll(async () => {
  await lab?.close();
  if (other.open) other.close();
  rmSync(folder, { recursive: true });
});

it('says that it is locked, tries again, and saves once it is free', async () => {
  const { page } = lab;
  const banner = page.getByRole('alert').filter({ hasText: 'the database is locked by another program' });
  await banner.getByText(/^Labs cannot be saved here/).waitFor();
  await page.getByRole('grid', { name: 'Transactions' }).getByRole('row').nth(3).waitFor();
  await expectAccessible(page);
  await banner.getByRole('button', { name: 'Try again' }).click();
  await banner.getByText(/^Labs still cannot be saved here/).waitFor();
  other.close();
  await banner.getByRole('button', { name: 'Try again' }).click();
  await banner.waitFor({ state: 'detached' });
  await page.keyboard.press('F5');
  await page.getByLabel('Status', { exact: true }).getByText(/^saved \d/).waitFor();
  expect(lab.complaints).toEqual([]);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await launchLab();
});
afterAll(() => lab?.close());

it('opens on the lab, with an editor for each document, and nothing to complain about', async () => {
  await lab.page.locator('.monaco-editor').first().waitFor();
  expect(await lab.page.title()).toContain('SMMU Lab');
  expect(lab.complaints).toEqual([]);
});

// A folder of registers and memory that a real kernel left behind, opened and asked.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { captureFolder } from '../cli/captures.ts';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';

const folder = captureFolder('nestedhand-6.12');

let lab: Lab;
beforeAll(async () => {
  lab = await launchLab();
  await lab.page.getByRole('grid', { name: 'Transactions' }).waitFor();
});
afterAll(() => lab?.close());

it('opens the capture that came with the lab', async () => {
  const { page } = lab;
  await page.getByRole('button', { name: 'Capture', exact: true }).click();
  await page
    .getByRole('list', { name: 'Came with the lab' })
    .getByRole('button', { name: /nestedhand-6\.12/ })
    .click();
  const streams = page.getByRole('region', { name: 'Capture' }).getByRole('list', { name: 'Streams' });
  await streams.getByRole('button', { pressed: true }).filter({ hasText: 'nested' }).waitFor();
});

it('translates in the memory of a Linux kernel, and shows the walk', async () => {
  const { page } = lab;
  await page.getByRole('button', { name: 'Capture', exact: true }).click();
  await page.getByLabel('Capture folder').setInputFiles(folder);
  const panel = page.getByRole('region', { name: 'Capture' });
  await panel.getByRole('list', { name: 'Streams' }).getByRole('button').filter({ hasText: 'nested' }).first().click();
  await panel.getByRole('list', { name: 'Known translations of the stream' }).getByRole('button').first().click();
  await page
    .getByRole('grid', { name: 'Nested walk' })
    .getByRole('row', { name: /^Final IPA/ })
    .waitFor();
  expect(lab.complaints).toEqual([]);
});

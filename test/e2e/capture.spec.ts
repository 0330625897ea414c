// A folder of registers and memory that a real kernel left behind, opened and asked.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { captureFolder } from '../cli/captures.ts';
import { fixture } from '../dumps/fixtures.ts';
import { expectAccessible } from './accessibility.ts';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';

const folder = captureFolder('nestedhand-6.12');
/** Within a row, where no address chip takes the click. */
const BESIDE_CHIPS = { x: 8, y: 8 };

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

it('opens a dump of memory with its registers, and says what is in it', async () => {
  const { page } = lab;
  await page.getByRole('button', { name: 'Capture', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Open a capture' });
  const dump = { name: 'vmcore', mimeType: 'application/octet-stream', buffer: Buffer.from(fixture('qemu-nestedhand.kdump')) };
  await dialog.getByLabel('Dump files').setInputFiles(dump);
  await dialog.getByText('missing IDR0 (offset 0x0)').waitFor();
  const registers = { name: 'registers.bin', mimeType: 'application/octet-stream', buffer: readFileSync(join(folder, 'registers.bin')) };
  await dialog.getByLabel('Dump files').setInputFiles([dump, registers]);
  const panel = page.getByRole('region', { name: 'Capture' });
  await panel.getByText('kdump-compressed dump, flattened, 1 GiB of memory').waitFor();
  await panel.getByRole('list', { name: 'Streams' }).getByRole('button').filter({ hasText: '0x28' }).click();
  await panel.getByRole('grid', { name: 'Mappings' }).getByRole('row').filter({ hasText: '0x41ef_6000' }).first().dblclick();
  await page.getByRole('grid', { name: 'Nested walk' }).getByRole('row', { name: /^Final IPA/ }).waitFor();
  await expectAccessible(page);
});

it('says which events still hold, what is wrong, and who reaches an address', async () => {
  const { page } = lab;
  const panel = page.getByRole('region', { name: 'Capture' });
  await panel.getByRole('tab', { name: 'Events' }).click();
  await panel.getByText('21 events in the queue, newest first; 21 would fault still').waitFor();
  await panel.getByRole('grid', { name: 'Events in the queue' }).getByRole('row').filter({ hasText: 'would fault still' }).first().dblclick({ position: BESIDE_CHIPS });
  await panel.getByRole('tab', { name: 'Findings' }).click();
  await panel.getByText('3 errors, 0 warnings, 5 for information').waitFor();
  const finding = panel.getByRole('grid', { name: 'Findings' }).getByRole('row').filter({ hasText: 'lint.map.structures' }).first();
  await finding.click({ position: BESIDE_CHIPS });
  await expectAccessible(page);
  await panel.getByRole('tab', { name: 'Who maps' }).click();
  await panel.getByRole('textbox', { name: 'PA' }).fill('0x41ef6900');
  await panel.getByRole('button', { name: 'Who reaches it?' }).click();
  await panel.getByRole('list', { name: 'Who reaches it' }).getByText('StreamID 0x28').waitFor();
  expect(lab.complaints).toEqual([]);
});

it('puts a pasted log beside the capture, and names its streams by a table of firmware', async () => {
  const { page } = lab;
  const log = readFileSync(join(captureFolder('ev-7.3'), 'dmesg-smmu.txt'), 'utf8');
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData('text/plain', text);
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, log);
  const panel = page.getByRole('region', { name: 'Decode' });
  await panel.getByText(/\d+ of 28 events would fault still/).waitFor();
  const row = panel.getByRole('grid', { name: 'Decoded records' }).getByRole('row').filter({ hasText: 'stage 1 level' }).first();
  await row.click({ position: BESIDE_CHIPS });
  await page.getByRole('region', { name: 'Record' }).getByText(/beside .*decided by the stage 1 level/).waitFor();
  await expectAccessible(page);
  await row.dblclick({ position: BESIDE_CHIPS });
  await page.getByRole('grid', { name: 'Nested walk' }).waitFor();
  const transfer = await page.evaluateHandle((content) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(content)], 'iort.aml'));
    return data;
  }, [...readFileSync(new URL('../fixtures/imports/iort-qemu-10.aml', import.meta.url))]);
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  await page.getByRole('region', { name: 'Capture' }).getByRole('list', { name: 'Streams' }).getByText('PCI 0000 00:05.0').waitFor();
});

it('opens a capture of events in Decode, each with what had been done before', async () => {
  const { page } = lab;
  await page.getByRole('button', { name: 'Capture', exact: true }).click();
  await page.getByLabel('Capture folder').setInputFiles(captureFolder('ev-6.1'));
  const grid = page.getByRole('grid', { name: 'Decoded records' });
  await grid.getByRole('row').filter({ hasText: 'C_BAD_STREAMID' }).first().click({ position: BESIDE_CHIPS });
  await page.getByRole('region', { name: 'Record' }).getByText(/case no-driver-bound; the access: r 0xbad00000/).waitFor();
  expect(lab.complaints).toEqual([]);
});

// What is done in the window before its picture is taken, in the words of a user.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { root } from '../runtime.mjs';

/** @typedef {import('playwright-core').Page} Page */

export const region = (/** @type {Page} */ page, /** @type {string} */ name) => page.getByRole('region', { name, exact: true });
export const dialog = (/** @type {Page} */ page, /** @type {string | RegExp} */ name) => page.getByRole('dialog', { name });
export const transactions = (/** @type {Page} */ page) => page.getByRole('grid', { name: 'Transactions' });
export const fixture = (/** @type {string} */ path) => join(root, 'test', 'fixtures', path);
export const status = (/** @type {Page} */ page) => page.getByLabel('Status', { exact: true });

/** Presses keys where no field takes them. */
export async function keys(/** @type {Page} */ page, /** @type {string[]} */ ...pressed) {
  await page.evaluate('document.activeElement?.blur()');
  for (const key of pressed) await page.keyboard.press(key);
}

/** A command by the whole of its title. */
export async function command(/** @type {Page} */ page, /** @type {string} */ title) {
  await page.keyboard.press('Control+Shift+p');
  await page.keyboard.type(title);
  await page.getByRole('option', { selected: true }).filter({ hasText: title }).waitFor();
  await page.keyboard.press('Enter');
}

/** Opens a sample lab and runs it to its end. */
export async function openSample(/** @type {Page} */ page, /** @type {RegExp} */ name) {
  await page.getByRole('button', { name: 'Samples' }).click();
  await page.getByRole('dialog').getByRole('button', { name }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const run = page.getByRole('button', { name: 'Run', exact: true });
  if (await run.isEnabled()) await run.click();
  await status(page).getByText('done').waitFor();
}

export async function runAgain(/** @type {Page} */ page) {
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await status(page).getByText(/^saved \d/).waitFor();
}

/** From the start again, a step at a time. */
export async function stepTo(/** @type {Page} */ page, /** @type {number} */ steps) {
  await page.getByRole('button', { name: 'Reset', exact: true }).click();
  for (let step = 0; step <= steps; step++) {
    if (step > 0) await page.getByRole('button', { name: 'Step', exact: true }).click();
    await status(page).getByText(`step ${step} of`).waitFor();
  }
}

export const selectFault = (/** @type {Page} */ page) => page.getByRole('row').filter({ hasText: 's2.invalid' }).click();

/** The access that the TLB entry which stayed has answered. */
export async function staleHit(/** @type {Page} */ page) {
  await openSample(page, /^The TLB entry that stayed/);
  await stepTo(page, 5);
  await transactions(page).focus();
}

/** The page request on its way, on the uAPI of the host document or on another. */
export async function stallInNested(/** @type {Page} */ page, uapi = '') {
  await openSample(page, /^A stall that the guest repairs/);
  if (uapi !== '') {
    await page.getByLabel('uAPI').selectOption(uapi);
    await status(page).getByText('done').waitFor();
  }
  await transactions(page).getByRole('row').filter({ hasText: 'gpu0' }).first().click();
}

/** Steps of the path from its last one back, to the one with such a hop. */
export async function pathWith(/** @type {Page} */ page, /** @type {string} */ text) {
  const before = page.getByRole('button', { name: 'Path of the step before' });
  for (let steps = 0; steps < 20 && (await hop(page, text).count()) === 0; steps++) {
    await before.click();
    await page.waitForTimeout(200);
  }
  await selectHop(page, text);
}

/** The first rows come before the rest: what is clicked while they still arrive is deselected. */
export async function selectHop(/** @type {Page} */ page, /** @type {string} */ text) {
  await hop(page, text).first().waitFor();
  await page.waitForTimeout(500);
  await hop(page, text).first().click();
}

export const hop = (/** @type {Page} */ page, /** @type {string} */ text) => page.getByRole('grid', { name: /^Path of/ }).getByRole('row').filter({ hasText: text });

/** A document in its editor, the caret at its end. */
export async function endOf(/** @type {Page} */ page, /** @type {'host' | 'guest' | 'steps'} */ document) {
  await region(page, 'Documents').getByRole('tab', { name: document }).click();
  await page.getByRole('textbox', { name: `${document} document` }).focus();
  await page.keyboard.press('ControlOrMeta+End');
}

/** The capture of the sample folder, and its nested stream. */
export async function openCapture(/** @type {Page} */ page) {
  await page.getByRole('button', { name: 'Capture', exact: true }).click();
  await page.getByLabel('Capture folder').setInputFiles(join(root, 'resources', 'captures', 'nestedhand-6.12'));
  await region(page, 'Capture').getByRole('list', { name: 'Streams' }).getByRole('button').filter({ hasText: 'nested' }).first().click();
}

/** A dump of memory with its registers, and one of its streams. */
export async function openDump(/** @type {Page} */ page) {
  await page.getByRole('button', { name: 'Capture', exact: true }).click();
  const mimeType = 'application/octet-stream';
  await page.getByLabel('Dump files').setInputFiles([
    { name: 'vmcore', mimeType, buffer: gunzipSync(readFileSync(fixture('dumps/qemu-nestedhand.kdump.gz'))) },
    { name: 'registers.bin', mimeType, buffer: readFileSync(join(root, 'resources', 'captures', 'nestedhand-6.12', 'registers.bin')) },
  ]);
  await region(page, 'Capture').getByRole('list', { name: 'Streams' }).getByRole('button').filter({ hasText: '0x28' }).click();
}

/** A tab of the capture's panel. */
export const captureTab = (/** @type {Page} */ page, /** @type {string} */ name) => region(page, 'Capture').getByRole('tab', { name }).click();

/** A file as if dropped on the window. */
export async function dropFile(/** @type {Page} */ page, /** @type {Buffer} */ bytes, /** @type {string} */ name) {
  // As text: it runs in the page, which has what Node lacks.
  const dataTransfer = await page.evaluateHandle(
    `(() => { const dropped = new DataTransfer(); dropped.items.add(new File([Uint8Array.from(atob('${bytes.toString('base64')}'), (one) => one.charCodeAt(0))], '${name}')); return dropped; })()`,
  );
  await page.dispatchEvent('.window', 'drop', { dataTransfer });
}

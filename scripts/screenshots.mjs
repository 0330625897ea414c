// docs/images from the real app, in both themes: `npm run screenshots`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launchLab } from '../test/e2e/launch.ts';
import { ensureBuilt } from './build.mjs';
import { displayForTests } from './display.mjs';
import { electronForTests } from './electron.mjs';
import { root, say } from './runtime.mjs';

/** @typedef {import('playwright-core').Page} Page */

const folder = join(root, 'docs', 'images');
const capture = join(root, 'resources', 'captures', 'nestedhand-6.12');

/** @type {Record<string, (page: Page) => Promise<void>>} What is done in a fresh window before the picture is taken. */
const VIEWS = {
  fault: async (page) => {
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('row').filter({ hasText: 's2.invalid' }).click();
    await page.getByRole('region', { name: 'Walk' }).getByRole('button', { name: 'Final IPA, S2 L2' }).click();
  },
  qemu: async (page) => {
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('row').filter({ hasText: 's2.invalid' }).click();
    await page.keyboard.press('Shift+q');
    await page.getByRole('region', { name: 'Walk' }).getByText('QEMU 11 would answer differently').waitFor();
  },
  walk: async (page) => {
    await page.getByRole('row').filter({ hasText: 'success' }).first().click();
    await page
      .getByRole('grid', { name: 'Nested walk' })
      .getByRole('row', { name: /^Final IPA/ })
      .waitFor();
  },
  log: async (page) => {
    await openSample(page, /^The TLB entry that stayed/);
    await page.getByRole('tab', { name: 'Log' }).click();
    await page.getByRole('region', { name: 'Log' }).getByText('Whole run').click();
    const log = page.getByRole('grid', { name: 'Log of whole run' });
    const removed = log.getByRole('row').filter({ hasText: /CMD_TLBI_NH_VA .* removed 1 cache entry/ });
    // Only the rows on screen exist.
    await log.press('Home');
    for (let pages = 0; pages < 20 && (await removed.count()) === 0; pages++) await log.press('PageDown');
    await removed.first().click();
    await page.getByRole('region', { name: 'Record' }).getByText('CMD_TLBI_NH_VA', { exact: true }).waitFor();
  },
  path: async (page) => {
    await openSample(page, /^The nested stack: a tour/);
    await page.getByRole('grid', { name: 'Transactions' }).getByRole('row').filter({ hasText: 's1.invalid' }).click();
    await page.getByRole('tab', { name: 'Path' }).click();
    await hop(page, 'DMA FAULT region').click();
    await page.getByRole('region', { name: 'Record' }).getByText('PTE_FETCH').waitFor();
  },
  'path-asid': async (page) => {
    await openSample(page, /^ASID -1 invalidates/);
    await page.getByRole('tab', { name: 'Path' }).click();
    const uapi = hop(page, 'VFIO_IOMMU_CACHE_INVALIDATE');
    const before = page.getByRole('button', { name: 'Path of the step before' });
    for (let steps = 0; steps < 20 && (await uapi.count()) === 0; steps++) {
      await before.click();
      await page.waitForTimeout(200);
    }
    await uapi.first().click();
    await page.getByRole('region', { name: 'Record' }).getByText('IOMMU_INV_GRANU_ADDR').waitFor();
  },
  queues: async (page) => {
    await openSample(page, /^F_CD_FETCH stays/);
    await page.getByRole('tab', { name: 'Queues' }).click();
    const faults = page.getByRole('grid', { name: 'Faults at every level' });
    await faults.getByRole('row').nth(1).waitFor();
    await faults.press('Home');
  },
  'bad-document': async (page) => {
    await page.getByRole('region', { name: 'Documents' }).getByRole('tab', { name: 'host' }).click();
    await page.getByRole('textbox', { name: 'host document' }).focus();
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.insertText('devises: []\n');
    await page.locator('.squiggly-error').first().waitFor();
  },
  capture: async (page) => {
    await page.getByRole('button', { name: 'Capture' }).click();
    await page.getByLabel('Capture folder').setInputFiles(capture);
    const panel = page.getByRole('region', { name: 'Capture' });
    await panel.getByRole('list', { name: 'Streams' }).getByRole('button').filter({ hasText: 'nested' }).first().click();
    await panel.getByRole('list', { name: 'Known translations of the stream' }).getByRole('button').first().click();
    await page
      .getByRole('grid', { name: 'Nested walk' })
      .getByRole('row', { name: /^Final IPA/ })
      .waitFor();
  },
};

/** Opens it and runs it to its end. */
async function openSample(/** @type {Page} */ page, /** @type {RegExp} */ name) {
  await page.getByRole('button', { name: 'Samples' }).click();
  await page.getByRole('dialog').getByRole('button', { name }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const run = page.getByRole('button', { name: 'Run', exact: true });
  if (await run.isEnabled()) await run.click();
  await page.getByLabel('Status').getByText('done').waitFor();
}

const hop = (/** @type {Page} */ page, /** @type {string} */ text) => page.getByRole('grid', { name: /^Path of/ }).getByRole('row').filter({ hasText: text });

/** `npm run screenshots [VIEW ...]`: all, or those named. */
export async function screenshots(/** @type {string[]} */ named) {
  await ensureBuilt(['main', 'preload', 'renderer']);
  mkdirSync(folder, { recursive: true });
  await takeAll('browser', named.length === 0 ? Object.keys(VIEWS) : named);
  if (named.length === 0) await inElectron();
  return 0;
}

/** One picture shows that it is the same window. */
async function inElectron() {
  const electron = electronForTests();
  if ('reason' in electron) return say(`no pictures of Electron: ${electron.reason}`);
  const screen = await displayForTests();
  try {
    if ('reason' in screen) return say(`no pictures of Electron: ${screen.reason}`);
    Object.assign(process.env, { SMMU_LAB_ELECTRON: electron.executable, DISPLAY: screen.display });
    await takeAll('electron', ['fault']);
  } finally {
    electron.dispose();
    if ('dispose' in screen) screen.dispose();
  }
}

async function takeAll(/** @type {'browser' | 'electron'} */ surface, /** @type {string[]} */ views) {
  process.env.SMMU_LAB_SURFACE = surface;
  for (const view of views) {
    for (const colorScheme of /** @type {const} */ (['dark', 'light'])) {
      await take(view, colorScheme, [view, ...(surface === 'electron' ? ['electron'] : []), colorScheme].join('-'));
    }
  }
}

async function take(/** @type {string} */ view, /** @type {'dark' | 'light'} */ colorScheme, /** @type {string} */ name) {
  const { page, close } = await launchLab();
  try {
    await page.emulateMedia({ colorScheme });
    await page.getByRole('grid', { name: 'Transactions' }).waitFor();
    // The first sample runs by itself.
    await page.getByLabel('Status').getByText('done').waitFor();
    await VIEWS[view]?.(page);
    // Nothing under the pointer, and every transition at its end.
    await page.mouse.move(0, 0);
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    say(`docs/images/${name}.png`);
  } finally {
    await close();
  }
}

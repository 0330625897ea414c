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
  compare: async (page) => {
    await openSample(page, /^F_CD_FETCH stays/);
    await page.keyboard.press('Control+3');
    await page.getByLabel('Depth').selectOption({ label: 'outcome: what shows' });
    await page.keyboard.press('Control+F7');
    await page.getByRole('region', { name: 'The difference' }).waitFor();
  },
  sessions: async (page) => {
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByLabel('Status').getByText(/^saved \d/).waitFor();
    await page.keyboard.press('h');
    await page.getByRole('region', { name: 'Session', exact: true }).getByRole('cell', { name: /0 dropped/ }).waitFor();
  },
  walk: async (page) => {
    await page.getByRole('row').filter({ hasText: 'success' }).first().click();
    await page
      .getByRole('grid', { name: 'Nested walk' })
      .getByRole('row', { name: /^Final IPA/ })
      .waitFor();
  },
  trace: async (page) => {
    await openSample(page, /^The TLB entry that stayed/);
    await page.getByRole('tab', { name: 'Trace' }).click();
    await page.getByRole('region', { name: 'Trace' }).getByText('Whole run').click();
    const log = page.getByRole('grid', { name: 'Trace of whole run' });
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
    await pathWith(page, 'VFIO_IOMMU_CACHE_INVALIDATE');
    await page.getByRole('region', { name: 'Record' }).getByText('IOMMU_INV_GRANU_ADDR').waitFor();
  },
  queues: async (page) => {
    await openSample(page, /^F_CD_FETCH stays/);
    await page.getByRole('tab', { name: 'Queues' }).click();
    const faults = page.getByRole('grid', { name: 'Faults at every level' });
    await faults.getByRole('row').nth(1).waitFor();
    await faults.press('Home');
  },
  'queues-stall': async (page) => {
    await stallInNested(page);
    await page.getByRole('tab', { name: 'Queues' }).click();
    await page.getByRole('grid', { name: 'Faults at every level' }).getByRole('row').nth(1).click();
  },
  'queues-stall-iommufd': async (page) => {
    await stallInNested(page, 'iommufd');
    await page.getByRole('tab', { name: 'Queues' }).click();
    await page.getByRole('grid', { name: 'Faults at every level' }).getByRole('row').nth(1).click();
  },
  'path-stall': async (page) => {
    await stallInNested(page);
    await page.getByRole('tab', { name: 'Path' }).click();
    await selectHop(page, 'DMA FAULT region');
  },
  'path-stall-iommufd': async (page) => {
    await stallInNested(page, 'iommufd');
    await page.getByRole('tab', { name: 'Path' }).click();
    await selectHop(page, 'FAULT_QUEUE');
  },
  stalls: async (page) => {
    await openSample(page, /^A device that waits/);
    await stepTo(page, 2);
    await page.getByRole('tab', { name: 'Stalled' }).click();
    await page.getByRole('table', { name: 'Stalled transactions' }).getByRole('row').filter({ hasText: 'nic0' }).waitFor();
  },
  caches: async (page) => {
    await staleHit(page);
    await page.keyboard.press('Shift+T');
    const entries = page.getByRole('grid', { name: 'Cache entries' });
    await entries.getByRole('row').filter({ hasText: 'VMID 1 ASID 3' }).first().click();
    await page.getByRole('region', { name: 'Chosen entry' }).getByText('CMD_TLBI_NH_VA VMID=1').waitFor();
    await page.getByLabel('Before it is sent').fill('CMD_TLBI_NH_ASID VMID=1 ASID=3');
    await page.getByRole('region', { name: 'Caches' }).getByText('would remove').waitFor();
  },
  beside: async (page) => {
    await staleHit(page);
    await page.keyboard.press('Shift+W');
    await page.getByRole('table', { name: 'Walk then and now' }).getByRole('row', { name: /^S1 L3/ }).waitFor();
  },
  structures: async (page) => {
    await openSample(page, /^The TLB entry that stayed/);
    await page.getByRole('grid', { name: 'Transactions' }).focus();
    await page.keyboard.press('Shift+U');
    const tree = page.getByRole('grid', { name: 'Structures in memory', exact: true });
    await tree.getByRole('row').filter({ hasText: 'S1 L2 [128]' }).waitFor();
    await tree.getByRole('row').filter({ hasText: 'CD 0' }).first().click();
    await page.getByRole('region', { name: 'Record' }).getByRole('gridcell', { name: 'T0SZ', exact: true }).waitFor();
  },
  registers: async (page) => {
    await page.keyboard.press('r');
    await page.getByRole('grid', { name: 'Registers' }).getByRole('row').filter({ hasText: 'IDR5' }).click();
    await page.getByRole('region', { name: 'Record' }).getByRole('gridcell', { name: 'OAS', exact: true }).waitFor();
  },
  memory: async (page) => {
    await openSample(page, /^The TLB entry that stayed/);
    await page.getByRole('grid', { name: 'Transactions' }).focus();
    await page.keyboard.press('m');
    const panel = page.getByRole('region', { name: 'Memory' });
    await panel.getByLabel('Go to', { exact: true }).fill('0x44000000');
    await page.keyboard.press('Enter');
    await panel.getByText('T0SZ [5:0]').waitFor();
  },
  statistics: async (page) => {
    await openSample(page, /^The TLB entry that stayed/);
    await page.getByRole('grid', { name: 'Transactions' }).focus();
    await page.keyboard.press('Shift+S');
    await page.getByRole('region', { name: 'Statistics' }).getByRole('table').first().waitFor();
  },
  step: async (page) => {
    await page.getByRole('row').filter({ hasText: 's2.invalid' }).click();
    await page.keyboard.press('Control+2');
    await page.keyboard.press('x');
    await page.keyboard.type('status == fault');
    await page.getByRole('option').first().waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    const breakpoints = page.getByRole('region', { name: 'Breakpoints' });
    await breakpoints.getByRole('checkbox', { name: 'status == fault' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('F5');
    await breakpoints.getByText('here, before step').waitFor();
  },
  palette: async (page) => {
    await page.getByRole('grid', { name: 'Transactions' }).focus();
    await page.keyboard.press('Control+Shift+p');
    await page.getByRole('dialog').getByRole('combobox').waitFor();
    await page.keyboard.type('nf');
    await page.getByRole('option', { selected: true }).filter({ hasText: 'Next fault' }).waitFor();
  },
  gallery: async (page) => {
    await page.keyboard.press('Control+o');
    await page.getByRole('dialog').getByRole('button', { name: /^A first nested stream/ }).waitFor();
  },
  settings: async (page) => {
    await page.keyboard.press('Control+,');
    await page.getByRole('tab', { name: 'Keys' }).click();
    await page.getByRole('searchbox').fill('step');
    await page.getByRole('button', { name: 'Change the keys of Step', exact: true }).press('Enter');
    await page.keyboard.press('F8');
    await page.getByRole('button', { name: /^Take F8/ }).waitFor();
  },
  'address-menu': async (page) => {
    await page.getByRole('row').filter({ hasText: 's2.invalid' }).click();
    await page.getByRole('region', { name: 'Walk' }).getByRole('button', { name: /^IOVA/ }).first().press('Enter');
    await page.getByRole('menuitem', { name: /^Walk of/ }).waitFor();
  },
  tour: async (page) => {
    await page.keyboard.press('Control+Shift+p');
    await page.keyboard.type('take the guided tour');
    await page.keyboard.press('Enter');
    const card = page.getByRole('region', { name: 'Guided tour' });
    await card.getByText('Tour, 1 of').waitFor();
    for (let step = 2; step <= 7; step++) {
      await page.keyboard.press('Alt+n');
      await card.getByText(`Tour, ${step} of`).waitFor();
    }
    await page.getByRole('region', { name: 'Walk' }).getByText('CMD_TLBI_NH_VA').first().waitFor();
  },
  help: async (page) => {
    await page.getByRole('row').filter({ hasText: 's2.invalid' }).click();
    await page.keyboard.press('w');
    await page.keyboard.press('F1');
    await page.getByRole('region', { name: 'Help', exact: true }).getByRole('heading', { name: 'Walk' }).waitFor();
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

/** From the start again, a step at a time. */
async function stepTo(/** @type {Page} */ page, /** @type {number} */ steps) {
  await page.getByRole('button', { name: 'Reset', exact: true }).click();
  for (let step = 0; step <= steps; step++) {
    if (step > 0) await page.getByRole('button', { name: 'Step', exact: true }).click();
    await page.getByLabel('Status').getByText(`step ${step} of`).waitFor();
  }
}

/** The access that the TLB entry which stayed has answered. */
async function staleHit(/** @type {Page} */ page) {
  await openSample(page, /^The TLB entry that stayed/);
  await stepTo(page, 5);
  await page.getByRole('grid', { name: 'Transactions' }).focus();
}

/** The page request on its way, on the uAPI of the host document or on another. */
async function stallInNested(/** @type {Page} */ page, uapi = '') {
  await openSample(page, /^A stall that the guest repairs/);
  if (uapi !== '') {
    await page.getByLabel('uAPI').selectOption(uapi);
    await page.getByLabel('Status').getByText('done').waitFor();
  }
  await page.getByRole('grid', { name: 'Transactions' }).getByRole('row').filter({ hasText: 'gpu0' }).first().click();
}

/** Steps of the path from its last one back, to the one with such a hop. */
async function pathWith(/** @type {Page} */ page, /** @type {string} */ text) {
  const before = page.getByRole('button', { name: 'Path of the step before' });
  for (let steps = 0; steps < 20 && (await hop(page, text).count()) === 0; steps++) {
    await before.click();
    await page.waitForTimeout(200);
  }
  await selectHop(page, text);
}

/** The first rows come before the rest: what is clicked while they still arrive is deselected. */
async function selectHop(/** @type {Page} */ page, /** @type {string} */ text) {
  await hop(page, text).first().waitFor();
  await page.waitForTimeout(500);
  await hop(page, text).first().click();
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

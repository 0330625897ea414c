// What is in the machine, and the software around it.
import { hop, openSample, pathWith, region, selectHop, staleHit, stallInNested, status, transactions } from './acts.mjs';

/** @typedef {import('./views.mjs').View} View */
/** @typedef {import('playwright-core').Page} Page */

const firstFaultOfQueues = async (/** @type {Page} */ page) => {
  await page.getByRole('tab', { name: 'Queues' }).click();
  await page.getByRole('grid', { name: 'Faults at every level' }).getByRole('row').nth(1).click();
};

async function askLiveQemu(/** @type {Page} */ page) {
  await page.keyboard.press('Control+3');
  const panel = region(page, 'Compare');
  await panel.getByText('A live QEMU').click();
  await panel.getByRole('button', { name: 'Compare ...' }).click();
  await page.getByRole('dialog', { name: 'Start this QEMU?' }).getByText(/says that it is QEMU/).waitFor();
}

/** @type {Record<string, View>} */
export const MACHINE = {
  structures: {
    title: 'Structures',
    says: 'Stream table, STE, CD and tables as a tree, with who owns each.',
    shows: ['panel:structures'],
    act: async (page) => {
      await openSample(page, /^The TLB entry that stayed/);
      await status(page).getByText(/^saved \d/).waitFor();
      await transactions(page).focus();
      await page.keyboard.press('Shift+U');
      const tree = page.getByRole('grid', { name: 'Structures in memory', exact: true });
      await tree.getByRole('row').filter({ hasText: 'S1 L2 [128]' }).waitFor();
      await tree.getByRole('row').filter({ hasText: 'CD 0' }).first().click();
      await region(page, 'Record').getByRole('gridcell', { name: 'T0SZ', exact: true }).waitFor();
    },
  },
  caches: {
    title: 'Caches',
    says: 'Where each entry comes from, what became of it, and what a command would remove before it is sent.',
    shows: ['panel:caches'],
    act: async (page) => {
      await staleHit(page);
      await page.keyboard.press('Shift+T');
      const entries = page.getByRole('grid', { name: 'Cache entries' });
      await entries.getByRole('row').filter({ hasText: 'VMID 1 ASID 3' }).first().click();
      await region(page, 'Chosen entry').getByText('CMD_TLBI_NH_VA VMID=1').waitFor();
      await page.getByLabel('Before it is sent').fill('CMD_TLBI_NH_ASID VMID=1 ASID=3');
      await region(page, 'Caches').getByText('would remove').waitFor();
    },
  },
  registers: {
    title: 'Registers',
    says: 'Every register with its value; its fields and what they mean beside.',
    shows: ['panel:registers'],
    act: async (page) => {
      await page.keyboard.press('r');
      await page.getByRole('grid', { name: 'Registers' }).getByRole('row').filter({ hasText: 'IDR5' }).click();
      await region(page, 'Record').getByRole('gridcell', { name: 'OAS', exact: true }).waitFor();
    },
  },
  memory: {
    title: 'Memory',
    says: 'The structures drawn over the bytes, and the fields that the caret is on.',
    shows: ['panel:memory'],
    act: async (page) => {
      await openSample(page, /^The TLB entry that stayed/);
      await transactions(page).focus();
      await page.keyboard.press('m');
      const panel = region(page, 'Memory');
      await panel.getByLabel('Go to', { exact: true }).fill('0x44000000');
      await page.keyboard.press('Enter');
      await panel.getByText('T0SZ [5:0]').waitFor();
    },
  },
};

/** @type {Record<string, View>} */
export const STACK = {
  path: {
    title: 'The path of a fault',
    says: 'Hop by hop, from the device up to the guest that is to mend it.',
    shows: ['panel:path'],
    act: async (page) => {
      await openSample(page, /^The nested stack: a tour/);
      await transactions(page).getByRole('row').filter({ hasText: 's1.invalid' }).click();
      await page.getByRole('tab', { name: 'Path' }).click();
      await hop(page, 'DMA FAULT region').click();
      await region(page, 'Record').getByText('PTE_FETCH').waitFor();
    },
  },
  'path-asid': {
    title: 'An invalidation on its way down',
    says: 'From the guest to the physical queue, as each part understood it.',
    shows: [],
    act: async (page) => {
      await openSample(page, /^ASID -1 invalidates/);
      await page.getByRole('tab', { name: 'Path' }).click();
      await pathWith(page, 'VFIO_IOMMU_CACHE_INVALIDATE');
      await region(page, 'Record').getByText('IOMMU_INV_GRANU_ADDR').waitFor();
    },
  },
  'path-stall': {
    title: 'A page request, by the posted series',
    says: 'On vfio-v16: through the DMA FAULT region, and the answer back.',
    shows: [],
    act: async (page) => {
      await stallInNested(page);
      await page.getByRole('tab', { name: 'Path' }).click();
      await selectHop(page, 'DMA FAULT region');
    },
  },
  'path-stall-iommufd': {
    title: 'The same, by iommufd',
    says: 'The same documents on the other uAPI.',
    shows: [],
    act: async (page) => {
      await stallInNested(page, 'iommufd');
      await page.getByRole('tab', { name: 'Path' }).click();
      await selectHop(page, 'FAULT_QUEUE');
    },
  },
  queues: {
    title: 'Queues of both worlds',
    says: 'Rings with PROD, CONS, wrap and errors, and each fault at every level that it reached.',
    shows: ['panel:queues'],
    act: async (page) => {
      await openSample(page, /^F_CD_FETCH stays/);
      await page.getByRole('tab', { name: 'Queues' }).click();
      const faults = page.getByRole('grid', { name: 'Faults at every level' });
      await faults.getByRole('row').nth(1).waitFor();
      await faults.press('Home');
    },
  },
  'queues-stall': {
    title: 'A page request in the queues',
    says: 'On vfio-v16: event, fault region, the guest\'s event.',
    shows: [],
    act: async (page) => {
      await stallInNested(page);
      await firstFaultOfQueues(page);
    },
  },
  'queues-stall-iommufd': {
    title: 'The same, by iommufd',
    says: 'Event, fault queue, vEVENTQ.',
    shows: [],
    act: async (page) => {
      await stallInNested(page, 'iommufd');
      await firstFaultOfQueues(page);
    },
  },
  compare: {
    title: 'Two runs side by side',
    says: 'Where a run and QEMU part: the first difference, its fields and its known reasons.',
    shows: ['panel:compare'],
    act: async (page) => {
      await openSample(page, /^F_CD_FETCH stays/);
      await page.keyboard.press('Control+3');
      await page.getByLabel('Depth').selectOption({ label: 'outcome: what shows' });
      await page.keyboard.press('Control+F7');
      await region(page, 'The difference').waitFor();
    },
  },
  'live-qemu-plan': {
    title: 'What would be started',
    says: 'A live QEMU is only started when its owner has seen how.',
    shows: ['dialog:LivePlan'],
    qemu: true,
    act: askLiveQemu,
  },
  'live-qemu': {
    title: 'Beside a live QEMU',
    says: 'What a QEMU that runs answered to the same accesses, and why it differs.',
    shows: [],
    qemu: true,
    act: async (page) => {
      await askLiveQemu(page);
      await page.getByRole('button', { name: 'Start and compare' }).click();
      await region(page, 'The answers').getByRole('list', { name: 'Why' }).waitFor();
    },
  },
};

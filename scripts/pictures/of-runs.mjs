// A run: its documents, its transactions, and one of them.
import { command, dialog, endOf, keys, openSample, region, selectFault, staleHit, stepTo, transactions } from './acts.mjs';

/** @typedef {import('./views.mjs').View} View */

/** @type {Record<string, View>} */
export const DOCUMENTS = {
  'bad-document': {
    title: 'A mistake in a document',
    says: 'Underlined at its token, listed below, counted in the status line; rows are of the last good run.',
    shows: ['panel:editors'],
    act: async (page) => {
      await endOf(page, 'host');
      await page.keyboard.insertText('devises: []\n');
      await page.locator('.squiggly-error').first().waitFor();
    },
  },
  completion: {
    title: 'Completion',
    says: 'Verbs with what they must have, keys, names of devices and VMs, addresses that other places have.',
    shows: [],
    act: async (page) => {
      await endOf(page, 'steps');
      await page.keyboard.insertText('\n- ');
      await page.keyboard.press('Control+Space');
      await page.locator('.suggest-widget .monaco-list-row').filter({ hasText: 'unmap' }).first().waitFor();
    },
  },
  hover: {
    title: 'What a key of a document means',
    says: 'From the one table: bits, values, rules, sections; of a verb, what it takes.',
    shows: [],
    act: async (page) => {
      await endOf(page, 'steps');
      await page.keyboard.insertText('- command: { CMD_TLBI_NH_VA: { VMID: 1, ASID: 5, Leaf: 1 } }');
      for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'Control+Shift+i']) await page.keyboard.press(key);
      await page.locator('.monaco-hover').getByText('IHI 0070').first().waitFor();
    },
  },
  difference: {
    title: 'Documents compared with those of the last run',
    says: 'The last run on the left, the document as it is now on the right.',
    shows: [],
    size: { width: 1920, height: 1080 },
    act: async (page) => {
      await endOf(page, 'steps');
      await page.keyboard.insertText('- dma: { device: nic0, iova: 0x20000000, access: write, length: 8, data: "00" }\n');
      await keys(page, 'Control+Alt+Enter');
      await command(page, 'Compare the documents with those of the last run');
      await region(page, 'Documents').locator('.monaco-diff-editor').waitFor();
      await region(page, 'Documents').locator('.insert-sign, .line-insert').first().waitFor();
    },
  },
  problems: {
    title: 'What a run missed, among the problems',
    says: 'A stale hit says which invalidation was missing and offers to add it; notes of steps stand beside.',
    shows: [],
    act: async (page) => {
      await openSample(page, /^The TLB entry that stayed/);
      await page.keyboard.press('Control+Shift+m');
    },
  },
  step: {
    title: 'At a breakpoint',
    says: 'The layout Step: the run waits before the step in which a breakpoint will match.',
    shows: ['panel:breakpoints'],
    act: async (page) => {
      await selectFault(page);
      await page.keyboard.press('Control+2');
      await page.keyboard.press('x');
      await page.keyboard.type('status == fault');
      await page.getByRole('option').first().waitFor({ state: 'detached' });
      await page.keyboard.press('Enter');
      const breakpoints = region(page, 'Breakpoints');
      await breakpoints.getByRole('checkbox', { name: 'status == fault' }).waitFor();
      await page.keyboard.press('Escape');
      await page.keyboard.press('F5');
      await breakpoints.getByText('here, before step').waitFor();
    },
  },
};

/** @type {Record<string, View>} */
export const TRANSACTIONS = {
  fault: {
    title: 'A fault',
    says: 'Its transaction, its event, the walk up to the read that decided, and that read bit by bit.',
    shows: ['panel:transactions', 'panel:events', 'panel:record'],
    act: async (page) => {
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await selectFault(page);
      await region(page, 'Walk').getByRole('button', { name: 'Final IPA, S2 L2' }).click();
    },
  },
  walk: {
    title: 'A walk that succeeds',
    says: 'Rows are what stage 1 reads, columns the levels of stage 2 that each of their addresses must pass.',
    shows: ['panel:walk'],
    act: async (page) => {
      await page.getByRole('row').filter({ hasText: 'success' }).first().click();
      await page.getByRole('grid', { name: 'Nested walk' }).getByRole('row', { name: /^Final IPA/ }).waitFor();
    },
  },
  beside: {
    title: 'Walk now, beside what the TLB held',
    says: 'Cells that differ show both, and the command that was missing is named.',
    shows: [],
    act: async (page) => {
      await staleHit(page);
      await page.keyboard.press('Shift+W');
      await page.getByRole('table', { name: 'Walk then and now' }).getByRole('row', { name: /^S1 L3/ }).waitFor();
    },
  },
  qemu: {
    title: 'Beside QEMU 11',
    says: 'What QEMU would answer instead, because of which of its deviations, and what the architecture says.',
    shows: [],
    act: async (page) => {
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await selectFault(page);
      await page.keyboard.press('Shift+q');
      await region(page, 'Walk').getByText('QEMU 11 would answer differently').waitFor();
    },
  },
  filter: {
    title: 'A filter that completes itself',
    says: 'Fields, their values and what they mean, from the one table; a mistake is told where it is.',
    shows: [],
    act: async (page) => {
      await transactions(page).focus();
      await page.keyboard.press('/');
      await page.keyboard.type('status == fault && evt.');
      await page.getByRole('option').nth(4).waitFor();
    },
  },
  columns: {
    title: 'Columns',
    says: 'Any field that rows have can be one; order, width and radix stay with the session.',
    shows: ['dialog:ColumnsDialog'],
    act: async (page) => {
      await transactions(page).focus();
      await page.keyboard.press('Shift+c');
      await dialog(page, 'Columns of the transactions').waitFor();
      await page.keyboard.type('evt');
      await page.getByRole('button', { name: /^evt\./ }).first().waitFor();
    },
  },
  rules: {
    title: 'Colour rules',
    says: 'A filter, a label and a colour: rows carry the label of the first rule that they match.',
    shows: ['dialog:RulesDialog'],
    act: async (page) => {
      await transactions(page).focus();
      await page.keyboard.press('Shift+r');
      for (const [filter, label] of /** @type {const} */ ([['status == fault', 'look here'], ['reads == 0', 'no reads']])) {
        await page.getByLabel('Rows like').fill(filter);
        await page.getByLabel('carry the label').fill(label);
        await page.getByRole('button', { name: 'Add', exact: true }).click();
        await page.getByRole('button', { name: `Remove ${label}` }).waitFor();
        await page.getByRole('combobox', { name: 'in' }).selectOption({ index: 1 });
      }
    },
  },
  'saved-views': {
    title: 'Saved views of a list',
    says: 'Filter, columns and order under a name, for every session.',
    shows: ['dialog:ViewsDialog'],
    act: async (page) => {
      await transactions(page).focus();
      await page.keyboard.press('/');
      await page.keyboard.type('status == fault');
      await region(page, 'Transactions').getByText('1 of 5').waitFor();
      await transactions(page).focus();
      await page.keyboard.press('Shift+v');
      await page.getByLabel('Save this one as').fill('Faults by address');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Delete Faults by address' }).waitFor();
    },
  },
  trace: {
    title: 'The trace',
    says: 'Every record of a run, or of one transaction; here the invalidation that removed an entry.',
    shows: ['panel:trace'],
    act: async (page) => {
      await openSample(page, /^The TLB entry that stayed/);
      await page.getByRole('tab', { name: 'Trace' }).click();
      await region(page, 'Trace').getByText('Whole run').click();
      const log = page.getByRole('grid', { name: 'Trace of whole run' });
      const removed = log.getByRole('row').filter({ hasText: /CMD_TLBI_NH_VA .* removed 1 cache entry/ });
      // Only the rows on screen exist.
      await log.press('Home');
      for (let pages = 0; pages < 20 && (await removed.count()) === 0; pages++) await log.press('PageDown');
      await removed.first().click();
      await region(page, 'Record').getByText('CMD_TLBI_NH_VA', { exact: true }).waitFor();
    },
  },
  statistics: {
    title: 'Statistics',
    says: 'Rates, hits and reads per translation of each stream and VMID.',
    shows: ['panel:statistics'],
    act: async (page) => {
      await openSample(page, /^The TLB entry that stayed/);
      await transactions(page).focus();
      await page.keyboard.press('Shift+S');
      await region(page, 'Statistics').getByRole('table').first().waitFor();
    },
  },
  stalls: {
    title: 'A stalled transaction',
    says: 'What waits for CMD_RESUME, and whether software knows of it.',
    shows: ['panel:stalls'],
    act: async (page) => {
      await openSample(page, /^A device that waits/);
      await stepTo(page, 2);
      await page.getByRole('tab', { name: 'Stalled' }).click();
      await page.getByRole('table', { name: 'Stalled transactions' }).getByRole('row').filter({ hasText: 'nic0' }).waitFor();
    },
  },
  contrast: {
    title: 'High contrast',
    says: 'The same window where the system asks for more contrast.',
    shows: [],
    themes: ['contrast'],
    act: async (page) => {
      await selectFault(page);
      await region(page, 'Walk').getByRole('button', { name: 'Final IPA, S2 L2' }).click();
    },
  },
};

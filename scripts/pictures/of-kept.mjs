// What came from elsewhere, and what is kept and handed on.
import { readFileSync } from 'node:fs';
import { captureTab, dialog, dropFile, fixture, keys, openCapture, openDump, openSample, region, runAgain } from './acts.mjs';

/** @typedef {import('./views.mjs').View} View */

/** @type {Record<string, View>} */
export const CAPTURES = {
  decode: {
    title: 'A kernel log, pasted',
    says: 'What a line means: the record, its fields, why it is there, what helps, which section says so.',
    shows: ['panel:decode'],
    act: async (page) => {
      await page.getByRole('tab', { name: 'Decode' }).click();
      await page.getByRole('textbox', { name: 'Text to decode' }).fill(readFileSync(fixture('imports/mail.txt'), 'utf8'));
      await page.getByRole('grid', { name: 'Decoded records' }).getByRole('row').filter({ hasText: 'F_TRANSLATION' }).first().click();
      await page.getByRole('textbox', { name: 'Text to decode' }).evaluate((box) => void (box.scrollTop = 0));
      await region(page, 'Record').getByText('Stage 1 has no valid descriptor').waitFor();
    },
  },
  'open-capture': {
    title: 'Opening a capture',
    says: 'Registers and memory of a machine: a folder, or a dump.',
    shows: ['dialog:CaptureDialog'],
    act: async (page) => {
      await page.getByRole('button', { name: 'Capture', exact: true }).click();
      await dialog(page, 'Open a capture').getByRole('button', { name: /nestedhand-6\.12/ }).waitFor();
    },
  },
  capture: {
    title: 'A capture of Linux 6.12',
    says: 'Its streams, what is known of each, and any translation that is asked for.',
    shows: ['panel:capture'],
    act: async (page) => {
      await openCapture(page);
      await region(page, 'Capture').getByRole('list', { name: 'Known translations of the stream' }).getByRole('button').first().click();
      await page.getByRole('grid', { name: 'Nested walk' }).getByRole('row', { name: /^Final IPA/ }).waitFor();
    },
  },
  dump: {
    title: 'A dump of memory: what a stream maps',
    says: 'Every range of the stream through both stages.',
    shows: [],
    act: async (page) => {
      await openDump(page);
      const mappings = page.getByRole('grid', { name: 'Mappings' });
      await mappings.getByRole('row').filter({ hasText: '0x41ef_6000' }).first().waitFor();
      for (const key of ['Home', 'Enter']) await mappings.press(key);
      await page.getByRole('grid', { name: 'Nested walk' }).getByRole('row', { name: /^Final IPA/ }).waitFor();
    },
  },
  findings: {
    title: 'What is wrong in a dump',
    says: 'What breaks a rule, and what is a mistake most likely, with the structure it is about.',
    shows: [],
    act: async (page) => {
      await openDump(page);
      await captureTab(page, 'Findings');
      await page.keyboard.press('Control+Alt+Enter');
      await page.getByRole('grid', { name: 'Findings' }).getByRole('row').filter({ hasText: 'lint.map.structures' }).first().click();
    },
  },
  'held-events': {
    title: 'Events that a dump still holds',
    says: 'Each with whether it would still come now, and the structure that decides.',
    shows: [],
    act: async (page) => {
      await openDump(page);
      await captureTab(page, 'Events');
      await page.keyboard.press('Control+Alt+Enter');
      await page.getByRole('grid', { name: 'Events in the queue' }).getByRole('row').nth(1).click();
    },
  },
  'who-maps': {
    title: 'Who reaches an address',
    says: 'Every stream that maps it, and what lies there.',
    shows: [],
    act: async (page) => {
      await openDump(page);
      await captureTab(page, 'Who maps');
      await page.keyboard.press('Control+Alt+Enter');
      await region(page, 'Capture').getByRole('textbox', { name: 'PA' }).fill('0x41ef6900');
      await page.getByRole('button', { name: 'Who reaches it?' }).click();
      await page.getByRole('list', { name: 'Who reaches it' }).getByText('StreamID 0x28').waitFor();
    },
  },
};

/** @type {Record<string, View>} */
export const KEPT = {
  sessions: {
    title: 'Sessions',
    says: 'Found by any word in them; title, tags, notes, runs with their traces, versions of the documents.',
    shows: ['panel:sessions'],
    act: async (page) => {
      await openSample(page, /^A device that waits/);
      await runAgain(page);
      await openSample(page, /^The TLB entry that stayed/);
      await runAgain(page);
      await keys(page, 'h');
      const session = region(page, 'Session');
      await session.getByRole('cell', { name: /0 dropped/ }).first().waitFor();
      for (const tag of ['nightly', 'stale']) {
        await session.getByLabel('Tag', { exact: true }).fill(tag);
        await session.getByLabel('Tag', { exact: true }).press('Enter');
        await session.getByRole('button', { name: `Remove tag ${tag}` }).waitFor();
      }
      await session.getByLabel('Notes').fill('The third access met an entry that no command had removed.');
      await session.getByLabel('Notes').blur();
    },
  },
  'open-session': {
    title: 'Opening a session',
    says: 'With any of its runs as it was.',
    shows: ['dialog:OpenDialog'],
    act: async (page) => {
      await runAgain(page);
      await page.getByRole('button', { name: 'Sessions' }).click();
      await dialog(page, 'Open a saved session').getByRole('button', { expanded: false }).first().click();
      await dialog(page, 'Open a saved session').getByText('5 transactions, 1 fault').first().waitFor();
    },
  },
  recording: {
    title: 'Recording',
    says: 'What of the next runs is recorded, how much that is so far, and what is missing.',
    shows: ['panel:recording'],
    act: async (page) => {
      // A group of its own, where there is more room.
      await keys(page, 'i', 'Control+Shift+Alt+ArrowDown');
      const panel = region(page, 'Recording');
      await panel.getByRole('radio', { name: /only faults/ }).check();
      await panel.getByLabel('Records before each fault').fill('20');
      await panel.getByLabel('Records before each fault').blur();
      await panel.getByRole('button', { name: 'Reset now' }).click();
      await page.getByLabel('Status', { exact: true }).getByText('step 0 of').waitFor();
      await page.keyboard.press('F5');
      await region(page, 'Walk').getByText('transaction 5').waitFor();
      await panel.getByText('none: the trace is not complete').waitFor();
    },
  },
  sql: {
    title: 'SQL',
    says: 'Read-only, over everything that is stored; in the layout as the largest panel.',
    shows: ['panel:sql'],
    act: async (page) => {
      await runAgain(page);
      await keys(page, 'Shift+l');
      const panel = region(page, 'SQL');
      await panel.getByRole('textbox', { name: 'SQL' }).fill('SELECT *\nFROM transactions\nORDER BY reads DESC');
      await panel.getByRole('textbox', { name: 'SQL' }).press('Control+Enter');
      await panel.getByText(/^5 rows, /).waitFor();
    },
  },
  bookmarks: {
    title: 'Bookmarks with notes',
    says: 'Of transactions, events, records and addresses; kept with the session.',
    shows: ['panel:bookmarks', 'dialog:BookmarkDialog'],
    act: async (page) => {
      for (const [row, note] of /** @type {const} */ ([['s2.invalid', 'the host never mapped this page'], ['tlb.hit', 'no reads: held since the first access']])) {
        await page.getByRole('row').filter({ hasText: row }).click();
        await page.keyboard.press('b');
        await dialog(page, 'Bookmark').getByLabel('Note').fill(note);
        await page.keyboard.press('Enter');
        await dialog(page, 'Bookmark').waitFor({ state: 'detached' });
      }
      await keys(page, 'o');
      await page.getByRole('row').filter({ hasText: 's2.invalid' }).click();
      await page.keyboard.press('b');
      await dialog(page, 'Bookmark').getByLabel('Note').fill('ask the author of the host document');
    },
  },
  export: {
    title: 'Export',
    says: 'A bundle with what is ticked of it, or the trace for other tools.',
    shows: ['dialog:ExportDialog'],
    act: async (page) => {
      await runAgain(page);
      await keys(page, 'Control+Alt+e');
      const download = page.waitForEvent('download');
      await dialog(page, 'Export').getByRole('button', { name: 'Export ...' }).click();
      await (await download).path();
      await dialog(page, 'Export').getByText(/^Saved as/).waitFor();
    },
  },
  'open-bundle': {
    title: 'A bundle that came in',
    says: 'Every part is checked against its hash before anything is touched.',
    shows: ['dialog:ImportDialog'],
    act: async (page) => {
      await runAgain(page);
      await keys(page, 'Control+Alt+e');
      const download = page.waitForEvent('download');
      await dialog(page, 'Export').getByRole('button', { name: 'Export ...' }).click();
      const bytes = readFileSync(await (await download).path());
      await page.keyboard.press('Escape');
      await dropFile(page, bytes, 'theirs.smmulab');
      await dialog(page, 'Bundle theirs.smmulab').getByText(/parts, each as its hash says/).waitFor();
      await page.getByRole('button', { name: 'Replay' }).click();
      await dialog(page, 'Bundle theirs.smmulab').getByText('The same trace').waitFor();
    },
  },
};

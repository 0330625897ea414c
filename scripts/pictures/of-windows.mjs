// The window itself: ways around it, settings, help, and what it says when there is nothing, or something is wrong.
import { command, dialog, endOf, keys, region, selectFault, transactions } from './acts.mjs';

/** @typedef {import('./views.mjs').View} View */

/** @type {Record<string, View>} */
export const WAYS = {
  welcome: {
    title: 'The first start',
    says: 'Every sample lab with a sentence, and a box that takes a kernel log line.',
    shows: ['dialog:GalleryDialog'],
    welcome: true,
    act: async (page) => {
      await dialog(page, 'Welcome to SMMU Lab').getByRole('button', { name: /^A first nested stream/ }).waitFor();
    },
  },
  gallery: {
    title: 'The gallery',
    says: 'The same at any time; words that are typed narrow it.',
    shows: [],
    act: async (page) => {
      await page.keyboard.press('Control+o');
      await dialog(page, 'Open a sample lab').getByRole('button', { name: /^A first nested stream/ }).waitFor();
      await page.keyboard.type('stall');
    },
  },
  palette: {
    title: 'All commands',
    says: 'By parts of their names, with their keys.',
    shows: ['dialog:PaletteDialog'],
    act: async (page) => {
      await transactions(page).focus();
      await page.keyboard.press('Control+Shift+p');
      await page.getByRole('dialog').getByRole('combobox').waitFor();
      await page.keyboard.type('nf');
      await page.getByRole('option', { selected: true }).filter({ hasText: 'Next fault' }).waitFor();
    },
  },
  'quick-open': {
    title: 'Quick open',
    says: 'A lab, a session, a panel, a StreamID, a register, an address.',
    shows: [],
    act: async (page) => {
      await transactions(page).focus();
      await page.keyboard.press('Control+p');
      await page.keyboard.type('reg:cr');
      await page.getByRole('option').nth(1).waitFor();
    },
  },
  'copy-as': {
    title: 'Copy as',
    says: 'Hex, text, JSON, YAML, C with the names of fields, the command line that reads it again.',
    shows: [],
    act: async (page) => {
      await page.getByRole('row').filter({ hasText: 'F_TRANSLATION' }).last().click();
      await region(page, 'Record').getByText('InputAddr').first().waitFor();
      await keys(page, 'c');
      await dialog(page, 'Copy as').waitFor();
    },
  },
  'address-menu': {
    title: 'The menu of an address',
    says: 'Its walk, its transactions, its memory, its structure, the caches, copies in each form.',
    shows: ['dialog:AddressMenu'],
    act: async (page) => {
      await selectFault(page);
      await region(page, 'Walk').getByRole('button', { name: /^IOVA/ }).first().press('Enter');
      await page.getByRole('menuitem', { name: /^Walk of/ }).waitFor();
    },
  },
  keys: {
    title: 'All keys',
    says: 'Made from the commands, as they are bound now.',
    shows: ['dialog:KeyboardSheet'],
    act: async (page) => {
      await keys(page, '?');
      await dialog(page, 'Keyboard').waitFor();
    },
  },
  settings: {
    title: 'Keys in the settings',
    says: 'A key that is another command\'s is taken only when asked.',
    shows: ['dialog:SettingsDialog'],
    act: async (page) => {
      await page.keyboard.press('Control+,');
      await page.getByRole('tab', { name: 'Keys' }).click();
      await page.getByRole('searchbox').fill('step');
      await page.getByRole('button', { name: 'Change the keys of Step', exact: true }).press('Enter');
      await page.keyboard.press('F8');
      await page.getByRole('button', { name: /^Take F8/ }).waitFor();
    },
  },
  'settings-look': {
    title: 'Settings',
    says: 'Theme, form of addresses, motion, size of text.',
    shows: [],
    act: async (page) => {
      await page.keyboard.press('Control+,');
      await dialog(page, 'Settings').waitFor();
    },
  },
  macros: {
    title: 'Macros',
    says: 'Commands one after the other; a wrong one is told before it runs.',
    shows: [],
    act: async (page) => {
      await page.keyboard.press('Control+,');
      await page.getByRole('tab', { name: 'Macros' }).click();
      await page.getByLabel('Name', { exact: true }).fill('To the walk');
      await page.getByLabel('Commands', { exact: true }).fill('look.next-fault, look.wlak');
      await dialog(page, 'Settings').getByText('did you mean look.walk?').waitFor();
    },
  },
  tour: {
    title: 'The guided tour',
    says: 'A card beside what it speaks of; everything works meanwhile.',
    shows: [],
    act: async (page) => {
      await command(page, 'Take the guided tour');
      const card = region(page, 'Guided tour');
      await card.getByText('Tour, 1 of').waitFor();
      for (let step = 2; step <= 7; step++) {
        await page.keyboard.press('Alt+n');
        await card.getByText(`Tour, ${step} of`).waitFor();
      }
      await region(page, 'Walk').getByText('CMD_TLBI_NH_VA').first().waitFor();
    },
  },
  help: {
    title: 'Help',
    says: 'The section of this documentation on the panel at hand.',
    shows: ['panel:help'],
    act: async (page) => {
      await selectFault(page);
      await page.keyboard.press('w');
      await page.keyboard.press('F1');
      await region(page, 'Help').getByRole('heading', { name: 'Walk' }).waitFor();
    },
  },
  licences: {
    title: 'Licences',
    says: 'The lab\'s own, and those of all packages in it.',
    shows: ['dialog:LicencesDialog'],
    act: async (page) => {
      await command(page, 'Licences');
      await dialog(page, 'Licences').getByText('MIT License').first().waitFor();
    },
  },
  empty: {
    title: 'Before a run',
    says: 'Empty panels say what would be there, and what to do to see it.',
    shows: [],
    act: async (page) => {
      await page.getByRole('button', { name: 'Reset', exact: true }).click();
      await region(page, 'Transactions').getByText('F5').first().waitFor();
    },
  },
  narrow: {
    title: 'A small window',
    says: 'Two columns in place of three; everything is still there.',
    shows: [],
    size: { width: 1024, height: 700 },
    act: async (page) => {
      await selectFault(page);
      await keys(page, '4');
    },
  },
};

/** @type {Record<string, View>} Photographed from the screen, with the menu that the desktop draws. */
export const DESKTOP = {
  'desktop-menu': {
    title: 'The desktop',
    says: 'The same window with a native menu: the commands of the page, their keys, enabled as they are.',
    shows: [],
    surface: 'electron',
    menu: 'Run',
    act: async (page) => {
      await page.getByRole('button', { name: 'Dismiss message' }).click();
      await selectFault(page);
    },
  },
  'no-store': {
    title: 'Where labs cannot be saved',
    says: 'SQLite needs Node-API 10: an older Electron says so in a banner, and everything else works.',
    shows: [],
    surface: 'electron',
    act: async (page) => {
      await page.getByText('Labs cannot be saved here').first().waitFor();
      await selectFault(page);
      await keys(page, 'h');
      await page.getByText('Sessions cannot be kept here').waitFor();
    },
  },
  'open-from-outside': {
    title: 'A link from outside',
    says: 'It never takes the place of edits that are not saved without being asked.',
    shows: ['dialog:LaunchDialog'],
    surface: 'electron',
    act: async (page, again) => {
      await page.getByRole('button', { name: 'Dismiss message' }).click();
      await endOf(page, 'steps');
      await page.keyboard.insertText('- note: mine\n');
      await again(['smmulab://sample/stale-tlb?txn=3']);
      await dialog(page, 'Open from outside').waitFor();
    },
  },
};

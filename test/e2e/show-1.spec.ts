// The first show, by keyboard alone: from a first start to a fault, why it is one, and the invalidation that was missing.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keyboardOf, type Keyboard, type Watched } from './keyboard.ts';
import type { Lab } from './lab.ts';
import { launchLab } from './launch.ts';

let lab: Lab;
let keys: Keyboard;
beforeAll(async () => {
  lab = await launchLab(undefined, { welcome: true });
  keys = await keyboardOf(lab.page);
});
afterAll(() => lab?.close());

const region = (name: string): Watched => lab.page.getByRole('region', { name, exact: true });
const status = (): Watched => lab.page.getByLabel('Status', { exact: true });
const row = (text: string): Watched => lab.page.getByRole('grid', { name: 'Transactions' }).getByRole('row').filter({ hasText: text });
const squiggle = (): Watched => lab.page.locator('.squiggly-error');

it('starts with the gallery: a sample is found by its words and opened', async () => {
  await keys.sees(lab.page.getByRole('dialog', { name: 'Welcome to SMMU Lab' }).getByRole('button', { name: /^A first nested stream/ }));
  await keys.type('your turn');
  await keys.sees(lab.page.getByRole('button', { name: /^Your turn: a page that became writable/ }));
  await keys.press('ArrowDown', 'Enter');
  await keys.seesNot(lab.page.getByRole('dialog'));
  await keys.sees(row('F_PERMISSION'));
});

it('underlines a mistake while it is typed, and takes it back', async () => {
  await keys.press('1');
  await keys.sees(lab.page.locator('.monaco-editor.focused'));
  await keys.press('Control+End');
  await keys.insert('\nnonsense: 1');
  await keys.sees(squiggle());
  await keys.sees(status().getByText('of the last good run'));
  // Undo goes word by word.
  await keys.press(...Array.from({ length: 6 }, () => 'Control+z'));
  await keys.seesNot(squiggle());
  await keys.seesNot(status().getByText('of the last good run'));
});

it('runs to the next fault, and says why', async () => {
  await keys.press('Control+F8');
  await keys.sees(status().getByText('after step 10'));
  await keys.sees(row('F_PERMISSION'));
  await keys.press('F6', '2', 'w');
  await keys.sees(region('Walk').getByText('IHI 0070 13.4.1'));
  await keys.sees(region('Walk').getByText('What helps'));
});

it('follows the transaction, and comes back', async () => {
  await keys.press('f');
  await keys.sees(region('Transactions').getByText('1 of 3'));
  await keys.press('Escape');
  await keys.seesNot(region('Transactions').getByText('1 of 3'));
});

it('walks now beside what the TLB held, and names the missing command', async () => {
  await keys.press('Shift+W');
  await keys.sees(region('Walk').getByText('CMD_TLBI_NH_VA VMID=1 ASID=5 Address=0x10000000'));
});

it('is mended in the steps: no fault is left', async () => {
  await keys.press('Control+g');
  await keys.sees(lab.page.getByRole('dialog').getByRole('combobox'));
  await keys.type('step:10');
  await keys.sees(lab.page.getByRole('option', { selected: true }).filter({ hasText: 'Step 10' }));
  await keys.press('Enter');
  await keys.sees(lab.page.locator('.monaco-editor.focused'));
  await keys.press('Home');
  await keys.insert('- command: { CMD_TLBI_NH_VA: { VMID: vm0, ASID: 5, Address: 0x10000000, Leaf: 1 } }\n- sync:\n');
  await keys.press('F5');
  await keys.sees(status().getByText('step 12 of 12'));
  await keys.sees(status().getByText('0 faults'));
  await expect.poll(() => keys.count(row('success'))).toBe(3);
  await keys.sees(status().getByText('4 of 4 as expected'));
});

it('did all of that without a pointer, and without a complaint', async () => {
  expect(await keys.pointerPresses()).toBe(0);
  expect(lab.complaints).toEqual([]);
});

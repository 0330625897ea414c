// @vitest-environment happy-dom
/** Chips and their menu over a host of plain data. */
import { mount, type VueWrapper } from '@vue/test-utils';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { reactive } from 'vue';
import { useCaches } from '../../features/caches/caches-store.ts';
import { useFilters } from '../../services/filters.ts';
import { useSelection } from '../../services/selection.ts';
import { TRANSACTIONS } from '../../testing/fake-run.ts';
import { fakePage, openSample, settle } from '../../testing/fake-page.ts';
import AddressChip from '../../widgets/AddressChip.vue';
import { ADDRESS_DESK, addressesIn, type PlacedAddress } from '../../widgets/address-desk.ts';
import { addressActions, surroundingsOf } from './address-actions.ts';
import { addressMenu, openAddressMenu } from './address-menu.ts';
import AddressMenu from './AddressMenu.vue';

const IOVA: PlacedAddress = { space: 'iova', address: TRANSACTIONS[0]!.iova };

beforeEach(async () => {
  await fakePage();
  await openSample();
  addressMenu.value = null;
});

describe('a chip', () => {
  const open = vi.fn();
  const desk = reactive({ form: 'grouped' as const, open });
  const global = { provide: { [ADDRESS_DESK as symbol]: desk } };

  it('says its space, and opens its menu by click and by keyboard', async () => {
    const chip = mount(AddressChip, { props: { address: '0x10000040', space: 'ipa' }, attachTo: document.body, global });
    await settle();
    expect(chip.text()).toBe('IPA0x1000_0040');
    expect([chip.attributes('role'), chip.attributes('tabindex'), chip.attributes('aria-haspopup')]).toEqual(['button', '0', 'menu']);
    await chip.trigger('click');
    await chip.trigger('keydown', { key: 'Enter' });
    await chip.trigger('contextmenu');
    expect(open).toHaveBeenCalledTimes(3);
  });

  it('in a row is part of the row: only its mark and the other mouse button open the menu', async () => {
    open.mockClear();
    const row = mount({ components: { AddressChip }, template: '<div role="row"><AddressChip address="0x1000" space="pa" /></div>' }, { attachTo: document.body, global });
    await settle();
    const chip = row.find('.chip');
    expect([chip.attributes('role'), chip.attributes('tabindex')]).toEqual([undefined, undefined]);
    await chip.trigger('click');
    expect(open).not.toHaveBeenCalled();
    await chip.find('.more').trigger('click');
    await chip.trigger('contextmenu');
    expect(open).toHaveBeenCalledTimes(2);
    expect(addressesIn(row.element)).toEqual([{ space: 'pa', address: '0x1000' }]);
  });
});

describe('what can be done with an address', () => {
  const titles = async (what: PlacedAddress): Promise<string[]> => addressActions(what, await surroundingsOf(what)).map(({ title, missing }) => (missing === undefined ? title : `(${title})`));

  it('depends on its space', async () => {
    expect(await titles(IOVA)).toEqual(expect.arrayContaining(['Show its descriptors in Structures', 'What the caches hold for it', 'Copy as indices of 4 KiB tables']));
    expect(await titles({ space: 'pa', address: '0x48100123' })).toEqual(expect.arrayContaining(['Go to memory', 'Show the structure that holds it']));
    expect(await titles({ space: 'pa', address: '0x48100123' })).not.toContain('What the caches hold for it');
  });

  it('filters to its page and asks the caches about it', async () => {
    const actions = addressActions(IOVA, await surroundingsOf(IOVA));
    await actions.find(({ id }) => id === 'filter')?.run();
    expect(useFilters().lists.transactions.text).toBe(`iova == 0x${(BigInt(IOVA.address) & ~0xfffn).toString(16)}/12`);
    await actions.find(({ id }) => id === 'caches')?.run();
    expect(useCaches().address).toBe(IOVA.address);
  });

  it('says why it cannot be done', async () => {
    const actions = addressActions(IOVA, { through: null, spaces: [] });
    expect(actions.find(({ id }) => id === 'walk')?.missing).toBe('no transaction has gone through this page');
    expect(actions.find(({ id }) => id === 'caches')?.missing).toBe('there is no machine to look at');
  });
});

describe('the menu', () => {
  async function opened(addresses: readonly PlacedAddress[]): Promise<VueWrapper> {
    await openAddressMenu(document.body, addresses);
    return mount(AddressMenu, { props: { menu: addressMenu.value! }, attachTo: document.body });
  }

  it('moves by arrows and first letters, over what cannot be chosen', async () => {
    const menu = await opened([IOVA]);
    await settle();
    const focused = (): string => document.activeElement?.textContent ?? '';
    const first = focused();
    await menu.find('[role="menu"]').trigger('keydown', { key: 'ArrowDown' });
    expect(focused()).not.toBe(first);
    await menu.find('[role="menu"]').trigger('keydown', { key: 'c' });
    expect(focused()).toMatch(/^Copy/);
    await menu.find('[role="menu"]').trigger('keydown', { key: 'Home' });
    expect(focused()).toBe(first);
  });

  it('of several addresses asks which, first', async () => {
    const menu = await opened([IOVA, { space: 'pa', address: '0x48100123' }]);
    expect(menu.findAll('[role="menuitem"]').map((item) => item.text())).toEqual([expect.stringContaining('IOVA'), 'PA 0x4810_0123']);
    await menu.findAll('[role="menuitem"]')[1]!.trigger('click');
    await settle();
    expect(addressMenu.value).toMatchObject({ addresses: [{ space: 'pa', address: '0x48100123' }], around: { spaces: expect.any(Array) } });
  });

  it('goes to the walk of the selected transaction where it went through the page', async () => {
    await useSelection().selectTransaction(1);
    const { through } = await surroundingsOf(IOVA);
    expect(through?.txn).toBeTypeOf('number');
  });
});

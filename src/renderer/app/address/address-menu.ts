/** The menu of an address: which is open and where, and the command that opens it for what the keyboard is on. */
import { computed, reactive, shallowRef, type App } from 'vue';
import { registerCommands } from '../../services/commands.ts';
import { useInspection } from '../../services/inspection.ts';
import { usePreferences } from '../../services/preferences.ts';
import { ADDRESS_DESK, addressesIn, type PlacedAddress } from '../../widgets/address-desk.ts';
import { surroundingsOf, type Surroundings } from './address-actions.ts';

export interface AddressMenuState {
  /** Below this rectangle of the window. */
  readonly under: { readonly left: number; readonly top: number; readonly bottom: number };
  /** Several: one is chosen first. */
  readonly addresses: readonly PlacedAddress[];
  /** Of the only address. */
  readonly around: Surroundings | null;
}

export const addressMenu = shallowRef<AddressMenuState | null>(null);

export async function openAddressMenu(at: Element, addresses: readonly PlacedAddress[]): Promise<void> {
  const { left, top, bottom } = at.getBoundingClientRect();
  await showAddresses({ left, top, bottom }, addresses);
}

export async function showAddresses(under: AddressMenuState['under'], addresses: readonly PlacedAddress[]): Promise<void> {
  const [first, ...others] = addresses;
  if (first === undefined) return;
  addressMenu.value = { under, addresses, around: others.length === 0 ? await surroundingsOf(first) : null };
}

/** What the keyboard is on: the chosen cell or row of a list, the cell of a walk, else what has the focus. */
function elementAtHand(): Element | null {
  const { activeElement } = document;
  const active = activeElement?.getAttribute('aria-activedescendant');
  return (active == null ? null : document.getElementById(active)) ?? activeElement;
}

/** Addresses where the keyboard is; else of the record on show. */
function addressesAtHand(): { readonly at: Element; readonly addresses: readonly PlacedAddress[] } {
  const at = elementAtHand() ?? document.body;
  const found = at === document.body ? [] : addressesIn(at);
  const shown = useInspection().shown?.address;
  return { at, addresses: found.length > 0 || shown === undefined ? found : [{ space: shown.space, address: shown.value }] };
}

export function registerAddressCommands(): void {
  const inspection = useInspection();
  registerCommands([
    {
      id: 'look.address',
      title: 'Menu of the address at hand: walk, memory, structures, copy',
      group: 'Look',
      hotkeys: ['a'],
      when: () => inspection.shown?.address !== undefined || document.querySelector('[data-address]') !== null,
      run: () => {
        const { at, addresses } = addressesAtHand();
        return openAddressMenu(at, addresses);
      },
    },
  ]);
}

/** Chips show addresses as the user likes them, and open their menus. */
export function provideAddressDesk(app: App): void {
  const preferences = usePreferences();
  app.provide(ADDRESS_DESK, reactive({ form: computed(() => preferences.addresses), open: (at: HTMLElement, what: PlacedAddress) => void openAddressMenu(at, [{ address: what.address, space: what.space }]) }));
}

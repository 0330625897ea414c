/** What the window has for addresses: how they are shown, and the menu of what can be done with one. */
import type { InjectionKey } from 'vue';
import type { AddressForm, AddressSpace } from './address.ts';

export interface PlacedAddress {
  readonly address: string;
  readonly space: AddressSpace;
}

export interface AddressDesk {
  readonly form: AddressForm;
  /** Opens the menu at an element. */
  open(at: HTMLElement, what: PlacedAddress): void;
}

export const ADDRESS_DESK: InjectionKey<AddressDesk> = Symbol('addresses');

/** The addresses that an element shows, in order, each once: those of its chips. */
export function addressesIn(element: Element): readonly PlacedAddress[] {
  const chips = [...element.querySelectorAll<HTMLElement>('[data-address]'), ...(element instanceof HTMLElement && element.dataset['address'] !== undefined ? [element] : [])];
  const found = new Map<string, PlacedAddress>();
  for (const { dataset } of chips) {
    const { address, space } = dataset;
    if (address !== undefined && (space === 'iova' || space === 'ipa' || space === 'pa')) found.set(`${space} ${address}`, { address, space });
  }
  return [...found.values()];
}

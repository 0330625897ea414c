/** Ways to places of the lab: the panel that has them comes forward, and they are selected in it. */
import type { BookmarkPlace } from '../../protocol/contract.ts';
import { PHYSICAL, useMemory } from '../features/memory/memory-store.ts';
import { useRegisters } from '../features/registers/registers-store.ts';
import { useFilters } from '../services/filters.ts';
import { useMessages } from '../services/messages.ts';
import { useSelection } from '../services/selection.ts';
import { useTrace } from '../services/trace.ts';
import type { AddressSpace } from '../widgets/address.ts';
import { focusPanel } from './layout/panes.ts';

/** A filter for the 4 KiB that an address is in. */
export const inPage = (space: AddressSpace, address: bigint): string => `${space} == 0x${((address >> 12n) << 12n).toString(16)}/12`;

export async function showMatching(filter: string): Promise<void> {
  await useFilters().lists.transactions.set(filter);
  await focusPanel('transactions');
}

export async function goToTransaction(txn: number): Promise<void> {
  await useSelection().selectTransaction(txn);
  await focusPanel('transactions');
}

export async function goToEvent(index: number): Promise<void> {
  await useSelection().selectEvent(index);
  await focusPanel('events');
}

export async function showRegister(id: string): Promise<void> {
  await focusPanel('registers');
  await useMessages().attempt('registers', () => useRegisters().choose(id));
}

/** `space`: physical memory, or that of a VM. */
export async function showMemory(address: string, space = PHYSICAL): Promise<void> {
  await focusPanel('memory');
  await useMemory().goTo(space, address);
}

/** Where a bookmark leads: a row, memory, or for an address that needs a VM or stream the transactions of its page. */
export async function goToPlace(place: BookmarkPlace): Promise<void> {
  if ('record' in place) return useMessages().show('bookmarks', `The window has no list with record ${place.record}: \`query\` on the command line shows it.`);
  if ('address' in place) return place.space === 'pa' ? showMemory(place.address) : showMatching(inPage(place.space, BigInt(place.address)));
  const { transactions, events } = useTrace();
  const isThere = 'txn' in place ? place.txn <= transactions.total : place.event < events.total;
  if (!isThere) return useMessages().show('bookmarks', `This run has not come to ${'txn' in place ? `transaction ${place.txn}` : `event ${place.event}`}.`);
  useMessages().clear('bookmarks');
  return 'txn' in place ? goToTransaction(place.txn) : goToEvent(place.event);
}

/** Ways to places of the lab: the panel that has them comes forward, and they are selected in it. */
import type { BookmarkPlace } from '../../protocol/contract.ts';
import { PHYSICAL, useMemory } from '../features/memory/memory-store.ts';
import { useRegisters } from '../features/registers/registers-store.ts';
import { titleOfPlace } from '../services/bookmarks.ts';
import { useFilters } from '../services/filters.ts';
import { useMessages } from '../services/messages.ts';
import { useRun } from '../services/run.ts';
import { useSelection } from '../services/selection.ts';
import { useTrace } from '../services/trace.ts';
import { useTraceScope } from '../services/trace-scope.ts';
import type { AddressSpace } from '../widgets/address.ts';
import { focusPanel } from './layout/panes.ts';

/** A filter for the 4 KiB that an address is in. */
export const inPage = (space: AddressSpace, address: bigint): string => `${space} == 0x${((address >> 12n) << 12n).toString(16)}/12`;

export async function showMatching(filter: string): Promise<void> {
  await useFilters().lists.transactions.set(filter);
  await focusPanel('transactions');
}

export async function goToTransaction(txn: number): Promise<void> {
  const selection = useSelection();
  await selection.selectTransaction(txn);
  await focusPanel('transactions');
  if ((await selection.fetched()) === undefined) useMessages().show('transactions', `Transaction ${txn} is not in this trace: the recording left it out.`);
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

/** A record by its position in the trace: the list then shows the whole run. */
async function goToRecord(position: number): Promise<void> {
  const filters = useFilters();
  const scope = useTraceScope();
  scope.scope = 'run';
  scope.outline = false;
  await filters.lists.records.clear();
  filters.record = position;
  await filters.lists.records.locate();
  await focusPanel('trace');
}

/** Where a bookmark leads: a row, memory, or for an address that needs a VM or stream the transactions of its page. */
export async function goToPlace(place: BookmarkPlace): Promise<void> {
  if ('address' in place) return place.space === 'pa' ? showMemory(place.address) : showMatching(inPage(place.space, BigInt(place.address)));
  const { transactions, events, placeOf } = useTrace();
  const isThere = 'txn' in place ? (await transactions.get(await placeOf(place.txn)))?.txn === place.txn : 'event' in place ? place.event < events.total : place.record < (useRun().state?.records ?? 0);
  if (!isThere) return useMessages().show('bookmarks', `This run has not come to ${titleOfPlace(place).toLowerCase()}.`);
  useMessages().clear('bookmarks');
  if ('record' in place) return goToRecord(place.record);
  return 'txn' in place ? goToTransaction(place.txn) : goToEvent(place.event);
}

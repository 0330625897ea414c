/** What can be done with an address, as lines of its menu. */
import type { TransactionRow } from '../../../protocol/contract.ts';
import { useCaches } from '../../features/caches/caches-store.ts';
import { useStructures } from '../../features/structures/structures-store.ts';
import { useBookmarks } from '../../services/bookmarks.ts';
import { copyText } from '../../services/exporting.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useMessages } from '../../services/messages.ts';
import { useSelection } from '../../services/selection.ts';
import { ADDRESS_FORMS, addressText, SPACE_LABELS, type AddressForm } from '../../widgets/address.ts';
import type { PlacedAddress } from '../../widgets/address-desk.ts';
import { inPage, showMatching, showMemory } from '../going.ts';
import { focusPanel } from '../layout/panes.ts';

export interface AddressAction {
  readonly id: string;
  readonly title: string;
  readonly detail?: string;
  /** Why it cannot be chosen. */
  readonly missing?: string;
  run(): unknown;
}

/** What of the lab an address of this run leads to, found before the menu opens. */
export interface Surroundings {
  /** A transaction through its page: the selected one where it went there, else the last. */
  readonly through: TransactionRow | null;
  /** Memory that can be looked at, by id and title; empty: there is no machine. */
  readonly spaces: readonly { readonly id: string; readonly title: string }[];
}

export async function surroundingsOf({ space, address }: PlacedAddress): Promise<Surroundings> {
  const client = useLabClient();
  const filter = inPage(space, BigInt(address));
  const [selected, last, map] = await Promise.all([selectedThrough(filter), lastThrough(filter), client.call('memory.map', { space: 'pa' }).catch(() => null)]);
  return { through: selected ?? last, spaces: map?.spaces ?? [] };
}

async function selectedThrough(filter: string): Promise<TransactionRow | null> {
  const { present } = useSelection();
  if (present === null) return null;
  const answer = await useLabClient().call('transactions.window', { from: 0, count: 1, filter: `txn == ${present} && ${filter}` }).catch(() => null);
  return answer?.rows[0] ?? null;
}

async function lastThrough(filter: string): Promise<TransactionRow | null> {
  const client = useLabClient();
  const count = await client.call('transactions.window', { from: 0, count: 0, filter }).catch(() => null);
  if (count === null || count.total === 0) return null;
  const answer = await client.call('transactions.window', { from: count.total - 1, count: 1, filter }).catch(() => null);
  return answer?.rows[0] ?? null;
}

export function addressActions(what: PlacedAddress, around: Surroundings): readonly AddressAction[] {
  const { space, address } = what;
  const label = SPACE_LABELS[space].short;
  return [
    walkAction(around),
    { id: 'filter', title: 'Filter transactions to its 4 KiB', detail: inPage(space, BigInt(address)), run: () => showMatching(inPage(space, BigInt(address))) },
    ...memoryActions(what, around),
    structureAction(what, around),
    ...(space === 'pa' ? [] : [cacheAction(what, around)]),
    { id: 'bookmark', title: `Bookmark this ${label}`, run: () => useBookmarks().add({ address, space }, '') },
    ...ADDRESS_FORMS.map((form) => copyAction(what, form)),
  ];
}

const NOBODY = 'no transaction has gone through this page';
const NO_MACHINE = 'there is no machine to look at';
const unless = (fine: boolean, why: string): { readonly missing?: string } => (fine ? {} : { missing: why });

function walkAction({ through }: Surroundings): AddressAction {
  const run = async (): Promise<void> => {
    if (through === null) return;
    await useSelection().selectTransaction(through.txn);
    await focusPanel('walk');
  };
  return { id: 'walk', title: through === null ? 'Walk' : `Walk of transaction ${through.txn}`, ...unless(through !== null, NOBODY), run };
}

function memoryActions({ space, address }: PlacedAddress, { through, spaces }: Surroundings): readonly AddressAction[] {
  if (space === 'pa') return [{ id: 'memory', title: 'Go to memory', ...unless(spaces.length > 0, NO_MACHINE), run: () => showMemory(address) }];
  if (space === 'iova') {
    const translated = through?.pa ?? null;
    const offset = BigInt(address) & 0xfffn;
    const pa = translated === null ? null : `0x${((BigInt(translated) & ~0xfffn) | offset).toString(16)}`;
    return [{ id: 'memory', title: 'Go to the memory that it was translated to', ...(pa === null ? {} : { detail: `PA ${pa}` }), ...unless(pa !== null && spaces.length > 0, pa === null ? 'no transaction through this page came to memory' : NO_MACHINE), run: () => (pa === null ? undefined : showMemory(pa)) }];
  }
  const guests = spaces.filter(({ id }) => id.startsWith('ipa:'));
  if (guests.length === 0) return [{ id: 'memory', title: 'Go to memory', missing: spaces.length === 0 ? NO_MACHINE : 'no VM has IPAs', run: () => undefined }];
  return guests.map(({ id, title }) => ({ id: `memory:${id}`, title: `Go to memory of ${id.slice('ipa:'.length)}`, detail: title, run: () => showMemory(address, id) }));
}

function structureAction({ space, address }: PlacedAddress, { through, spaces }: Surroundings): AddressAction {
  const title = space === 'iova' ? 'Show its descriptors in Structures' : 'Show the structure that holds it';
  const run = async (): Promise<void> => {
    await focusPanel('structures');
    if (space !== 'iova') return useStructures().goToHolder({ space, address });
    if (through !== null) await useStructures().goTo(through.sid, through.ssid, address);
  };
  return { id: 'structures', title, ...unless(spaces.length > 0, NO_MACHINE), ...(space === 'iova' ? unless(through !== null, NOBODY) : {}), run };
}

function cacheAction({ address }: PlacedAddress, { through, spaces }: Surroundings): AddressAction {
  const run = async (): Promise<void> => {
    const caches = useCaches();
    caches.showAll();
    caches.address = address;
    caches.sid = through?.sid ?? null;
    await focusPanel('caches');
  };
  return { id: 'caches', title: 'What the caches hold for it', ...unless(spaces.length > 0, NO_MACHINE), run };
}

function copyAction({ address }: PlacedAddress, form: AddressForm): AddressAction {
  const text = addressText(address, form);
  const title = { grouped: 'Copy, grouped', hex: 'Copy', indices: 'Copy as indices of 4 KiB tables' }[form];
  return { id: `copy:${form}`, title, detail: text, run: () => useMessages().attempt('app', () => copyText(text)) };
}

/** What quick open and Go to offer for a text. */
import { REGISTERS } from '../../../model/spec/index.ts';
import { useEditors } from '../../features/editors/editors-store.ts';
import { titleOfPlace, useBookmarks } from '../../services/bookmarks.ts';
import { useDocuments } from '../../services/documents.ts';
import { fuzzyRank } from '../../services/fuzzy.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useMessages } from '../../services/messages.ts';
import { PANEL_IDS, panelDef } from '../../services/panels.ts';
import { useRun } from '../../services/run.ts';
import { useSelection } from '../../services/selection.ts';
import { useSessions } from '../../services/sessions.ts';
import { stepLines } from '../../services/step-lines.ts';
import { useTrace } from '../../services/trace.ts';
import { counted } from '../../widgets/counted.ts';
import { goToEvent, goToPlace, goToTransaction, inPage, showMatching, showMemory, showRegister } from '../going.ts';
import { focusPanel } from '../layout/panes.ts';
import { parseOpen, type OpenText, type Prefix } from './open-text.ts';
import type { PaletteItem } from './palette-item.ts';

/** Of registers and of names at most so many. */
const SHOWN = 40;

export function openItems(text: string): readonly PaletteItem[] {
  const parsed = parseOpen(text);
  if (parsed.rest === '' && parsed.prefix === null) return [...hints(), ...named('')];
  if (parsed.prefix === 'reg') return registers(parsed.rest);
  return [...numbered(parsed), ...(parsed.prefix === null ? [...named(parsed.rest), ...registers(parsed.rest)] : [])];
}

/** What a number can be, or must be behind a prefix. */
function numbered({ prefix, rest, value }: OpenText): readonly PaletteItem[] {
  if (value === null) return [];
  const isAddress = rest.toLowerCase().startsWith('0x');
  const wanted: readonly Prefix[] = prefix !== null ? [prefix] : isAddress ? ['iova', 'ipa', 'pa', 'sid'] : ['txn', 'step', 'event', 'sid'];
  const items = wanted.flatMap((kind) => numberItem(kind, value));
  return items.length === 0 && prefix !== null ? notThere(prefix, value) : items;
}

function numberItem(kind: Prefix, value: bigint): readonly PaletteItem[] {
  const hex = `0x${value.toString(16)}`;
  const filtered = (title: string, filter: string): PaletteItem => ({ id: `${kind}:${hex}`, title, detail: `filter ${filter}`, run: () => showMatching(filter) });
  switch (kind) {
    case 'sid':
      return [filtered(`Transactions of StreamID ${hex}`, `sid == ${hex}`)];
    case 'iova':
    case 'ipa':
    case 'pa': {
      const transactions = filtered(`Transactions in the 4 KiB of ${kind.toUpperCase()} ${hex}`, inPage(kind, value));
      return kind === 'pa' ? [transactions, { id: `memory:${hex}`, title: `Memory at PA ${hex}`, detail: 'panel Memory', run: () => showMemory(hex) }] : [transactions];
    }
    case 'step':
      return stepItem(Number(value));
    case 'txn':
      return isTransaction(value) ? [{ id: `txn:${value}`, title: `Transaction ${value}`, run: () => goToTransaction(Number(value)) }] : [];
    case 'event':
      return value < BigInt(useTrace().events.total) ? [{ id: `event:${value}`, title: `Event ${value}`, run: () => goToEvent(Number(value)) }] : [];
    case 'reg':
      return [];
  }
}

/** Of a recording that left some out only the host knows which are there: who goes to another is told. */
function isTransaction(txn: bigint): boolean {
  const { total } = useTrace().transactions;
  return txn >= 1n && txn <= BigInt(Number.MAX_SAFE_INTEGER) && (useSelection().isWhole() ? txn <= BigInt(total) : total > 0);
}

/** Why nothing is offered behind a prefix; an address is offered always. */
function notThere(kind: Prefix, value: bigint): readonly PaletteItem[] {
  const { transactions, events } = useTrace();
  const there: Partial<Record<Prefix, readonly [what: string, count: number, from: number]>> = {
    txn: ['transaction', transactions.total, 1],
    event: ['event', events.total, 0],
    step: ['step', stepLines(useDocuments().texts.steps).length, 1],
  };
  const known = there[kind];
  if (known === undefined) return [];
  const [what, count, from] = known;
  return [{ id: `none:${kind}`, title: `No ${what} ${value}`, detail: count === 0 ? 'there are none' : `${counted(count, what)}, numbered from ${from}`, disabled: true, run: () => undefined }];
}

function stepItem(step: number): readonly PaletteItem[] {
  const place = stepLines(useDocuments().texts.steps)[step - 1];
  if (place === undefined) return [];
  const run = async (): Promise<void> => {
    useEditors().reveal('steps', { line: place.line, column: 1 });
    await focusPanel('editors');
    const found = await useMessages().attempt('transactions', () => useLabClient().call('transactions.window', { from: 0, count: 1, filter: `step == ${step}` }));
    const txn = found?.rows[0]?.txn;
    if (txn !== undefined) await useSelection().selectTransaction(txn);
  };
  return [{ id: `step:${step}`, title: `Step ${step}`, detail: `steps, line ${place.line}`, run }];
}

function registers(query: string): readonly PaletteItem[] {
  return fuzzyRank(query, [...REGISTERS.values()], ({ id }) => id)
    .slice(0, SHOWN)
    .map((register) => ({ id: `reg:${register.id}`, title: register.id, detail: `register: ${register.doc}`, run: () => showRegister(register.id) }));
}

/** What has a label: devices, bookmarks, labs, sessions and panels. */
function named(query: string): readonly PaletteItem[] {
  const sessions = useSessions();
  const all: readonly PaletteItem[] = [
    ...(useRun().state?.lab.devices ?? []).map(({ name, sid }): PaletteItem => ({ id: `device:${name}`, title: name, detail: `device, StreamID 0x${sid.toString(16)}: its transactions`, run: () => showMatching(`device == ${JSON.stringify(name)}`) })),
    ...useBookmarks().list.map(({ id, place, note }): PaletteItem => ({ id: `bookmark:${id}`, title: note === '' ? titleOfPlace(place) : note, detail: `bookmark, ${titleOfPlace(place)}`, run: () => goToPlace(place) })),
    ...sessions.list.map(({ id, title }): PaletteItem => ({ id: `session:${id}`, title, detail: 'saved session', run: () => sessions.openSession(id) })),
    ...sessions.samples.map(({ id, title, summary }): PaletteItem => ({ id: `sample:${id}`, title, detail: `sample: ${summary}`, run: () => sessions.openSample(id) })),
    ...PANEL_IDS.map((panel): PaletteItem => ({ id: `panel:${panel}`, title: panelDef(panel).title, detail: 'panel', run: () => focusPanel(panel) })),
  ];
  return fuzzyRank(query, all, ({ title }) => title).slice(0, SHOWN);
}

const HINTS: readonly (readonly [example: string, what: string])[] = [['txn:1', 'a transaction; a bare number will do'], ['sid:0x10', 'the transactions of a StreamID'], ['iova:0x1000', 'or ipa:, pa: the transactions of a page'], ['step:1', 'a step of the document'], ['event:0', 'an event record'], ['reg:CR0', 'a register']];
const hints = (): readonly PaletteItem[] => HINTS.map(([example, what]) => ({ id: `hint:${example}`, title: example, detail: what, disabled: true, run: () => undefined }));

/** The tree of structures as far as it is open, and the node that is looked at. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { Params, StructureNode } from '../../../protocol/contract.ts';
import { useInspection } from '../../services/inspection.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useMessages } from '../../services/messages.ts';
import { useRun } from '../../services/run.ts';
import { useSelection } from '../../services/selection.ts';

/** Nodes that are fetched at once; more come when they are asked for. */
const PORTION = 512;

interface Opened {
  readonly total: number;
  readonly rows: readonly StructureNode[];
}

/** A row of the list; without `node` it stands for those that were not fetched yet. */
export interface TreeRow {
  readonly id: string;
  readonly depth: number;
  readonly node: StructureNode | null;
  readonly left: number;
}

export const useStructures = defineStore('structures', () => {
  const client = useLabClient();
  const inspection = useInspection();
  const messages = useMessages();
  const run = useRun();
  const selection = useSelection();
  const opened = shallowRef<ReadonlyMap<string, Opened>>(new Map());
  const chosen = ref<string | null>(null);

  const rows = computed(() => {
    const found: TreeRow[] = [];
    const visit = (parent: string, depth: number): void => {
      const list = opened.value.get(parent);
      if (list === undefined) return;
      for (const node of list.rows) {
        found.push({ id: node.id, depth, node, left: 0 });
        visit(node.id, depth + 1);
      }
      if (list.total > list.rows.length) found.push({ id: `${parent}/...`, depth, node: null, left: list.total - list.rows.length });
    };
    visit('', 0);
    return found;
  });
  const node = computed(() => rows.value.find(({ id }) => id === chosen.value)?.node ?? null);

  const fetchBelow = (parent: string, from = 0): Promise<Opened> => client.call('structures.children', { parent, from, count: PORTION });

  /** Everything that is open, anew; what is not there any more is closed, and a root that was not there before is opened. */
  async function take(): Promise<ReadonlyMap<string, Opened>> {
    const roots = await fetchBelow('');
    const known = opened.value.get('')?.rows ?? [];
    const next = new Map<string, Opened>([['', roots]]);
    for (const { id, children } of roots.rows) if (children > 0 && !known.some((root) => root.id === id)) next.set(id, await fetchBelow(id));
    for (const id of opened.value.keys()) {
      const parent = id.slice(0, Math.max(0, id.lastIndexOf('/')));
      if (id !== '' && next.get(parent)?.rows.some((row) => row.id === id) === true) next.set(id, await fetchBelow(id));
    }
    opened.value = next;
    if (chosen.value !== null) show();
    return next;
  }

  async function open(id: string): Promise<void> {
    if (opened.value.has(id)) return;
    const list = await messages.attempt('structures', () => fetchBelow(id));
    if (list !== undefined) opened.value = new Map([...opened.value, [id, list]]);
  }

  const close = (id: string): void => void (opened.value = new Map([...opened.value].filter(([one]) => one !== id && !one.startsWith(`${id}/`))));

  async function more(parent: string): Promise<void> {
    const list = opened.value.get(parent);
    if (list === undefined) return;
    const next = await messages.attempt('structures', () => fetchBelow(parent, list.rows.length));
    if (next !== undefined) opened.value = new Map([...opened.value, [parent, { total: next.total, rows: [...list.rows, ...next.rows] }]]);
  }

  function choose(id: string): void {
    chosen.value = id;
    show();
  }

  function show(): void {
    const { value } = node;
    if (value === null) return inspection.clear('structures');
    inspection.show({
      origin: 'structures',
      key: `structures-${run.epoch}-${value.id}`,
      title: value.title,
      note: `${value.text}; the ${value.owner}'s${value.vm === null ? '' : `, ${value.vm}`}.`,
      ...(value.at === null ? {} : { address: { space: value.at.space, value: value.at.address } }),
      words: value.words,
      fields: value.fields,
    });
  }

  /** Opens the tree down to where the selected transaction went. */
  async function showForTransaction(): Promise<void> {
    const row = await selection.fetched();
    if (row !== undefined) await goTo(row.sid, row.ssid, row.iova);
  }

  async function goTo(sid: number, ssid: number | null, iova: string): Promise<void> {
    const answer = await messages.attempt('structures', () => client.call('structures.locate', { sid, iova, ...(ssid === null ? {} : { ssid }) }));
    if (answer !== undefined) await openDownTo(answer.path);
  }

  /** Opens the tree down to the structure whose words hold an address. */
  async function goToHolder(place: Params<'structures.find'>): Promise<void> {
    const answer = await messages.attempt('structures', () => client.call('structures.find', place));
    if (answer === undefined) return;
    if (answer.path.length === 0) return messages.show('structures', `No structure holds ${place.space.toUpperCase()} ${place.address}: Memory shows what lies there.`);
    await openDownTo(answer.path);
  }

  async function openDownTo(path: readonly string[]): Promise<void> {
    if (!opened.value.has('')) await messages.attempt('structures', take);
    for (const id of path.slice(0, -1)) await open(id);
    const last = path.at(-1);
    if (last !== undefined) choose(last);
  }

  return { rows, node, chosen, opened, take, open, close, more, choose, goTo, goToHolder, showForTransaction };
});

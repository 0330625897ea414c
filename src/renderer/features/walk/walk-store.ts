/** The walk of the selected transaction, and the cell of it that is looked at. */
import { defineStore } from 'pinia';
import { ref, shallowRef, watch } from 'vue';
import type { WalkView } from '../../../protocol/contract.ts';
import { useInspection } from '../../services/inspection.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useMessages } from '../../services/messages.ts';
import { useRun } from '../../services/run.ts';
import { useSelection } from '../../services/selection.ts';
import { cellAt, lookOf, telling, type CellPlace } from './matrix.ts';

export const useWalk = defineStore('walk', () => {
  const client = useLabClient();
  const inspection = useInspection();
  const messages = useMessages();
  const run = useRun();
  const selection = useSelection();
  const view = shallowRef<WalkView | null>(null);
  const place = ref<CellPlace | null>(null);
  let fetching: AbortController | undefined;

  watch([() => selection.txn, () => run.epoch], () => void fetchView(), { immediate: true });
  watch(
    () => selection.lead,
    (lead) => {
      if (lead === 'transaction' && view.value?.txn === selection.txn) inspect();
    },
  );

  async function fetchView(): Promise<void> {
    fetching?.abort();
    const own = (fetching = new AbortController());
    const { txn } = selection;
    if (txn === null || txn > (run.state?.transactions ?? 0)) {
      view.value = null;
      return inspection.clear('walk');
    }
    const answer = await messages.attempt('walk', () => client.call('walk.view', { txn }, { signal: own.signal }));
    if (fetching !== own) return;
    view.value = answer ?? null;
    place.value = answer === undefined ? null : telling(answer);
    if (selection.lead === 'transaction') inspect();
  }

  /** Looks at a cell; from then on the record panel shows the walk's records, not the event's. */
  function select(chosen: CellPlace): void {
    place.value = chosen;
    selection.lead = 'transaction';
    inspect();
  }

  function inspect(): void {
    const cell = view.value === null ? null : cellAt(view.value, place.value);
    const row = place.value === null ? undefined : view.value?.rows[place.value.row];
    const column = place.value === null ? undefined : view.value?.columns[place.value.column];
    if (cell === null || row === undefined) return inspection.clear('walk');
    inspection.show({
      origin: 'walk',
      key: `walk-${run.epoch}-${view.value?.txn}-${row.label}-${column}`,
      title: column === 'read' || column === undefined ? row.label : `${row.label}, ${column}`,
      look: lookOf(cell),
      note: cell.text,
      ...(cell.rule === undefined ? {} : { rule: cell.rule }),
      ...(cell.section === undefined ? {} : { section: cell.section }),
      ...(cell.address === null ? {} : { address: { space: cell.space, value: cell.address } }),
      words: wordsOf(cell.word, cell.fields?.map((field) => field.bits[0]) ?? []),
      fields: cell.fields ?? [],
    });
  }

  return { view, place, select };
});

/** A cell carries one word of its record; fields of an STE or CD reach further, and only their values are known here. */
const wordsOf = (word: string | null, highBits: readonly number[]): readonly string[] => (word === null || highBits.some((hi) => hi > 63) ? [] : [word]);

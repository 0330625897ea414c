/** The walk of the selected transaction, and the cell of it that is looked at. */
import { defineStore } from 'pinia';
import { ref, shallowRef, watch } from 'vue';
import type { DecidingField, WalkView } from '../../../protocol/contract.ts';
import { useInspection, type FieldMark } from '../../services/inspection.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useMessages } from '../../services/messages.ts';
import { useRun } from '../../services/run.ts';
import { useSelection } from '../../services/selection.ts';
import { stepFrom } from './stepping.ts';
import { whose } from '../../widgets/whose.ts';
import { cellAt, lookOf, nameOf, telling, type CellPlace } from './matrix.ts';

export const useWalk = defineStore('walk', () => {
  const client = useLabClient();
  const inspection = useInspection();
  const messages = useMessages();
  const run = useRun();
  const selection = useSelection();
  const view = shallowRef<WalkView | null>(null);
  const place = ref<CellPlace | null>(null);
  /** Memory as it is now is shown beside it. */
  const beside = ref(false);
  let fetching: AbortController | undefined;

  watch([() => selection.present, () => run.epoch], () => void fetchView(), { immediate: true });
  watch(
    () => selection.lead,
    (lead) => {
      if (lead === 'transaction' && view.value?.txn === selection.txn) inspect();
    },
  );

  async function fetchView(): Promise<void> {
    fetching?.abort();
    const own = (fetching = new AbortController());
    const { present: txn } = selection;
    if (txn === null) {
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

  /** Looks at a field that decided: in its cell, in what filled the cache, or in a register as it is now. */
  async function selectField(one: DecidingField): Promise<void> {
    const mark = { name: one.field };
    const title = one.source?.title ?? one.register ?? '';
    const shown = { origin: 'walk', key: `walk-${run.epoch}-${view.value?.txn}-${title} of ${one.name}`, title, mark };
    if (one.cell !== undefined) {
      place.value = { row: one.cell[0], column: one.cell[1] };
      selection.lead = 'transaction';
      return inspect(mark);
    }
    selection.lead = 'transaction';
    if (one.source !== undefined) {
      const { address, words, fields } = one.source;
      return inspection.show({ ...shown, note: 'What the cache entry was made from.', ...(address === null ? {} : { address: { space: 'pa', value: address } }), words, fields });
    }
    const register = await messages.attempt('walk', () => client.call('registers.read', { machine: '', name: title }));
    if (register !== undefined) inspection.show({ ...shown, note: 'As the register is now.', words: [register.value.slice(2).padStart(16, '0')], fields: register.fields });
  }

  function inspect(mark?: FieldMark): void {
    const cell = view.value === null ? null : cellAt(view.value, place.value);
    if (cell === null || view.value === null || place.value === null) return inspection.clear('walk');
    const title = nameOf(view.value, place.value);
    inspection.show({
      origin: 'walk',
      key: `walk-${run.epoch}-${view.value.txn}-${title}`,
      title,
      look: lookOf(cell),
      note: cell.structure === undefined ? cell.text : `${cell.text.replace(/\.$/, '')}. In the ${whose(cell.structure)}.`,
      ...(cell.rule === undefined ? {} : { rule: cell.rule }),
      ...(cell.section === undefined ? {} : { section: cell.section }),
      ...(cell.address === null ? {} : { address: { space: cell.space, value: cell.address } }),
      words: cell.words ?? (cell.word === null ? [] : [cell.word]),
      fields: cell.fields ?? [],
      ...(mark === undefined ? {} : { mark }),
    });
  }

  /** The walk is gone through cell by cell: those behind `place` are yet to come. */
  const stepping = ref(false);
  function step(by: 1 | -1): void {
    if (view.value === null) return;
    const next = stepFrom(view.value, stepping.value ? place.value : null, by);
    if (next === null) return;
    stepping.value = true;
    select(next);
  }
  const endStepping = (): void => void (stepping.value = false);
  watch(() => view.value?.txn, endStepping);

  return { view, place, select, selectField, beside, stepping, step, endStepping };
});

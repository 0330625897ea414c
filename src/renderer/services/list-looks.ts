/** How the lists look: which columns in which order, how wide, sorted by what; which rows carry a colour and a label; and views of all that under names. */
import { defineStore } from 'pinia';
import { computed, reactive, ref, shallowReactive, shallowRef, watch } from 'vue';
import { MAX_COLUMNS, type ListField, type Sort } from '../../protocol/contract.ts';
import type { GridColumn } from '../widgets/grid.ts';
import type { RowRanges } from '../widgets/row-ranges.ts';
import { useDocuments } from './documents.ts';
import { useLabClient } from './lab-client.ts';
import { defaultColumns, FIELD_MARK, fieldOfColumn, gridColumns, LOOK_LISTS, type ChosenColumn, type LookList } from './list-columns.ts';
import { readListSettings, rememberLooks, writeListSettings, type ColourRule, type SavedView } from './list-settings.ts';
import { useMessages } from './messages.ts';
import { useRun } from './run.ts';
import { useSessions } from './sessions.ts';
import { pageStorage } from './settings.ts';

interface Look {
  columns: readonly ChosenColumn[];
  sort: Sort | null;
  rules: readonly ColourRule[];
  fields: ReadonlyMap<string, ListField>;
  /** Id of the column at hand, where one was chosen with the keyboard. */
  column: string | null;
  /** Rows selected together. */
  ranges: RowRanges;
}

const stored = readListSettings;

/** Room for the longest label, in pixels of 10.5 px letters. */
const markWidth = (rules: readonly { readonly label: string }[]): number => Math.min(140, 14 + 7 * Math.max(...rules.map(({ label }) => label.length)));

export const useListLooks = defineStore('list-looks', () => {
  const client = useLabClient();
  const documents = useDocuments();
  const messages = useMessages();
  const run = useRun();
  const sessions = useSessions();
  const fresh = (list: LookList): Look => shallowReactive({ columns: defaultColumns(list), sort: null, rules: stored(pageStorage()).rules[list] ?? [], fields: new Map(), column: null, ranges: [] });
  const looks = { transactions: fresh('transactions'), records: fresh('records') } as const satisfies Record<LookList, Look>;
  const views = shallowRef<readonly SavedView[]>(stored(pageStorage()).views);

  /** What a window of rows is to tell beside the rows; null: nothing. */
  const askedOf = (list: LookList) => computed(() => {
    const columns = looks[list].columns.filter(({ id }) => id.startsWith(FIELD_MARK)).map(({ id }) => id.slice(1));
    const marks = looks[list].rules.map(({ filter }) => filter);
    return columns.length === 0 && marks.length === 0 ? null : { ...(columns.length === 0 ? {} : { columns }), ...(marks.length === 0 ? {} : { marks }) };
  });
  const asked = reactive({ transactions: askedOf('transactions'), records: askedOf('records') });

  // What can be a column is asked for once somebody looks: names of devices change with the lab.
  const wanted = new Set<LookList>();
  async function loadFields(list: LookList): Promise<void> {
    wanted.add(list);
    const fields = await messages.attempt('app', () => client.call('rows.fields', { list }));
    if (fields !== undefined) looks[list].fields = new Map(fields.map((field) => [field.name, field]));
  }
  watch(() => run.machine, () => wanted.forEach((list) => void loadFields(list)));
  watch(() => LOOK_LISTS.filter((list) => asked[list]?.columns !== undefined && !wanted.has(list)), (lists) => lists.forEach((list) => void loadFields(list)), { immediate: true });

  /** The columns as the grid draws them; the list has `total` rows. `leftOut` names columns that have nothing to tell just now. */
  function columnsOf(list: LookList, total: number, leftOut: readonly string[] = []): readonly GridColumn[] {
    const { columns, fields, rules } = looks[list];
    const marks: readonly GridColumn[] = rules.length === 0 ? [] : [{ id: 'mark', title: 'rule of colour', width: markWidth(rules), quiet: true, slot: 'mark', hint: 'the first colour rule that the row matches' }];
    return [...marks, ...gridColumns(list, columns.filter(({ id }) => !leftOut.includes(id)), total, fields)];
  }

  function setColumns(list: LookList, columns: readonly ChosenColumn[]): void {
    if (columns.length === 0 || columns.length > MAX_COLUMNS) return;
    looks[list].columns = columns;
  }

  const change = (list: LookList, id: string, what: Partial<ChosenColumn>): void => setColumns(list, looks[list].columns.map((column) => (column.id === id ? { ...column, ...what } : column)));

  /** A field as a column, at the end; one that is there stays. */
  function addField(list: LookList, name: string): void {
    const id = `${FIELD_MARK}${name}`;
    if (!looks[list].columns.some((column) => column.id === id)) setColumns(list, [...looks[list].columns, { id }]);
  }

  const remove = (list: LookList, id: string): void => setColumns(list, looks[list].columns.filter((column) => column.id !== id));

  /** Puts a column to where another is. */
  function move(list: LookList, id: string, to: number): void {
    const column = looks[list].columns.find((one) => one.id === id);
    if (column === undefined) return;
    const others = looks[list].columns.filter((one) => one.id !== id);
    const at = Math.min(others.length, Math.max(0, to));
    setColumns(list, [...others.slice(0, at), column, ...others.slice(at)]);
  }

  /** Sorts by a column: up, then down, then as the list has them. */
  function toggleSort(list: LookList, id: string): void {
    const by = fieldOfColumn(list, id);
    if (by === undefined) return;
    const { sort } = looks[list];
    looks[list].sort = sort?.by !== by ? { by, descending: false } : sort.descending ? null : { by, descending: true };
  }

  function setRules(list: LookList, rules: readonly ColourRule[]): void {
    looks[list].rules = rules;
    writeListSettings(pageStorage(), { rules: { ...stored(pageStorage()).rules, [list]: [...rules] } });
  }

  function setViews(next: readonly SavedView[]): void {
    views.value = next;
    writeListSettings(pageStorage(), { views: [...next] });
  }

  /** Under a name that is there it takes the place of that view. */
  const saveView = (name: string, list: LookList, filter: string): void =>
    setViews([...views.value.filter((view) => view.name !== name || view.list !== list), { name, list, filter, columns: [...looks[list].columns], sort: looks[list].sort }]);

  const removeView = (view: SavedView): void => setViews(views.value.filter((one) => one !== view));

  /** The filter of a view is applied by whoever opens it. */
  function showView({ list, columns, sort }: SavedView): void {
    looks[list].columns = columns;
    looks[list].sort = sort;
  }

  function reset(list: LookList): void {
    looks[list].columns = defaultColumns(list);
    looks[list].sort = null;
  }

  // Looks of what is being opened: those at hand are not of the session.
  const opened = ref(0);
  watch(() => documents.opened, () => {
    const session = sessions.current;
    const own = session === null ? undefined : stored(pageStorage()).looks[session];
    for (const list of LOOK_LISTS) {
      reset(list);
      const look = own?.[list];
      if (look !== undefined) [looks[list].columns, looks[list].sort] = [look.columns, look.sort];
    }
    opened.value++;
  }, { flush: 'sync' });

  const lookNow = (list: LookList) => ({ columns: [...looks[list].columns], sort: looks[list].sort });
  const isDefault = (list: LookList): boolean => looks[list].sort === null && JSON.stringify(looks[list].columns) === JSON.stringify(defaultColumns(list));
  watch(() => [...LOOK_LISTS.flatMap((list) => [looks[list].columns, looks[list].sort]), sessions.current], () => {
    const session = sessions.current;
    if (session === null) return;
    const own = LOOK_LISTS.filter((list) => !isDefault(list));
    rememberLooks(pageStorage(), session, own.length === 0 ? null : Object.fromEntries(own.map((list) => [list, lookNow(list)])));
  });

  return { looks, asked, views, columnsOf, loadFields, setColumns, change, addField, remove, move, toggleSort, setRules, saveView, removeView, showView, reset };
});

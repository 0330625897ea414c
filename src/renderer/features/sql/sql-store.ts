/** The console's text and its last answer; kept while the panel is closed. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { ResultOf } from '../../../protocol/contract.ts';
import { textOf, type RowForm } from '../../services/copy-rows.ts';
import { copyText } from '../../services/exporting.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useMessages } from '../../services/messages.ts';
import { useSessions } from '../../services/sessions.ts';
import { textOfCell, type Radix } from './cells.ts';
import { EXAMPLES, OF_THE_RUN, TABLES } from './examples.ts';

/** Rows that are fetched at most. */
export const MOST_ROWS = 10_000;

export const useSql = defineStore('sql', () => {
  const client = useLabClient();
  const messages = useMessages();
  const sessions = useSessions();
  const text = ref(EXAMPLES[0]!.sql);
  /** Empty: the open one. */
  const session = ref('');
  const answer = shallowRef<(ResultOf<'store.sql'> & { readonly ms: number }) | null>(null);
  /** How addresses and StreamIDs of the answer are shown and copied. */
  const radix = ref<Radix>('hex');
  const texts = computed(() => (answer.value?.rows ?? []).map((row) => row.map((value, at) => textOfCell(value, answer.value!.columns[at] ?? '', radix.value))));
  const plan = shallowRef<readonly string[] | null>(null);
  const tables = shallowRef<readonly string[]>([]);
  const asking = shallowRef<AbortController | null>(null);

  const of = (): { id?: string } => {
    const id = session.value === '' ? sessions.current : session.value;
    return id === null ? {} : { id };
  };

  async function ask(sql: string, limit: number): Promise<ResultOf<'store.sql'> | undefined> {
    asking.value?.abort();
    const own = (asking.value = new AbortController());
    const got = await messages.attempt('sql', () => client.call('store.sql', { ...of(), sql, limit }, { signal: own.signal }));
    if (asking.value === own) asking.value = null;
    return got;
  }

  async function run(): Promise<void> {
    if (text.value.trim() === '') return;
    plan.value = null;
    const began = performance.now();
    const got = await ask(text.value, MOST_ROWS);
    if (got !== undefined) answer.value = { ...got, ms: Math.round(performance.now() - began) };
  }

  /** How SQLite would go about it. */
  async function explain(): Promise<void> {
    const got = await ask(`EXPLAIN QUERY PLAN ${text.value}`, 1000);
    const at = got?.columns.indexOf('detail') ?? -1;
    if (got !== undefined) plan.value = got.rows.map((row) => String(row[at] ?? ''));
  }

  async function listTables(): Promise<void> {
    if (!sessions.canSave || tables.value.length > 0) return;
    const got = await messages.attempt('sql', () => client.call('store.sql', { sql: TABLES, limit: 200 }));
    if (got !== undefined) tables.value = [...OF_THE_RUN, ...got.rows.map(([name]) => String(name))];
  }

  /** The whole answer, as it is shown. */
  const copy = (form: RowForm): Promise<unknown> => messages.attempt('sql', () => copyText(textOf(answer.value?.columns ?? [], texts.value, form)));

  const cancel = (): void => asking.value?.abort();

  return { text, session, answer, radix, texts, copy, plan, tables, asking, run, explain, listTables, cancel };
});

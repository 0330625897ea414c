/** Labs that can be opened: samples and saved sessions; and keeping the open one saved. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { Documents, ResultOf, Sample, Session } from '../../protocol/contract.ts';
import { useCapture } from './capture.ts';
import type { Draft } from './draft.ts';
import { useDocuments } from './documents.ts';
import { useLabClient } from './lab-client.ts';
import { useMessages } from './messages.ts';
import { useOpening } from './opening.ts';
import { useRun } from './run.ts';
import { useSelection } from './selection.ts';
import { pageStorage, writeSettings } from './settings.ts';

/** After the last edit, in milliseconds. */
const SAVE_DELAY = 1500;
/** The lab a first start shows. */
export const FIRST_SAMPLE = 'first-nested';

export const useSessions = defineStore('sessions', () => {
  const client = useLabClient();
  const documents = useDocuments();
  const messages = useMessages();
  const run = useRun();
  const selection = useSelection();
  const capture = useCapture();
  const opening = useOpening();
  const current = ref<string | null>(null);
  /** The stored run on screen. */
  const storedRun = ref<string | null>(null);
  const savedAt = ref<Date | null>(null);
  /** Why the open lab is not saved, or null. */
  const problem = ref<string | null>(null);
  const canSave = computed(() => client.hello?.canSave === true);
  const hasUnsavedEdits = computed(() => documents.edits > 0 && !canSave.value);
  const samples = shallowRef<readonly Sample[]>([]);
  const list = shallowRef<readonly Session[]>([]);
  /** Words that the listed sessions have; empty: all are listed. */
  const search = ref('');
  /** The layout that the store has of the open session, as it was written there. */
  const layout = ref<string | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The title that the host document had last: a session is named after it when it changes, and else keeps the name it was given. */
  let labTitle: string | null = null;

  function show(title: string, texts: ResultOf<'samples.open'>['documents'], session: string | null, itsLayout: string | null = null, edited = false): void {
    clearTimeout(timer);
    capture.close();
    selection.clear();
    current.value = session;
    storedRun.value = null;
    layout.value = itsLayout;
    labTitle = null;
    savedAt.value = null;
    documents.open(title, texts, edited);
    writeSettings(pageStorage(), { lastSession: session });
  }

  const refreshSamples = (): Promise<unknown> => messages.attempt('sessions', async () => (samples.value = await client.call('samples.list', {})));
  const refresh = (): Promise<unknown> =>
    messages.attempt('sessions', async () => {
      const wanted = search.value.trim();
      const found = canSave.value ? await client.call('sessions.list', wanted === '' ? {} : { search: wanted }) : [];
      if (wanted === search.value.trim()) list.value = found;
    });

  /** From now on the list is what has these words. */
  function find(words: string): Promise<unknown> {
    search.value = words.slice(0, 1000);
    return refresh();
  }

  /** A session that was deleted; its documents stay on screen. */
  function gone(id: string): void {
    if (current.value !== id) return;
    current.value = null;
    savedAt.value = null;
    writeSettings(pageStorage(), { lastSession: null });
  }

  /** Opens a sample and runs it: its results are what it is for. True too where something else was opened meanwhile. */
  const openSample = (id: string): Promise<boolean> =>
    opening.open(async (isOver) => {
      const sample = await messages.attempt('sessions', () => client.call('samples.open', { id }, { label: 'Opening the sample' }));
      if (sample === undefined) return false;
      if (await isOver()) return true;
      show(sample.title, sample.documents, null);
      if ((await run.run([], isOver)) !== undefined) await selection.afterRun();
      return true;
    });

  const openSession = (id: string): Promise<boolean> =>
    opening.open(async (isOver) => {
      const session = await messages.attempt('sessions', () => client.call('sessions.open', { id }, { label: 'Opening the session' }));
      if (session === undefined) return false;
      if (await isOver()) return true;
      show(session.title, session.documents, id, session.layout);
      if ((await run.run([], isOver)) !== undefined) await selection.afterRun();
      labTitle ??= run.state?.lab.title ?? null;
      return true;
    });

  /** What was being edited when the page was lost. */
  const openDraft = ({ title, session, documents: texts }: Draft): Promise<boolean> =>
    opening.open(async (isOver) => {
      show(title, texts, canSave.value ? session : null, null, true);
      if ((await run.run([], isOver)) !== undefined) await selection.afterRun();
      return true;
    });

  const runsOf = (id: string): Promise<ResultOf<'sessions.open'>['runs'] | undefined> =>
    messages.attempt('sessions', async () => (await client.call('sessions.open', { id, look: true })).runs);

  /** Shows the trace of an earlier run, with the session's documents beside it. */
  async function openStoredRun(session: string, runId: string): Promise<boolean> {
    const opened = await messages.attempt('sessions', () => client.call('sessions.open', { id: session }, { label: 'Opening the session' }));
    if (opened === undefined) return false;
    const state = await messages.attempt('sessions', () => client.call('runs.open', { runId }, { label: 'Reading the stored trace' }));
    if (state === undefined) return false;
    show(opened.title, opened.documents, session, opened.layout);
    run.adopt(state);
    storedRun.value = runId;
    await selection.afterRun();
    return true;
  }

  /** Documents that came from elsewhere, such as a bundle: opened and run, and a session once they are edited. */
  const openDocuments = (title: string, texts: Documents): Promise<boolean> =>
    opening.open(async (isOver) => {
      show(title, texts, null);
      if ((await run.run([], isOver)) !== undefined) await selection.afterRun();
      return true;
    });

  /** Saves the documents, and with them the run they made. A sample becomes a session the first time. */
  async function save(): Promise<void> {
    clearTimeout(timer);
    if (!canSave.value || documents.opened === 0) return;
    const before = documents.opened;
    const own = current.value;
    const title = (run.state?.lab.title || documents.title || 'Untitled lab').slice(0, 200);
    const isRenamed = own === null || (labTitle !== null && labTitle !== title);
    try {
      const { id } = await client.call('sessions.save', { ...(own === null ? { began: documents.asOpened() } : { id: own }), ...(isRenamed ? { title } : {}), documents: documents.snapshot() });
      if (before !== documents.opened) return;
      if (own !== null && id !== own) messages.show('app', 'Another window changed this session meanwhile. Nothing is lost: what this window has is a session of its own from now on.');
      labTitle = title;
      current.value = id;
      savedAt.value = new Date();
      problem.value = null;
      writeSettings(pageStorage(), { lastSession: id });
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  }

  /** Tries to open a store again that could not be opened. What was edited meanwhile is then saved. Says whether it is there. */
  async function retryStore(): Promise<boolean> {
    if ((await messages.attempt('app', () => client.retryStore())) !== true) return false;
    await refresh();
    if (documents.edits > 0) await save();
    return true;
  }

  /** Keeps the layout of the open session; losing one costs nothing that would be worth a message. */
  async function saveLayout(text: string): Promise<void> {
    if (current.value === null || !canSave.value || text === layout.value) return;
    layout.value = text;
    await client.call('sessions.layout', { id: current.value, layout: text }).catch(() => undefined);
  }

  // Another machine has taken its place: what is on screen is a run of its own.
  watch(() => run.machine, () => (storedRun.value = null), { flush: 'sync' });

  watch(
    () => documents.edits,
    (edits) => {
      clearTimeout(timer);
      if (edits > 0) timer = setTimeout(() => void save(), SAVE_DELAY);
    },
  );

  return { current, storedRun, savedAt, problem, canSave, hasUnsavedEdits, samples, list, search, layout, saveLayout, refreshSamples, refresh, find, gone, openSample, openSession, openDraft, runsOf, openStoredRun, openDocuments, save, retryStore };
});

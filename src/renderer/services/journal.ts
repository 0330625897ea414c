/**
 * What is done in the open session, kept action by action: an edit is on the disk moments after it was typed, a crash loses nothing, and
 * undo goes back across restarts. Without a store there is none, and edits live in this window only.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { RpcError, type Action, type Documents, type JournalState } from '../../protocol/contract.ts';
import { editsBetween } from '../../protocol/edits.ts';
import { DOCUMENT_NAMES, useDocuments, type DocumentName } from './documents.ts';
import { useLabClient } from './lab-client.ts';
import { useMessages } from './messages.ts';
import { useSessions } from './sessions.ts';

/** After the last key press, in milliseconds. */
const QUIET = 250;

export interface Noted {
  readonly title: string;
  readonly notes: string;
  readonly tags: readonly string[];
}

export const useJournal = defineStore('journal', () => {
  const client = useLabClient();
  const documents = useDocuments();
  const messages = useMessages();
  const sessions = useSessions();
  const state = shallowRef<JournalState | null>(null);
  const noted = shallowRef<Noted>({ title: '', notes: '', tags: [] });
  /** Actions that the documents were brought back with: what was done after the last save. */
  const recovered = ref(0);
  /** Why the last action is not kept, or null. */
  const problem = ref<string | null>(null);
  /** The texts that the journal leads to. */
  let known: Documents | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let work: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(next: () => Promise<T>): Promise<T> => {
    const turn = work.then(next);
    work = turn.catch(() => undefined);
    return turn;
  };

  /** The journal of the open session as it is now. */
  async function read(id: string): Promise<void> {
    const opened = await messages.attempt('sessions', () => client.call('sessions.open', { id, look: true }));
    if (opened === undefined || sessions.current !== id) return;
    state.value = opened.journal;
    noted.value = { title: opened.title, notes: opened.notes, tags: opened.tags };
    known = opened.documents;
    problem.value = null;
    if (documents.edits === 0) recovered.value = opened.journal.unsaved;
    else void keepEdits();
  }

  watch(
    [() => sessions.current, () => documents.opened],
    ([id]) => {
      clearTimeout(timer);
      state.value = null;
      known = null;
      recovered.value = 0;
      noted.value = { title: '', notes: '', tags: [] };
      if (id !== null && sessions.canSave) void inTurn(() => read(id));
    },
    { flush: 'sync', immediate: true },
  );
  watch(
    () => documents.edits,
    (edits) => {
      clearTimeout(timer);
      if (edits > 0 && state.value !== null) timer = setTimeout(() => void keepEdits(), QUIET);
    },
  );
  // What was saved is in the journal, whoever wrote it there.
  watch(
    () => sessions.savedAt,
    (saved) => {
      const id = sessions.current;
      if (saved !== null && id !== null && sessions.canSave) void inTurn(() => read(id));
    },
  );

  /** What was typed since the last time, up to now, as one action. */
  function keepEdits(): Promise<boolean> {
    clearTimeout(timer);
    const now = documents.snapshot();
    const follow = documents.cameBy !== 'edit';
    return inTurn(async () => {
      const before = known;
      const edits = before === null ? [] : editsBetween(before, now);
      if (edits.length === 0 || !(await append({ kind: 'edit', edits }, follow))) return false;
      known = now;
      return true;
    });
  }

  /** `follow`: it was undone or done again, and so it is in the journal, if it has been there. */
  async function append(action: Action, follow = false): Promise<boolean> {
    const [id, before] = [sessions.current, state.value];
    if (id === null || before === null) return false;
    const send = async (after: number): Promise<JournalState> => client.call('journal.append', { id, after, actions: [action], follow });
    try {
      state.value = await send(before.last).catch(async (error: unknown) => {
        const last = await ownLast(id, error);
        if (last === null) throw error;
        return send(last);
      });
      problem.value = null;
      return true;
    } catch (error) {
      const isOther = error instanceof RpcError && error.code === 'journal-conflict';
      problem.value = isOther ? 'another window changed this session: open it again to go on with what is there' : error instanceof Error ? error.message : String(error);
      return false;
    }
  }

  /** The host writes into the journal too, when it saves: its last action, if what it leads to is what this window has. */
  async function ownLast(id: string, error: unknown): Promise<number | null> {
    if (!(error instanceof RpcError) || error.code !== 'journal-conflict') return null;
    const { documents: kept, journal, notes, tags } = await client.call('sessions.open', { id, look: true });
    const before = known;
    const isOwn = before !== null && notes === noted.value.notes && tags.join() === noted.value.tags.join() && DOCUMENT_NAMES.every((name) => kept[name] === before[name]);
    return isOwn ? journal.last : null;
  }

  async function note(change: Partial<Noted>): Promise<void> {
    const before = noted.value;
    const after = { ...before, ...change };
    await inTurn(async () => {
      if (after.title !== before.title && (await append({ kind: 'title', before: before.title, after: after.title }))) noted.value = { ...noted.value, title: after.title };
      if (after.notes !== before.notes && (await append({ kind: 'notes', before: before.notes, after: after.notes }))) noted.value = { ...noted.value, notes: after.notes };
      if (after.tags !== before.tags && (await append({ kind: 'tags', before: [...before.tags], after: [...after.tags] }))) noted.value = { ...noted.value, tags: after.tags };
    });
    await sessions.refresh();
  }

  const canUndo = computed(() => (state.value?.undo ?? 0) > 0);
  const canRedo = computed(() => (state.value?.redo ?? 0) > 0);

  /** One action back, or done again: of this visit or of one before it. Which document changed, if one did. */
  async function move(method: 'journal.undo' | 'journal.redo'): Promise<DocumentName | null> {
    await keepEdits();
    const id = sessions.current;
    // What was typed last may have been all that there was to undo.
    if (id === null || !(method === 'journal.undo' ? canUndo : canRedo).value) return null;
    return inTurn(async () => {
      const working = await messages.attempt('sessions', () => client.call(method, { id }));
      if (working === undefined || sessions.current !== id) return null;
      known = working.documents;
      state.value = working.journal;
      noted.value = { title: working.title, notes: working.notes, tags: working.tags };
      return documents.restore(working.documents);
    });
  }

  const forgetRecovered = (): void => void (recovered.value = 0);

  return { state, noted, recovered, problem, canUndo, canRedo, keepEdits, note, undo: () => move('journal.undo'), redo: () => move('journal.redo'), forgetRecovered };
});

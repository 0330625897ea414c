/** The three documents of the open lab, and what is wrong with them. */
import { defineStore } from 'pinia';
import { computed, reactive, ref, shallowRef } from 'vue';
import type { Documents, Problem } from '../../protocol/contract.ts';
import { useLabClient } from './lab-client.ts';
import { EditHistory, type Change } from './edit-history.ts';
import { useMessages } from './messages.ts';

export type DocumentName = keyof Documents;
export const DOCUMENT_NAMES: readonly DocumentName[] = ['host', 'guest', 'steps'];

/** After the last key press, in milliseconds. */
const CHECK_DELAY = 250;

export const useDocuments = defineStore('documents', () => {
  const client = useLabClient();
  const messages = useMessages();
  const title = ref('');
  const texts = reactive<Documents>({ host: '', guest: '', steps: '' });
  /** Grows when other documents are opened: editors then show the new texts and forget their undo stack. */
  const opened = ref(0);
  /** The texts as they were opened. */
  let began: Documents = { ...texts };
  /** Grows with every edit. */
  const edits = ref(0);
  const problems = shallowRef<readonly Problem[]>([]);
  const errors = computed(() => problems.value.filter((problem) => problem.severity === 'error').length);
  const history = new EditHistory();
  const lastChange = shallowRef<Change | null>(null);
  const undoneChange = shallowRef<Change | null>(null);
  /** How the newest texts came about: an edit; an editor's own undo or redo; or the history of the window or of the session, which an editor does not undo. */
  const cameBy = ref<'edit' | 'editor' | 'history'>('edit');
  let timer: ReturnType<typeof setTimeout> | undefined;
  let checking: AbortController | undefined;

  const snapshot = (): Documents => ({ ...texts });
  const asOpened = (): Documents => began;

  /** `edited`: nobody has these texts but this page. */
  function open(newTitle: string, documents: Documents, edited = false): void {
    title.value = newTitle;
    Object.assign(texts, documents);
    began = { ...documents };
    edits.value = edited ? 1 : 0;
    problems.value = [];
    history.clear();
    newest();
    opened.value++;
    void check();
  }

  /** `position`: of a step that is put in by hand. `within`: the editor of the document undoes or redoes by itself. */
  function edit(name: DocumentName, text: string, { position = null, within }: { readonly position?: number | null; readonly within?: 'undo' | 'redo' } = {}): void {
    const before = texts[name];
    if (before === text) return;
    if (within === undefined) history.record({ document: name, before, after: text, position }, performance.now());
    else history.within(within, name, before, text);
    put(name, text, within === undefined ? 'edit' : 'editor');
  }

  /** Takes back the last edit, or does it again; null: there is none. */
  function move(kind: 'undo' | 'redo'): Change | null {
    const change = history[kind]();
    if (change !== null) put(change.document, kind === 'undo' ? change.before : change.after, 'history');
    return change;
  }

  /** Texts of the session's journal. What this window did is among what the journal has: from here on it is undone there. */
  function restore(documents: Documents): DocumentName | null {
    const changed = DOCUMENT_NAMES.filter((name) => texts[name] !== documents[name]);
    history.clear();
    for (const name of changed) put(name, documents[name], 'history');
    return changed[0] ?? null;
  }

  function newest(): void {
    lastChange.value = history.last;
    undoneChange.value = history.undone;
  }

  function put(name: DocumentName, text: string, by: typeof cameBy.value): void {
    texts[name] = text;
    cameBy.value = by;
    newest();
    edits.value++;
    clearTimeout(timer);
    timer = setTimeout(() => void check(), CHECK_DELAY);
  }

  /** Asks the host what is wrong with the texts as they are now; only the newest answer counts. */
  async function check(): Promise<void> {
    clearTimeout(timer);
    checking?.abort();
    const own = (checking = new AbortController());
    const answer = await messages.attempt('editors', () => client.call('documents.check', { documents: snapshot() }, { signal: own.signal }));
    if (answer === undefined || checking !== own) return;
    problems.value = answer.problems;
    if (errors.value === 0) messages.clear('run');
  }

  const report = (found: readonly Problem[]): void => void (problems.value = found);

  return { title, texts, opened, edits, problems, errors, lastChange, undoneChange, cameBy, snapshot, asOpened, open, edit, move, restore, check, report };
});

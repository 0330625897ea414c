/** The three documents of the open lab, and what is wrong with them. */
import { defineStore } from 'pinia';
import { computed, reactive, ref, shallowRef } from 'vue';
import type { Documents, Problem } from '../../protocol/contract.ts';
import { useLabClient } from './lab-client.ts';
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
  /** Grows with every edit. */
  const edits = ref(0);
  const problems = shallowRef<readonly Problem[]>([]);
  const errors = computed(() => problems.value.filter((problem) => problem.severity === 'error').length);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let checking: AbortController | undefined;

  const snapshot = (): Documents => ({ ...texts });

  /** `edited`: nobody has these texts but this page. */
  function open(newTitle: string, documents: Documents, edited = false): void {
    title.value = newTitle;
    Object.assign(texts, documents);
    edits.value = edited ? 1 : 0;
    problems.value = [];
    opened.value++;
    void check();
  }

  function edit(name: DocumentName, text: string): void {
    if (texts[name] === text) return;
    texts[name] = text;
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

  return { title, texts, opened, edits, problems, errors, snapshot, open, edit, check, report };
});

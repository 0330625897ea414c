/** Keeps a draft of the lab at hand. */
import { watch } from 'vue';
import { useDocuments } from './documents.ts';
import { writeDraft } from './draft.ts';
import { useSessions } from './sessions.ts';

/** After the last key press, in milliseconds. */
const DELAY = 300;

/** From the first edit on, saved or not, until another lab is opened. */
export function keepDraft(storage: Storage | null): void {
  const documents = useDocuments();
  const sessions = useSessions();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = (): void => writeDraft(storage, { title: documents.title, session: sessions.current, documents: documents.snapshot() });
  watch([() => documents.opened, () => documents.edits, () => sessions.current], () => {
    clearTimeout(timer);
    if (documents.edits > 0) timer = setTimeout(write, DELAY);
    else writeDraft(storage, null);
  });
}

/** Each session has the layout it was left in. */
import { watch } from 'vue';
import { useDocuments } from '../../services/documents.ts';
import { useLayout } from '../../services/layout.ts';
import { useSessions } from '../../services/sessions.ts';

export function keepLayoutWithSession(): void {
  const documents = useDocuments();
  const layout = useLayout();
  const sessions = useSessions();
  watch([() => documents.opened, () => sessions.current], () => layout.openFor(sessions.current));
}

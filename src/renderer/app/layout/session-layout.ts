/** Each session has the layout it was left in: the store keeps it with the session, and this browser for labs that were never saved. */
import { watch } from 'vue';
import { useDocuments } from '../../services/documents.ts';
import { useLayout } from '../../services/layout.ts';
import { useSessions } from '../../services/sessions.ts';
import { parseDesk } from '../../services/settings.ts';

/** After the last change, in milliseconds. */
const SAVE_DELAY = 1000;

export function keepLayoutWithSession(): void {
  const documents = useDocuments();
  const layout = useLayout();
  const sessions = useSessions();
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch([() => documents.opened, () => sessions.current], () => {
    clearTimeout(timer);
    layout.openFor(sessions.current, parseDesk(sessions.layout));
  });
  watch(
    () => layout.kept,
    (desk) => {
      const session = sessions.current;
      clearTimeout(timer);
      if (desk === null || session === null) return;
      timer = setTimeout(() => session === sessions.current && void sessions.saveLayout(JSON.stringify(desk)), SAVE_DELAY);
    },
  );
}

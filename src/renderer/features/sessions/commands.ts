/** Commands that open and save labs. */
import { ref } from 'vue';
import { registerCommands } from '../../services/commands.ts';
import { useJournal } from '../../services/journal.ts';
import { useSessions } from '../../services/sessions.ts';

/** Whether the dialog of saved sessions is open. */
export const openDialog = ref(false);

export function registerSessionCommands(): void {
  const sessions = useSessions();
  const journal = useJournal();
  registerCommands([
    { id: 'open.sessions', title: 'Open a saved session', group: 'Open', hotkeys: ['Ctrl+Shift+Alt+o'], run: () => (openDialog.value = true) },
    { id: 'session.undo', title: 'Undo the last action of this session, across restarts', group: 'Open', hotkeys: ['Ctrl+Alt+z'], when: () => journal.canUndo, run: () => journal.undo() },
    { id: 'session.redo', title: 'Do it again', group: 'Open', hotkeys: ['Ctrl+Alt+y'], when: () => journal.canRedo, run: () => journal.redo() },
    { id: 'open.save', title: 'Save this lab now', group: 'Open', hotkeys: ['Ctrl+s'], when: () => sessions.canSave, run: () => sessions.save() },
  ]);
}

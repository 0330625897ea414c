/** Commands that open and save labs. */
import { ref } from 'vue';
import { registerCommands } from '../../services/commands.ts';
import { useSessions } from '../../services/sessions.ts';

/** Whether the dialog of saved sessions is open. */
export const openDialog = ref(false);

export function registerSessionCommands(): void {
  const sessions = useSessions();
  registerCommands([
    { id: 'open.sessions', title: 'Open a saved session', group: 'Open', hotkeys: ['Ctrl+Shift+Alt+o'], run: () => (openDialog.value = true) },
    { id: 'open.save', title: 'Save this lab now', group: 'Open', hotkeys: ['Ctrl+s'], when: () => sessions.canSave, run: () => sessions.save() },
  ]);
}

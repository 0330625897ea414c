/** Commands that open and save labs. */
import { ref } from 'vue';
import { registerCommands } from '../../services/commands.ts';
import { useSessions } from '../../services/sessions.ts';

/** The dialog that is open, if one is. */
export const openDialog = ref<'samples' | 'sessions' | null>(null);

export function registerSessionCommands(): void {
  const sessions = useSessions();
  registerCommands([
    { id: 'open.samples', title: 'Open a sample lab', group: 'Open', hotkeys: ['Ctrl+o'], run: () => (openDialog.value = 'samples') },
    { id: 'open.sessions', title: 'Open a saved session', group: 'Open', hotkeys: ['Ctrl+Shift+o'], run: () => (openDialog.value = 'sessions') },
    { id: 'open.save', title: 'Save this lab now', group: 'Open', hotkeys: ['Ctrl+s'], when: () => sessions.canSave, run: () => sessions.save() },
  ]);
}

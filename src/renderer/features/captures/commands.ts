/** Commands of captures. */
import { ref } from 'vue';
import { registerCommands } from '../../services/commands.ts';

export const captureDialog = ref(false);

export function registerCaptureCommands(): void {
  registerCommands([{ id: 'open.capture', title: 'Open a capture', group: 'Open', hotkeys: ['Ctrl+Alt+o'], run: () => (captureDialog.value = true) }]);
}

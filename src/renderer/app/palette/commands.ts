/** Commands that open the palette, quick open and Go to. */
import { ref } from 'vue';
import { registerCommands } from '../../services/commands.ts';

export const palette = ref<'commands' | 'open' | 'go' | null>(null);

export function registerPaletteCommands(): void {
  registerCommands([
    { id: 'window.palette', title: 'All commands', group: 'Window', hotkeys: ['Ctrl+Shift+p', 'F1'], run: () => (palette.value = 'commands') },
    { id: 'open.quick', title: 'Quick open: lab, session, panel, StreamID, address, register', group: 'Open', hotkeys: ['Ctrl+p'], run: () => (palette.value = 'open') },
    { id: 'look.go', title: 'Go to a transaction, step, event or address', group: 'Look', hotkeys: ['Ctrl+g'], run: () => (palette.value = 'go') },
  ]);
}

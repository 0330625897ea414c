/** Commands that open the palette, quick open, Go to and the copy menu. */
import { ref } from 'vue';
import { registerCommands } from '../../services/commands.ts';

export type PaletteMode = 'commands' | 'open' | 'go' | 'copy';
export const palette = ref<PaletteMode | null>(null);

export function registerPaletteCommands(): void {
  registerCommands([
    { id: 'window.palette', title: 'All commands', group: 'Window', hotkeys: ['Ctrl+Shift+p'], run: () => (palette.value = 'commands') },
    { id: 'open.quick', title: 'Quick open: lab, session, panel, StreamID, address, register', group: 'Open', hotkeys: ['Ctrl+p'], run: () => (palette.value = 'open') },
    { id: 'look.copy', title: 'Copy the record or the transaction as hex, text, JSON, YAML, C, command line', group: 'Look', hotkeys: ['c'], run: () => (palette.value = 'copy') },
    { id: 'look.go', title: 'Go to a transaction, step, event or address', group: 'Look', hotkeys: ['Ctrl+g'], run: () => (palette.value = 'go') },
  ]);
}

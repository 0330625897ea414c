/** Commands of the settings. */
import { ref } from 'vue';
import { registerCommands } from '../../services/commands.ts';

export type SettingsPart = 'look' | 'keys' | 'macros';
/** The part of the settings that is open. */
export const settingsDialog = ref<SettingsPart | null>(null);

export function registerSettingsCommands(): void {
  registerCommands([
    { id: 'window.settings', title: 'Settings', group: 'Window', hotkeys: ['Ctrl+,'], run: () => (settingsDialog.value = 'look') },
    { id: 'window.macros', title: 'Macros: commands one after the other', group: 'Window', run: () => (settingsDialog.value = 'macros') },
    { id: 'window.rebind', title: 'Change keys', group: 'Window', run: () => (settingsDialog.value = 'keys') },
  ]);
}

/** Commands of the gallery of samples. */
import { ref } from 'vue';
import { registerCommands } from '../../services/commands.ts';

/** How the gallery is open: asked for, or as the first thing that somebody sees. */
export const gallery = ref<'samples' | 'welcome' | null>(null);

export function registerGalleryCommands(): void {
  registerCommands([{ id: 'open.samples', title: 'Open a sample lab', group: 'Open', hotkeys: ['Ctrl+o'], run: () => (gallery.value = 'samples') }]);
}

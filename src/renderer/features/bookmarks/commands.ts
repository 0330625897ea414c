/** Commands of bookmarks. */
import { ref } from 'vue';
import { useBookmarks } from '../../services/bookmarks.ts';
import { registerCommands } from '../../services/commands.ts';

/** Whether the dialog that makes one is open. */
export const bookmarkDialog = ref(false);

export function registerBookmarkCommands(): void {
  const bookmarks = useBookmarks();
  registerCommands([
    { id: 'look.bookmark', title: 'Bookmark the transaction, event or address, with a note', group: 'Look', hotkeys: ['b'], when: () => bookmarks.places.length > 0, run: () => (bookmarkDialog.value = true) },
  ]);
}

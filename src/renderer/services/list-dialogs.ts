/** Dialogs about how a list looks: which one is open, and of which list. */
import { ref } from 'vue';
import { hintOf } from './commands.ts';
import type { LookList } from './list-columns.ts';

export type ListDialog = 'columns' | 'rules' | 'views';
export const listDialog = ref<{ readonly kind: ListDialog; readonly list: LookList } | null>(null);

export const openListDialog = (kind: ListDialog, list: LookList): void => void (listDialog.value = { kind, list });

/** What the buttons of a list say. */
export const listHints = () => ({ pause: hintOf('list.pause'), columns: hintOf('list.columns'), rules: hintOf('list.rules'), views: hintOf('list.views') });

/** Commands about how a list looks: of the pane at hand, else of the transactions. */
import { registerCommands } from '../../services/commands.ts';
import { useFilters } from '../../services/filters.ts';
import { openListDialog } from '../../services/list-dialogs.ts';
import type { LookList } from '../../services/list-columns.ts';
import { useListLooks } from '../../services/list-looks.ts';

const listAtHand = (): LookList => (document.activeElement?.closest('[data-panel]')?.getAttribute('data-panel') === 'trace' ? 'records' : 'transactions');

export function registerListCommands(): void {
  const looks = useListLooks();
  const filters = useFilters();
  const column = (): string | null => looks.looks[listAtHand()].column;
  const shift = (by: 1 | -1): void => {
    const [list, id] = [listAtHand(), column()];
    if (id !== null) looks.move(list, id, looks.looks[list].columns.findIndex((one) => one.id === id) + by);
  };
  registerCommands([
    { id: 'list.columns', title: 'Columns of this list: add, remove, move, radix', group: 'List', hotkeys: ['Shift+c'], run: () => openListDialog('columns', listAtHand()) },
    { id: 'list.rules', title: 'Colour rules of this list', group: 'List', hotkeys: ['Shift+r'], run: () => openListDialog('rules', listAtHand()) },
    { id: 'list.views', title: 'Saved views: open, save, delete', group: 'List', hotkeys: ['Shift+v'], run: () => openListDialog('views', listAtHand()) },
    { id: 'list.sort', title: 'Sort by the chosen column: up, down, as the list has it', group: 'List', hotkeys: ['Shift+o'], run: () => looks.toggleSort(listAtHand(), column() ?? '') },
    { id: 'list.left', title: 'Move the chosen column to the left', group: 'List', hotkeys: ['Shift+ArrowLeft'], when: () => column() !== null, run: () => shift(-1) },
    { id: 'list.right', title: 'Move the chosen column to the right', group: 'List', hotkeys: ['Shift+ArrowRight'], when: () => column() !== null, run: () => shift(1) },
    { id: 'list.remove-column', title: 'Remove the chosen column', group: 'List', when: () => column() !== null, run: () => looks.remove(listAtHand(), column() ?? '') },
    { id: 'list.reset', title: 'Columns and order of this list as they came', group: 'List', run: () => looks.reset(listAtHand()) },
    { id: 'list.pause', title: 'Let no new rows into this list, or let them in', group: 'List', hotkeys: ['Shift+p'], run: () => filters.lists[listAtHand()].pause() },
  ]);
}

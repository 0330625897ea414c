/** Going to the filter of the list at hand. */
import { nextTick } from 'vue';
import { registerCommands } from '../../services/commands.ts';
import { useLayout } from '../../services/layout.ts';

const boxIn = (place: ParentNode | null | undefined): HTMLInputElement | null => place?.querySelector<HTMLInputElement>('input[data-filter]') ?? null;

/** The box of the pane that has the focus, else that of the transactions, brought forward if need be. */
async function focusFilter(): Promise<void> {
  const own = boxIn(document.activeElement?.closest('[data-panel]'));
  if (own === null) {
    useLayout().reveal('transactions');
    await nextTick();
  }
  const box = own ?? boxIn(document.querySelector('[data-panel="transactions"]'));
  box?.focus();
  box?.select();
}

export function registerFilterCommands(): void {
  registerCommands([{ id: 'look.filter', title: 'Filter the list', group: 'Look', hotkeys: ['/'], run: focusFilter }]);
}

/** Commands of the structures. */
import { registerCommands } from '../../services/commands.ts';
import { useLayout } from '../../services/layout.ts';
import { useSelection } from '../../services/selection.ts';
import { useStructures } from './structures-store.ts';

export function registerStructureCommands(): void {
  const layout = useLayout();
  const selection = useSelection();
  const structures = useStructures();
  registerCommands([
    {
      id: 'structures.for-transaction',
      title: 'Structures of this address',
      group: 'Look',
      hotkeys: ['Shift+u'],
      when: () => selection.present !== null,
      run: () => {
        layout.reveal('structures');
        return structures.showForTransaction();
      },
    },
  ]);
}

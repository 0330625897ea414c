/** Commands of the caches. */
import { registerCommands } from '../../services/commands.ts';
import { useLayout } from '../../services/layout.ts';
import { useSelection } from '../../services/selection.ts';
import { useCaches } from './caches-store.ts';

export function registerCacheCommands(): void {
  const caches = useCaches();
  const layout = useLayout();
  const selection = useSelection();
  registerCommands([
    {
      id: 'caches.for-transaction',
      title: 'TLB for this address',
      group: 'Look',
      hotkeys: ['t'],
      when: () => selection.present !== null,
      run: () => {
        layout.reveal('caches');
        return caches.showForTransaction();
      },
    },
    {
      id: 'caches.stale',
      title: 'Stale cache entries',
      group: 'Look',
      hotkeys: ['Shift+t'],
      run: () => {
        layout.reveal('caches');
        caches.showAll();
        caches.staleOnly = true;
      },
    },
  ]);
}

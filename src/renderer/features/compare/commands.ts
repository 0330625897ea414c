/** Commands of a comparison. */
import { registerCommands } from '../../services/commands.ts';
import { useCompared } from '../../services/compared.ts';
import { useLayout } from '../../services/layout.ts';
import { useSides } from './sides-store.ts';

export function registerCompareCommands(): void {
  const compared = useCompared();
  const layout = useLayout();
  const sides = useSides();
  const go = (step: 1 | -1): void => {
    compared.move(step);
    layout.reveal('compare');
  };
  registerCommands([
    { id: 'compare.run', title: 'Compare the two runs that are chosen', group: 'Look', hotkeys: ['Ctrl+F7'], when: () => sides.asked !== null && !compared.isComparing, run: () => (layout.reveal('compare'), sides.compare()) },
    { id: 'compare.next', title: 'Next difference', group: 'Look', hotkeys: ['F7'], when: () => compared.canMove(1), run: () => go(1) },
    { id: 'compare.previous', title: 'Previous difference', group: 'Look', hotkeys: ['Shift+F7'], when: () => compared.canMove(-1), run: () => go(-1) },
  ]);
}

/** Commands of a comparison. */
import { registerCommands } from '../../services/commands.ts';
import { useCompared } from '../../services/compared.ts';
import { useLayout } from '../../services/layout.ts';
import { useLive } from './live-store.ts';
import { useSides } from './sides-store.ts';

export function registerCompareCommands(): void {
  const compared = useCompared();
  const layout = useLayout();
  const live = useLive();
  const sides = useSides();
  const canMove = (step: 1 | -1): boolean => (live.isShown ? live : compared).canMove(step);
  const go = (step: 1 | -1): void => {
    (live.isShown ? live : compared).move(step);
    layout.reveal('compare');
  };
  registerCommands([
    { id: 'compare.run', title: 'Compare the two runs that are chosen', group: 'Look', hotkeys: ['Ctrl+F7'], when: () => sides.asked !== null && !compared.isComparing, run: () => ((live.isShown = false), layout.reveal('compare'), sides.compare()) },
    { id: 'compare.live', title: 'Compare with a live QEMU', group: 'Look', run: () => ((live.isShown = true), layout.reveal('compare')) },
    { id: 'compare.next', title: 'Next difference', group: 'Look', hotkeys: ['F7'], when: () => canMove(1), run: () => go(1) },
    { id: 'compare.previous', title: 'Previous difference', group: 'Look', hotkeys: ['Shift+F7'], when: () => canMove(-1), run: () => go(-1) },
  ]);
}

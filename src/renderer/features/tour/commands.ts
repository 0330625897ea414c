/** Commands of the guided tour. */
import { registerCommands } from '../../services/commands.ts';
import { useTour } from './tour-store.ts';

export function registerTourCommands(): void {
  const tour = useTour();
  registerCommands([
    { id: 'help.tour', title: 'Take the guided tour', group: 'Help', run: () => tour.start() },
    { id: 'help.tour-next', title: 'Tour: next', group: 'Help', hotkeys: ['Alt+n'], when: () => tour.step !== null, run: () => tour.next() },
    { id: 'help.tour-back', title: 'Tour: back', group: 'Help', hotkeys: ['Alt+p'], when: () => tour.at > 0, run: () => tour.back() },
    { id: 'help.tour-leave', title: 'Leave the tour', group: 'Help', when: () => tour.step !== null, run: () => tour.leave() },
  ]);
}

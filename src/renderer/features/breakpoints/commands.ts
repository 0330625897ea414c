/** Commands of breakpoints. */
import { registerCommands } from '../../services/commands.ts';
import { useBreakpoints } from '../../services/breakpoints.ts';
import { useSelection } from '../../services/selection.ts';

export function registerBreakpointCommands(): void {
  const breakpoints = useBreakpoints();
  const selection = useSelection();
  registerCommands([
    {
      id: 'run.break-here',
      title: 'Breakpoint before the selected transaction',
      group: 'Run',
      hotkeys: ['Shift+b'],
      when: () => selection.present !== null,
      run: () => breakpoints.add(`txn == ${selection.present ?? 0}`),
    },
  ]);
}

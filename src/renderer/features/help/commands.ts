/** Commands of the help. */
import { registerCommands } from '../../services/commands.ts';
import type { PanelId } from '../../services/panels.ts';
import { OVERVIEW, type HelpPlace } from './documents.ts';
import { useHelp } from './help-store.ts';

/** `panelAtHand` tells which panel the keyboard is in; `show` brings the help forward. */
export function registerHelpCommands(panelAtHand: () => PanelId | null, show: () => Promise<void>): void {
  const help = useHelp();
  const open = async (place: HelpPlace): Promise<void> => {
    await help.open(place);
    await show();
  };
  const onPanel = async (): Promise<void> => {
    const panel = panelAtHand();
    await (panel === null ? help.open({ document: OVERVIEW, section: '' }) : help.openFor(panel));
    await show();
  };
  registerCommands([
    { id: 'help.panel', title: 'Help on this panel', group: 'Help', hotkeys: ['F1'], run: onPanel },
    { id: 'help.contents', title: 'Documentation', group: 'Help', run: () => open({ document: OVERVIEW, section: '' }) },
    { id: 'help.first-steps', title: 'First steps', group: 'Help', run: () => open({ document: 'first-steps', section: '' }) },
    { id: 'help.filters', title: 'Help on filters', group: 'Help', run: () => open({ document: 'filters', section: '' }) },
    { id: 'help.keys', title: 'Help on keys', group: 'Help', run: () => open({ document: 'window', section: 'keys' }) },
  ]);
}

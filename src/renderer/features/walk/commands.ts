/** Commands of the walk. */
import { registerCommands, type Command } from '../../services/commands.ts';
import { copyText, saveFile } from '../../services/exporting.ts';
import { useLayout } from '../../services/layout.ts';
import { useMessages } from '../../services/messages.ts';
import { walkSvg } from './walk-svg.ts';
import { useWalk } from './walk-store.ts';
import { walkText } from './walk-text.ts';

export function registerWalkCommands(): void {
  const walk = useWalk();
  const layout = useLayout();
  const messages = useMessages();
  const there = (): boolean => walk.view !== null;
  const shown = (work: () => void) => (): void => {
    layout.reveal('walk');
    work();
  };
  const commands: readonly Command[] = [
    { id: 'walk.next', title: 'Walk: next read', group: 'Look', hotkeys: [']'], when: there, run: shown(() => walk.step(1)) },
    { id: 'walk.previous', title: 'Walk: read before', group: 'Look', hotkeys: ['['], when: there, run: shown(() => walk.step(-1)) },
    { id: 'walk.beside', title: 'Walk now, beside what was held', group: 'Look', hotkeys: ['Shift+w'], when: there, run: shown(() => (walk.beside = !walk.beside)) },
    { id: 'walk.copy', title: 'Copy the walk as text', group: 'Look', hotkeys: ['Ctrl+Alt+c'], when: there, run: () => messages.attempt('walk', () => copyText(walkText(walk.view!))) },
    { id: 'walk.svg', title: 'Save the walk as SVG', group: 'Look', hotkeys: ['Ctrl+Alt+s'], when: there, run: () => saveFile(`walk-${walk.view!.txn}.svg`, 'image/svg+xml', walkSvg(walk.view!)) },
  ];
  registerCommands(commands);
}

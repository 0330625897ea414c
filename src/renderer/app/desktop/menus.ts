/** The menus of the desktop: the commands of the registry, by their groups. */
import type { Menu } from '../../../protocol/desktop.ts';
import { allCommands, COMMAND_GROUPS, isEnabled, keysOfCommand, type Command } from '../../services/commands.ts';

/** Groups whose menu has another name on a desktop. */
const TITLES: Readonly<Record<string, string>> = { Open: 'File' };

const itemOf = (command: Command): Menu['items'][number] => ({ id: command.id, title: command.title, keys: keysOfCommand(command)[0] ?? null, enabled: isEnabled(command) });

/** As they are now; reads what commands depend on, so that a watcher of it runs again when that changes. */
export function menusNow(): Menu[] {
  const commands = allCommands();
  return COMMAND_GROUPS.map((group) => ({ title: TITLES[group] ?? group, items: commands.filter((command) => command.group === group).map(itemOf) })).filter(({ items }) => items.length > 0);
}

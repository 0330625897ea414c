/** Every command, as lines of the palette. */
import { allCommands, isEnabled, keysOfCommand } from '../../services/commands.ts';
import { fuzzyRank } from '../../services/fuzzy.ts';
import { hotkeyText } from '../../services/hotkeys.ts';
import type { PaletteItem } from './palette-item.ts';

export function commandItems(query: string): readonly PaletteItem[] {
  const ranked = fuzzyRank(query, allCommands(), (command) => `${command.title} ${command.group}`);
  return ranked.map((command) => ({ id: command.id, title: command.title, detail: command.group, keys: keysOfCommand(command).map(hotkeyText), disabled: !isEnabled(command), run: () => command.run() }));
}

/**
 * Everything a user can do is a command: menu, palette, buttons, keys and the keyboard sheet all go through this registry.
 */
import { shallowReactive } from 'vue';
import { assert } from '../../model/base/assert.ts';
import { hotkeyText, type Hotkey } from './hotkeys.ts';
import { bind, keysOf } from './keys.ts';

export const COMMAND_GROUPS = ['Run', 'Open', 'Edit', 'Look', 'List', 'Layout', 'Window', 'Help'] as const;

export interface Command {
  /** `run.step`: feature, then verb. Stable: buttons name it. */
  readonly id: string;
  readonly title: string;
  readonly group: (typeof COMMAND_GROUPS)[number];
  /** The keys it comes with; `keysOfCommand` tells those it has. */
  readonly hotkeys?: readonly Hotkey[];
  /** False: the command is shown disabled and its keys do nothing. */
  readonly when?: () => boolean;
  run(): unknown;
}

const registry = shallowReactive(new Map<string, Command>());

/** Throws on an id or a hotkey that is taken: both are bugs. Returns what takes the commands back. */
export function registerCommands(commands: readonly Command[]): () => void {
  for (const command of commands) {
    assert(!registry.has(command.id), `command ${command.id} is registered twice`);
    for (const hotkey of command.hotkeys ?? []) assert(!allCommands().some((other) => other.hotkeys?.includes(hotkey)), `hotkey ${hotkey} of ${command.id} is taken`);
    registry.set(command.id, command);
  }
  return () => {
    for (const command of commands) registry.delete(command.id);
  };
}

export const allCommands = (): readonly Command[] => [...registry.values()];

export const commandById = (id: string): Command | undefined => registry.get(id);

export const keysOfCommand = (command: Command): readonly Hotkey[] => keysOf(command.id, command.hotkeys);

export const commandOf = (hotkey: string): Command | undefined => allCommands().find((command) => keysOfCommand(command).some((own) => own === hotkey));

/** Gives a command a key in place of its own; null: those it came with. They are taken from the commands that had them. */
export function rebind(id: string, hotkey: Hotkey | null): void {
  const wanted = hotkey === null ? (registry.get(id)?.hotkeys ?? []) : [hotkey];
  for (const key of wanted) {
    const before = commandOf(key);
    if (before !== undefined && before.id !== id) bind(before.id, keysOfCommand(before).filter((own) => own !== key));
  }
  bind(id, hotkey === null ? null : wanted);
}

export const isEnabled = (command: Command): boolean => command.when?.() ?? true;

/** Runs a command by id, if it exists and is enabled; says whether it did. */
export function runCommand(id: string): boolean {
  const command = registry.get(id);
  if (command === undefined || !isEnabled(command)) return false;
  command.run();
  return true;
}

/** The same, and waits for what it began. */
export async function runToEnd(id: string): Promise<boolean> {
  const command = registry.get(id);
  if (command === undefined || !isEnabled(command)) return false;
  await command.run();
  return true;
}

/** Runs the command of a hotkey. A disabled command still takes its key, so that F5 never reloads the page by accident. */
export function runHotkey(hotkey: string): boolean {
  const command = commandOf(hotkey);
  if (command === undefined) return false;
  if (isEnabled(command)) command.run();
  return true;
}

/** Title and first hotkey, for a tooltip. */
export function hintOf(id: string): string {
  const command = registry.get(id);
  if (command === undefined) return '';
  const [hotkey] = keysOfCommand(command);
  return hotkey === undefined ? command.title : `${command.title} (${hotkeyText(hotkey)})`;
}

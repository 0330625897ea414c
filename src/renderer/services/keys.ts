/** The keys of commands: those they came with, or those that a user gave them. */
import { shallowReactive } from 'vue';
import { isHotkey, type Hotkey } from './hotkeys.ts';
import { pageStorage, readSettings, writeSettings } from './settings.ts';

const own = shallowReactive(new Map<string, readonly Hotkey[]>());

/** Reads the bindings that were stored; keys that do not exist are left out. */
export function readBindings(): void {
  own.clear();
  for (const [id, keys] of Object.entries(readSettings(pageStorage()).keys)) own.set(id, keys.filter(isHotkey));
}

/** `came`: the keys that the command came with. */
export const keysOf = (id: string, came: readonly Hotkey[] | undefined): readonly Hotkey[] => own.get(id) ?? came ?? [];

export const isRebound = (id: string): boolean => own.has(id);

/** Gives a command other keys; null: those it came with. */
export function bind(id: string, keys: readonly Hotkey[] | null): void {
  if (keys === null) own.delete(id);
  else own.set(id, keys);
  store();
}

/** Every command has the keys that it came with. */
export function unbindAll(): void {
  own.clear();
  store();
}

function store(): void {
  writeSettings(pageStorage(), { keys: Object.fromEntries([...own].map(([command, bound]) => [command, [...bound]])) });
}

/** Commands one after the other: macros that a user made, one for the start, and what the command line asks for. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { nearest } from '../../model/spec/nearest.ts';
import { idsIn } from '../../protocol/command-ids.ts';
import { allCommands, commandById, isEnabled, registerCommands, type Command } from './commands.ts';
import { useMessages } from './messages.ts';
import { MACRO_LIMIT, pageStorage, readSettings, writeSettings, type Macro } from './settings.ts';

/** What is wrong with a macro, one sentence for each command that does not exist; `own`: its own id, which it may not run. */
export function problemsOf(text: string, own?: string): readonly string[] {
  const ids = idsIn(text);
  if (ids.length > MACRO_LIMIT) return [`${ids.length} commands: a macro has at most ${MACRO_LIMIT}.`];
  return ids.flatMap((id, index) => {
    if (id === own || (id.startsWith('macro.') && own !== undefined)) return [`Command ${index + 1}, ${id}: a macro cannot run a macro.`];
    if (commandById(id) !== undefined) return [];
    const near = nearest(id, allCommands().map((command) => command.id));
    return [`Command ${index + 1}, ${id}: there is no such command${near === null ? '' : `; did you mean ${near}?`}`];
  });
}

/** Runs them in order, each to its end. Says why it stopped; null: it came to the end. */
export async function runAll(ids: readonly string[]): Promise<string | null> {
  const [problem] = problemsOf(ids.join(' '));
  if (problem !== undefined) return problem;
  for (const [index, id] of ids.entries()) {
    const command = commandById(id);
    if (command === undefined || !isEnabled(command)) return `Command ${index + 1}, ${id}: it cannot be run now.`;
    await command.run();
  }
  return null;
}

export const idOfMacro = (name: string): string => `macro.${name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')}`;

export const useMacros = defineStore('macros', () => {
  const messages = useMessages();
  const stored = readSettings(pageStorage());
  const list = shallowRef<readonly Macro[]>([]);
  /** Run when the window opens, after its first lab. */
  const startup = shallowRef(stored.startup);
  let unregister: () => void = () => undefined;

  /** A message says where it stopped. */
  async function run(name: string, text: string): Promise<void> {
    const problem = await runAll(idsIn(text));
    if (problem !== null) messages.show('app', `${name}: ${problem}`);
  }

  const commandOf = ({ name, text }: Macro): Command => ({ id: idOfMacro(name), title: `Macro: ${name}`, group: 'Run', run: () => run(`Macro ${name}`, text) });

  /** Each is a command of its own: it can have keys. */
  function set(next: readonly Macro[]): void {
    unregister();
    list.value = next;
    unregister = registerCommands(next.map(commandOf));
    writeSettings(pageStorage(), { macros: next.map((macro) => ({ ...macro })) });
  }

  /** Why there can be no macro of this name; null: there can. */
  function refusedName(name: string, before?: string): string | null {
    const id = idOfMacro(name);
    if (id === 'macro.') return 'A name has a letter or a digit.';
    return list.value.some((macro) => macro.name !== before && idOfMacro(macro.name) === id) ? `There is a macro called ${name} already.` : null;
  }

  const add = (macro: Macro): void => set([...list.value, macro]);
  const change = (name: string, macro: Macro): void => set(list.value.map((one) => (one.name === name ? macro : one)));
  const remove = (name: string): void => set(list.value.filter((one) => one.name !== name));

  function setStartup(text: string): void {
    startup.value = text;
    writeSettings(pageStorage(), { startup: text });
  }

  set(stored.macros.filter(({ name }, index, all) => idOfMacro(name) !== 'macro.' && all.findIndex((one) => idOfMacro(one.name) === idOfMacro(name)) === index));

  return { list, startup, run, refusedName, add, change, remove, setStartup };
});

// @vitest-environment happy-dom
/** docs/commands.md is the registry of commands, written down: `npm run generate -- --quick` writes it anew. */
import { createPinia, setActivePinia } from 'pinia';
import { beforeAll, expect, it } from 'vitest';
import { allCommands, COMMAND_GROUPS, type Command } from '../services/commands.ts';
import { hotkeyText } from '../services/hotkeys.ts';
import { registerAppCommands } from './commands.ts';

beforeAll(() => {
  setActivePinia(createPinia());
  registerAppCommands();
});

const keysOf = ({ hotkeys = [] }: Command): string => hotkeys.map((key) => `\`${hotkeyText(key)}\``).join(', ');

function page(): string {
  const groups = COMMAND_GROUPS.map((group) => {
    const rows = allCommands().filter((command) => command.group === group).sort((a, b) => a.id.localeCompare(b.id, 'en')).map((command) => `| \`${command.id}\` | ${command.title} | ${keysOf(command)} |`);
    return [`## ${group}`, '', '| id | does | keys |', '| --- | --- | --- |', ...rows, ''].join('\n');
  });
  return ['# Commands', '', 'Every command of [the window](window.md), as Ctrl+Shift+P lists it. [Macros](window.md#macros) and `serve --run-commands` name them by their ids; their keys can be changed in the [settings](window.md#settings).', '', ...groups].join('\n');
}

it('is what the documentation lists', async () => {
  expect(allCommands().length).toBeGreaterThan(100);
  await expect(page()).toMatchFileSnapshot('../../../docs/commands.md');
});

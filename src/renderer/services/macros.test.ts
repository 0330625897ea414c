// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { idsIn, problemOfIds } from '../../protocol/command-ids.ts';
import { commandById, rebind, registerCommands, runHotkey } from './commands.ts';
import { unbindAll } from './keys.ts';
import { idOfMacro, problemsOf, runAll, useMacros } from './macros.ts';
import { useMessages } from './messages.ts';
import { readSettings } from './settings.ts';

const done: string[] = [];
let undo: () => void;
beforeEach(() => {
  localStorage.clear();
  setActivePinia(createPinia());
  done.length = 0;
  const slow = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    done.push('run.step');
  };
  undo = registerCommands([
    { id: 'run.step', title: 'Step', group: 'Run', run: slow },
    { id: 'look.walk', title: 'Walk', group: 'Look', run: () => done.push('look.walk') },
    { id: 'run.stop', title: 'Stop', group: 'Run', when: () => false, run: () => done.push('run.stop') },
  ]);
});
afterEach(() => {
  useMacros().list.forEach(({ name }) => useMacros().remove(name));
  unbindAll();
  undo();
});

it('runs commands in order, each to its end', async () => {
  expect(await runAll(['run.step', 'look.walk', 'run.step'])).toBeNull();
  expect(done).toEqual(['run.step', 'look.walk', 'run.step']);
});

it('runs nothing when one does not exist, and says which, and what was meant', async () => {
  expect(await runAll(['run.step', 'look.wakl'])).toBe('Command 2, look.wakl: there is no such command; did you mean look.walk?');
  expect(done).toEqual([]);
});

it('stops before a command that cannot be run now', async () => {
  expect(await runAll(['look.walk', 'run.stop', 'run.step'])).toBe('Command 2, run.stop: it cannot be run now.');
  expect(done).toEqual(['look.walk']);
});

it('is a command that can have keys, is remembered, and runs no macro', async () => {
  const macros = useMacros();
  macros.add({ name: 'My way', text: 'run.step look.walk' });
  expect(commandById('macro.my-way')?.title).toBe('Macro: My way');
  rebind('macro.my-way', 'F9');
  expect(runHotkey('F9')).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(done).toEqual(['run.step', 'look.walk']);
  expect(readSettings(localStorage).macros).toEqual([{ name: 'My way', text: 'run.step look.walk' }]);
  expect(problemsOf('macro.my-way', 'macro.other')).toEqual(['Command 1, macro.my-way: a macro cannot run a macro.']);
  expect(macros.refusedName('my WAY')).toContain('already');
  expect(macros.refusedName('my WAY', 'My way')).toBeNull();
  expect(macros.refusedName('!!')).toContain('letter');
});

it('says in the window why it stopped', async () => {
  await useMacros().run('--run-commands', 'no.such');
  expect(useMessages().byPlace.get('app')).toContain('--run-commands: Command 1, no.such');
});

it('takes ids from the command line, and says what is none', () => {
  expect(idsIn(' run.step,look.walk\n walk.beside ')).toEqual(['run.step', 'look.walk', 'walk.beside']);
  expect([problemOfIds('run.step, layout.next-pane'), problemOfIds('run.step, rm -rf')]).toEqual([null, 'command 2, "rm": expected the id of a command, such as run.to-fault']);
  expect(problemOfIds(' , ')).toContain('expected the ids');
  expect(idOfMacro('To the next Fault!')).toBe('macro.to-the-next-fault');
});

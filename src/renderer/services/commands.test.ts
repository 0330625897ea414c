// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest';
import { allCommands, commandOf, hintOf, keysOfCommand, rebind, registerCommands, runCommand, runHotkey, type Command } from './commands.ts';
import { unbindAll } from './keys.ts';

const command = (over: Partial<Command> = {}): Command => ({ id: 'run.step', title: 'Step', group: 'Run', hotkeys: ['F10'], run: vi.fn(), ...over });

const undo: (() => void)[] = [];
const register = (...commands: Command[]): void => void undo.push(registerCommands(commands));
afterEach(() => undo.splice(0).forEach((take) => take()));

describe('the registry', () => {
  it('runs a command by id and by hotkey', () => {
    const step = command();
    register(step);
    expect(runCommand('run.step')).toBe(true);
    expect(runHotkey('F10')).toBe(true);
    expect(step.run).toHaveBeenCalledTimes(2);
    expect(runCommand('run.back')).toBe(false);
    expect(runHotkey('F11')).toBe(false);
  });

  it('refuses an id or a hotkey that is taken', () => {
    register(command());
    expect(() => registerCommands([command()])).toThrow('run.step is registered twice');
    expect(() => registerCommands([command({ id: 'run.over' })])).toThrow('F10 of run.over is taken');
  });

  it('does not run a disabled command, but keeps its key from the browser', () => {
    const step = command({ when: () => false });
    register(step);
    expect(runCommand('run.step')).toBe(false);
    expect(runHotkey('F10')).toBe(true);
    expect(step.run).not.toHaveBeenCalled();
  });

  it('takes commands back', () => {
    register(command());
    undo.splice(0).forEach((take) => take());
    expect(allCommands()).toEqual([]);
  });

  it('names the key in the hint', () => {
    register(command(), command({ id: 'run.note', title: 'Note', hotkeys: [] }));
    expect(hintOf('run.step')).toBe('Step (F10)');
    expect(hintOf('run.note')).toBe('Note');
  });
});

describe('other keys', () => {
  const keysNow = (): string[][] => allCommands().map((one) => [...keysOfCommand(one)]);

  it('are taken from the command that had them, and given back when the keys it came with are wanted', () => {
    register(command({ hotkeys: ['F10', '.'] }), command({ id: 'run.back', title: 'Back', hotkeys: [','] }));
    rebind('run.back', '.');
    expect(keysNow()).toEqual([['F10'], ['.']]);
    expect(commandOf('.')?.id).toBe('run.back');
    expect(hintOf('run.back')).toBe('Back (.)');
    rebind('run.step', null);
    expect(keysNow()).toEqual([['F10', '.'], []]);
    rebind('run.back', null);
    expect(keysNow()).toEqual([['F10', '.'], [',']]);
  });

  it('come back all at once', () => {
    register(command());
    rebind('run.step', 'F9');
    expect(runHotkey('F10')).toBe(false);
    unbindAll();
    expect(keysNow()).toEqual([['F10']]);
  });
});

it('does not compile a key that does not exist', () => {
  // @ts-expect-error F13 is no hotkey
  expect(command({ hotkeys: ['F13'] }).id).toBe('run.step');
});

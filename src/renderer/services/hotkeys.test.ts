// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest';
import { actsEverywhere, hotkeyOf, hotkeyText, isHotkey, listenForHotkeys } from './hotkeys.ts';

const press = (key: string, over: Partial<KeyboardEventInit> = {}): KeyboardEvent => new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...over });

describe('hotkeyOf', () => {
  it.each([
    [press('F5'), 'F5'],
    [press('F5', { shiftKey: true }), 'Shift+F5'],
    [press('O', { ctrlKey: true, shiftKey: true }), 'Ctrl+Shift+o'],
    [press('o', { metaKey: true }), 'Ctrl+o'],
    [press('?', { shiftKey: true }), '?'],
    [press('j'), 'j'],
    [press('>', { shiftKey: true, code: 'Period' }), 'Shift+.'],
    [press('.', { code: 'Period' }), '.'],
    [press(' ', { code: 'Space' }), 'Space'],
    [press('ArrowLeft', { altKey: true }), 'Alt+ArrowLeft'],
  ])('%#', (event, hotkey) => expect(hotkeyOf(event)).toBe(hotkey));
});

it('lets chords and function keys act everywhere, plain keys not', () => {
  expect(['F5', 'Shift+F5', 'Ctrl+o', 'Alt+x'].every(actsEverywhere)).toBe(true);
  expect(['j', '?', 'Escape', 'Enter', 'Shift+j'].some(actsEverywhere)).toBe(false);
});

describe('listening', () => {
  let stop = (): void => undefined;
  afterEach(() => {
    stop();
    document.body.replaceChildren();
  });
  const listen = (taken = true) => {
    const run = vi.fn(() => taken);
    stop = listenForHotkeys(window, run);
    return run;
  };

  it('leaves plain keys to whoever types, but not function keys', () => {
    const run = listen();
    const input = document.body.appendChild(document.createElement('textarea'));
    input.dispatchEvent(press('j'));
    expect(run).not.toHaveBeenCalled();
    input.dispatchEvent(press('F10'));
    expect(run).toHaveBeenCalledExactlyOnceWith('F10');
  });

  it('keeps the browser from acting on a key that was taken, and only then', () => {
    listen();
    const taken = press('F5');
    document.body.dispatchEvent(taken);
    expect(taken.defaultPrevented).toBe(true);
    stop();
    listen(false);
    const free = press('F7');
    document.body.dispatchEvent(free);
    expect(free.defaultPrevented).toBe(false);
  });

  it('leaves characters typed with AltGr alone', () => {
    const run = listen();
    document.body.dispatchEvent(press('0', { ctrlKey: true, altKey: true, modifierAltGraph: true }));
    expect(run).not.toHaveBeenCalled();
  });

  it('lets a grid have its keys first', () => {
    const run = listen();
    const grid = document.body.appendChild(document.createElement('div'));
    grid.addEventListener('keydown', (event) => event.preventDefault());
    grid.dispatchEvent(press('j'));
    expect(run).not.toHaveBeenCalled();
  });

  it('leaves Space to the button that has the focus', () => {
    const run = listen();
    document.body.appendChild(document.createElement('button')).dispatchEvent(press(' '));
    expect(run).not.toHaveBeenCalled();
    document.body.dispatchEvent(press(' '));
    expect(run).toHaveBeenCalledExactlyOnceWith('Space');
  });

  it('is quiet while a dialog is open', () => {
    const run = listen();
    document.body.appendChild(document.createElement('dialog')).setAttribute('open', '');
    document.body.dispatchEvent(press('F5'));
    expect(run).not.toHaveBeenCalled();
  });
});

it('knows a stored key that exists from one that does not', () => {
  expect(['Ctrl+Shift+p', 'F12', 'Shift+.', 'Ctrl+Shift+Alt+ArrowUp', '?'].every(isHotkey)).toBe(true);
  expect(['F13', 'Meta+a', 'Shift+Ctrl+a', 'Ctrl+', '', 'jj'].some(isHotkey)).toBe(false);
  expect([hotkeyText('Ctrl+Shift+p'), hotkeyText('j'), hotkeyText('Alt+ArrowLeft')]).toEqual(['Ctrl+Shift+P', 'j', 'Alt+←']);
});

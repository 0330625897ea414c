/** Keys as text. The type admits only keys that exist, so that a mistyped hotkey does not compile. */
type Letter = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm' | 'n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z';
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
type FunctionKey = 'F1' | 'F2' | 'F3' | 'F4' | 'F5' | 'F6' | 'F7' | 'F8' | 'F9' | 'F10' | 'F11' | 'F12';
type Mark = '?' | '/' | '.' | ',' | '[' | ']';
type Named = 'Escape' | 'Enter' | 'Space' | 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';
type Key = Letter | Digit | FunctionKey | Mark | Named;
type Modifiers = '' | 'Ctrl+' | 'Shift+' | 'Alt+' | 'Ctrl+Shift+' | 'Ctrl+Alt+' | 'Shift+Alt+' | 'Ctrl+Shift+Alt+';
export type Hotkey = `${Modifiers}${Key}`;

const KEY = /^(?:[a-z0-9]|F(?:[1-9]|1[0-2])|[?/.,[\]]|Escape|Enter|Space|Arrow(?:Left|Right|Up|Down))$/;
const MODIFIERS: readonly string[] = ['', 'Ctrl+', 'Shift+', 'Alt+', 'Ctrl+Shift+', 'Ctrl+Alt+', 'Shift+Alt+', 'Ctrl+Shift+Alt+'] satisfies Modifiers[];

/** A text that came from outside, such as a stored binding. */
export function isHotkey(text: string): text is Hotkey {
  const key = text.replace(/^(?:Ctrl\+|Shift\+|Alt\+)+/, '');
  return KEY.test(key) && MODIFIERS.includes(text.slice(0, text.length - key.length));
}

const CAPS: Readonly<Record<string, string>> = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc' };

/** As a key cap has it: `Ctrl+Shift+P`, `?`, `j`. */
export const hotkeyText = (hotkey: string): string => hotkey.replace(/[^+]+$/, (key) => CAPS[key] ?? (hotkey.includes('+') && key.length === 1 ? key.toUpperCase() : key));

/** What of a KeyboardEvent decides. */
export interface KeyPress {
  readonly key: string;
  /** Where the key is, as a keyboard of the United States has it. */
  readonly code?: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/** Marks that also exist with Shift: what the key then types differs from keyboard to keyboard. */
const SHIFTED: Readonly<Record<string, string>> = { Period: '.', Comma: ',' };

/** The hotkey of a key press; the Command key of macOS counts as Ctrl. Shift is part of a mark, not a modifier of it, save for `.` and `,`. */
export function hotkeyOf(press: KeyPress): string {
  const shifted = press.shiftKey ? SHIFTED[press.code ?? ''] : undefined;
  const isMark = shifted === undefined && press.key.length === 1 && !/[a-z0-9 ]/i.test(press.key);
  const key = shifted ?? (press.key === ' ' ? 'Space' : press.key.length === 1 ? press.key.toLowerCase() : press.key);
  return `${press.ctrlKey || press.metaKey ? 'Ctrl+' : ''}${press.shiftKey && !isMark ? 'Shift+' : ''}${press.altKey ? 'Alt+' : ''}${key}`;
}

/** Function keys and Ctrl or Alt chords act everywhere; plain keys, undo and redo belong to whatever is being typed in. */
export const actsEverywhere = (hotkey: string): boolean => /^(?!Ctrl\+(?:Shift\+)?[zy]$)(Ctrl\+|Alt\+|Shift\+F|Shift\+Alt\+|F\d)/.test(hotkey);

const EDITABLE = 'input:not([type="checkbox"], [type="radio"], [type="range"]), textarea, select, [contenteditable=""], [contenteditable="true"], .monaco-editor';

/** Sends key presses to `run`, which says whether it took one. Returns what ends it. */
export function listenForHotkeys(target: Window, run: (hotkey: string) => boolean): () => void {
  const isTyping = (event: KeyboardEvent): boolean => event.target instanceof Element && event.target.closest(EDITABLE) !== null;
  /** Space presses what has the focus before it is anybody's key. */
  const isPressing = (event: KeyboardEvent, hotkey: string): boolean => hotkey === 'Space' && event.target instanceof Element && event.target.closest('button, input, a, label, summary, [role="tab"], [role="separator"]') !== null;
  const isModal = (): boolean => target.document.querySelector('dialog[open]') !== null;

  const take = (event: KeyboardEvent, hotkey: string): void => {
    if (isModal() || !run(hotkey)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  // Chords are taken on the way down, before an editor sees them; plain keys on the way up, after a grid had its chance.
  const onDown = (event: KeyboardEvent): void => {
    // AltGr looks like Ctrl+Alt, but it types characters.
    if (event.getModifierState('AltGraph')) return;
    const hotkey = hotkeyOf(event);
    if (actsEverywhere(hotkey)) take(event, hotkey);
  };
  const onUp = (event: KeyboardEvent): void => {
    const hotkey = hotkeyOf(event);
    if (!actsEverywhere(hotkey) && !event.defaultPrevented && !isTyping(event) && !isPressing(event, hotkey)) take(event, hotkey);
  };
  target.addEventListener('keydown', onDown, true);
  target.addEventListener('keydown', onUp);
  return () => {
    target.removeEventListener('keydown', onDown, true);
    target.removeEventListener('keydown', onUp);
  };
}

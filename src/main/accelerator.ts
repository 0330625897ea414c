/** Keys as the page writes them, `Ctrl+Shift+p`, in Electron's words. */
const NAMED: Readonly<Record<string, string>> = { ArrowLeft: 'Left', ArrowRight: 'Right', ArrowUp: 'Up', ArrowDown: 'Down', Escape: 'Esc' };

/** The Command key of macOS counts as Ctrl in the page. */
export function acceleratorOf(keys: string): string {
  const parts = keys.split('+');
  const key = parts.pop() ?? '';
  return [...parts.map((modifier) => (modifier === 'Ctrl' ? 'CommandOrControl' : modifier)), NAMED[key] ?? (key.length === 1 ? key.toUpperCase() : key)].join('+');
}

/** A key that also types: a menu of macOS would take it from whoever is typing. */
export const typesToo = (keys: string): boolean => !/^(Ctrl\+|Alt\+|Shift\+F|Shift\+Alt\+|F\d)/.test(keys);

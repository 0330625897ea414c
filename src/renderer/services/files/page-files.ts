import { desktopOf } from '../lab-port.ts';
import { browserFiles } from './browser-files.ts';
import { desktopFiles } from './desktop-files.ts';
import type { Files } from './files.ts';

/** The way to files that this page has: dialogs of the desktop, or those of the browser. */
export function pageFiles(page: Window = window): Files {
  const desktop = desktopOf(page);
  return desktop === undefined ? browserFiles(page) : desktopFiles(desktop);
}

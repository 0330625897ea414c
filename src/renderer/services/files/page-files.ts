import { browserFiles } from './browser-files.ts';
import { desktopFiles } from './desktop-files.ts';
import type { Files } from './files.ts';

/** The way to files that this page has: dialogs of the desktop, or those of the browser. */
export const pageFiles = (page: Window = window): Files => (page.smmuLab === undefined ? browserFiles(page) : desktopFiles(page.smmuLab.desktop));

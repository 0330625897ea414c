/** The window. */
import { BrowserWindow } from 'electron';
import { PAGE_URL } from './page.ts';
import { denyNavigation, webPreferences } from './security.ts';

export function openWindow(preload: string): BrowserWindow {
  // Shown when there is something to see, so that it does not flash empty.
  const window = new BrowserWindow({
    title: 'SMMU Lab',
    width: 1600,
    height: 1000,
    minWidth: 960,
    minHeight: 600,
    show: false,
    webPreferences: webPreferences(preload),
  });
  denyNavigation(window.webContents);
  window.once('ready-to-show', () => window.show());
  void window.loadURL(PAGE_URL);
  return window;
}

/** A second start brings the first window forward instead: two processes would write to one session store. */
export function bringForward(window: BrowserWindow | undefined): void {
  if (window?.isMinimized() === true) window.restore();
  window?.focus();
}

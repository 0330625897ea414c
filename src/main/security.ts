/** What a window may not do. Our page needs none of it, so all of it is denied: https://www.electronjs.org/docs/latest/tutorial/security */
import type { BrowserWindowConstructorOptions, Session, WebContents } from 'electron';

/** Copying a decoded record is the one permission that the page asks for. */
const ALLOWED = 'clipboard-sanitized-write';

export function webPreferences(preload: string, additionalArguments: string[]): NonNullable<BrowserWindowConstructorOptions['webPreferences']> {
  return {
    preload,
    additionalArguments,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
    spellcheck: false,
  };
}

export function denyPermissions(
  session: Pick<Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'>,
): void {
  session.setPermissionRequestHandler((_contents, permission, callback) => callback(permission === ALLOWED));
  session.setPermissionCheckHandler((_contents, permission) => permission === ALLOWED);
  session.setDevicePermissionHandler(() => false);
}

/** The page stays what it is: it opens no window, goes nowhere and embeds nothing. */
export function denyNavigation(contents: Pick<WebContents, 'on' | 'setWindowOpenHandler'>): void {
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** The window: where it was last time, in the colour of its page, and back again when its page is lost. */
import { BrowserWindow, dialog, nativeTheme, screen } from 'electron';
import type { Nonces } from './bridge.ts';
import { PAGE_URL } from './page.ts';
import { recover } from './recovery.ts';
import { denyNavigation, webPreferences } from './security.ts';
import { MINIMUM_SIZE, placeWindow, readWindowState, writeWindowState } from './window-state.ts';
import type { WindowState } from './window-state.ts';

export interface WindowWorld {
  readonly preload: string;
  /** Where its place is kept. */
  readonly stateFile: string;
  readonly nonces: Nonces;
  report(problem: string): void;
}

/** Of the page, before it says so: its own colours. */
const BACKGROUND = { dark: '#121518', light: '#e9ecef' };

export class LabWindow {
  readonly #world: WindowWorld;
  readonly #file: string;
  #state: WindowState;
  #window: BrowserWindow | null = null;

  constructor(world: WindowWorld) {
    this.#world = world;
    this.#file = world.stateFile;
    this.#state = readWindowState(this.#file);
    nativeTheme.themeSource = this.#state.scheme;
  }

  /** The open window; throws where there is none, since only its page can ask. */
  get current(): BrowserWindow {
    if (this.#window === null) throw new Error('There is no window to ask in.');
    return this.#window;
  }

  /** Opens the window, or brings it forward: there is one, since two processes would write to one session store. */
  show(): void {
    if (this.#window === null) this.#open();
    else bringForward(this.#window);
  }

  /** To the page, if there is one. */
  send(channel: string, message: unknown): void {
    this.#window?.webContents.send(channel, message);
  }

  setAppearance({ scheme, background }: Pick<WindowState, 'scheme'> & { readonly background: string }): void {
    this.#state = { ...this.#state, scheme, background };
    nativeTheme.themeSource = scheme;
    this.#window?.setBackgroundColor(background);
    writeWindowState(this.#file, this.#state);
  }

  #open(): void {
    const { preload, nonces, report } = this.#world;
    const { bounds, maximised, zoom, background } = this.#state;
    const window = new BrowserWindow({
      title: 'SMMU Lab',
      ...placeWindow(bounds, screen.getAllDisplays().map(({ workArea }) => workArea)),
      minWidth: MINIMUM_SIZE.width,
      minHeight: MINIMUM_SIZE.height,
      // Shown when there is something to see, so that it does not flash empty.
      show: false,
      backgroundColor: background ?? (nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light),
      webPreferences: webPreferences(preload, [nonces.argument]),
    });
    this.#window = window;
    nonces.give(window.webContents);
    denyNavigation(window.webContents);
    if (maximised) window.maximize();
    window.webContents.on('did-finish-load', () => window.webContents.setZoomLevel(zoom));
    window.once('ready-to-show', () => window.show());
    recover(window, { report, ask: (question) => ask(window, question) });
    window.on('close', () => this.#keep(window));
    window.once('closed', () => (this.#window = null));
    void window.loadURL(PAGE_URL);
  }

  #keep(window: BrowserWindow): void {
    this.#state = { ...this.#state, bounds: window.getNormalBounds(), maximised: window.isMaximized(), zoom: window.webContents.getZoomLevel() };
    writeWindowState(this.#file, this.#state);
  }
}

function bringForward(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.focus();
}

async function ask(window: BrowserWindow, { message, detail, buttons }: { readonly message: string; readonly detail: string; readonly buttons: readonly string[] }): Promise<number> {
  const { response } = await dialog.showMessageBox(window, { type: 'warning', message, detail, buttons: [...buttons], defaultId: 0, cancelId: 0 });
  return response;
}

/** The Electron process: a lab host, and a window on it. */
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, session } from 'electron';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundledWorkers, createLabHost, dataFolder } from '../host/index.ts';
import type { LabHost } from '../host/index.ts';
import type { Port } from '../protocol/port.ts';
import { bridgePages } from './bridge.ts';
import { ChosenFiles } from './chosen-files.ts';
import { serveDesktop } from './desktop.ts';
import type { DesktopHandlers } from './desktop.ts';
import { menuTemplate } from './menu.ts';
import { declareScheme, serveScheme } from './scheme.ts';
import { denyPermissions } from './security.ts';
import { bringForward, openWindow } from './window.ts';

const here = dirname(fileURLToPath(import.meta.url));
const rendererDir = join(here, '..', 'renderer');
const preload = join(here, '..', 'preload', 'index.cjs');
const resourcesDir = join(here, '..', '..', 'resources');

// Tests run as root, where Chromium has no sandbox: enforcing one would start no process at all. Each window asks for it anyway.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
declareScheme(protocol);

if (app.requestSingleInstanceLock()) void app.whenReady().then(start);
else app.quit();

function start(): void {
  const labHost = createLabHost({ dataDir: dataFolder(), resourcesDir, version: app.getVersion(), workers: bundledWorkers(here) });
  serveScheme(protocol, rendererDir);
  denyPermissions(session.defaultSession);
  const files = new ChosenFiles({
    open: (options) => dialog.showOpenDialog(theWindow(), options),
    save: (options) => dialog.showSaveDialog(theWindow(), options),
  });
  const connect = (port: Port): void => {
    // Only one page has files: those of the one before it are nobody's.
    void files.closeAll();
    labHost.connect(port);
  };
  bridgePages(ipcMain, { connect }, console.error);
  serveDesktop(ipcMain, desktopHandlers(files), console.error);
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform)));
  app.on('second-instance', () => bringForward(BrowserWindow.getAllWindows()[0]));
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) openWindow(preload);
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  quitAfterClosing(labHost);
  openWindow(preload);
}

/** The one that a page's dialogs belong to. */
function theWindow(): BrowserWindow {
  const [window] = BrowserWindow.getAllWindows();
  if (window === undefined) throw new Error('There is no window to ask in.');
  return window;
}

const desktopHandlers = (files: ChosenFiles): DesktopHandlers => ({
  'files.open': (params) => files.choose(params),
  'files.read': (params) => files.read(params),
  'files.create': (params) => files.create(params),
  'files.write': async (params) => (await files.write(params), {}),
  'files.finish': async (params) => (await files.finish(params), {}),
  'files.close': async (params) => (await files.close(params), {}),
});

/** What is being saved is saved before the process ends. */
function quitAfterClosing(labHost: LabHost): void {
  let closed = false;
  app.on('will-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    closed = true;
    void labHost.close().finally(() => app.quit());
  });
}

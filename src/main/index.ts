/** The Electron process: a lab host, and a window on it. */
import { app, BrowserWindow, ipcMain, Menu, protocol, session } from 'electron';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundledWorkers, createLabHost, dataFolder } from '../host/index.ts';
import type { LabHost } from '../host/index.ts';
import { bridgePages } from './bridge.ts';
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
  bridgePages(ipcMain, labHost, (problem) => console.error(problem));
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

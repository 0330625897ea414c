/** The Electron process: a lab host, and a window on it. */
import { app, dialog, ipcMain, Menu, protocol, session } from 'electron';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundledWorkers, createLabHost, dataFolder } from '../host/index.ts';
import type { LabHost } from '../host/index.ts';
import { bridgePages, Nonces } from './bridge.ts';
import { ChosenFiles } from './chosen-files.ts';
import { ChosenQemus } from './chosen-qemus.ts';
import { Complaints } from './complaints.ts';
import { DESKTOP_CHANNEL, serveDesktop } from './desktop.ts';
import type { DesktopHandlers } from './desktop.ts';
import { LINK_SCHEME, parseLaunch, parseLink } from './launch.ts';
import type { LaunchRequest } from './launch.ts';
import { Launches } from './launches.ts';
import { AppMenu } from './menu.ts';
import { pictureOf } from './picture.ts';
import { queryInElectron } from './query-process.ts';
import { declareScheme, serveScheme } from './scheme.ts';
import { denyPermissions } from './security.ts';
import { LabWindow } from './window.ts';

const here = dirname(fileURLToPath(import.meta.url));
const outside = join(here, '..', '..');

// Tests run as root, where Chromium has no sandbox: enforcing one would start no process at all. Each window asks for it anyway.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
declareScheme(protocol);

/** What macOS asks for before there is a window to show it in. */
const early: LaunchRequest[] = parseLaunch(process.argv, process.cwd());
let launch = (requests: readonly LaunchRequest[]): void => void early.push(...requests);
app.on('open-file', (event, path) => {
  event.preventDefault();
  launch([{ kind: 'bundle', path }]);
});
app.on('open-url', (event, url) => {
  event.preventDefault();
  launch([parseLink(url)]);
});

if (app.requestSingleInstanceLock()) void app.whenReady().then(start);
else app.quit();

function start(): void {
  const complaints = new Complaints();
  const report = complaints.take.bind(complaints);
  const labHost = createLabHost({ dataDir: dataFolder(), resourcesDir: join(outside, 'resources'), version: app.getVersion(), workers: { ...bundledWorkers(here), query: queryInElectron(here) }, report });
  const nonces = new Nonces();
  const window = new LabWindow({ preload: join(here, '..', 'preload', 'index.cjs'), stateFile: join(app.getPath('userData'), 'window.json'), nonces, report });
  const files = new ChosenFiles({
    open: (options) => dialog.showOpenDialog(window.current, options),
    save: (options) => dialog.showSaveDialog(window.current, options),
  });
  const menu = new AppMenu(Menu, { platform: process.platform, isPackaged: app.isPackaged, run: (id) => window.send(DESKTOP_CHANNEL, { say: 'command', id }) });
  const launches = new Launches({ admit: (path) => files.admit(path), notify: () => window.send(DESKTOP_CHANNEL, { say: 'launches' }) });

  serveScheme(protocol, join(here, '..', 'renderer'));
  denyPermissions(session.defaultSession);
  const connect: LabHost['connect'] = (port) => {
    // Only one page has files: those of the one before it are nobody's.
    void files.closeAll();
    labHost.connect(port);
  };
  bridgePages(ipcMain, nonces, { connect }, report);
  const qemus = new ChosenQemus({ open: (options) => dialog.showOpenDialog(window.current, options), admit: (path, handle) => labHost.admitQemu(path, handle), file: join(app.getPath('userData'), 'qemus.json') });
  serveDesktop(ipcMain, desktopHandlers({ files, qemus, menu, window, launches, complaints }), report);

  launch = (requests) => {
    launches.add(requests);
    window.show();
  };
  app.on('second-instance', (_event, argv, cwd) => launch(parseLaunch(argv, cwd)));
  app.on('activate', () => window.show());
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  // The other systems learn it from the package.
  if (app.isPackaged && process.platform === 'win32') app.setAsDefaultProtocolClient(LINK_SCHEME);
  quitAfterClosing(labHost);
  launch(early);
}

interface Desk {
  readonly files: ChosenFiles;
  readonly qemus: ChosenQemus;
  readonly menu: AppMenu;
  readonly window: LabWindow;
  readonly launches: Launches;
  readonly complaints: Complaints;
}

const desktopHandlers = ({ files, qemus, menu, window, launches, complaints }: Desk): DesktopHandlers => ({
  'menu.set': ({ menus }) => (menu.set(menus), {}),
  'appearance.set': (appearance) => (window.setAppearance(appearance), {}),
  'launches.take': () => launches.take(),
  'diagnostics.get': () => ({ versions: versions(), complaints: complaints.all }),
  'window.picture': () => pictureOf(window.current.webContents),
  'files.open': (params) => files.choose(params),
  'files.read': (params) => files.read(params),
  'files.create': (params) => files.create(params),
  'files.write': async (params) => (await files.write(params), {}),
  'files.finish': async (params) => (await files.finish(params), {}),
  'qemu.choose': () => qemus.choose(),
  'files.close': async (params) => (await files.close(params), {}),
});

function versions(): Record<string, string> {
  const { electron = '', chrome = '', node = '', v8 = '', napi = '' } = process.versions as Record<string, string>;
  return { 'SMMU Lab': app.getVersion(), Electron: electron, Chromium: chrome, 'Node.js': node, V8: v8, 'Node-API': napi, system: `${process.platform} ${process.arch}` };
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

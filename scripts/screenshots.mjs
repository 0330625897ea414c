// docs/images from the real app, in both themes: `npm run screenshots`.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { foldersOf, launchLab, leaveWelcome } from '../test/e2e/launch.ts';
import { launchElectron, startAgain } from '../test/e2e/launch-electron.ts';
import { ensureBuilt } from './build.mjs';
import { displayForTests } from './display.mjs';
import { electronForTests } from './electron.mjs';
import { decodePng, encodePng } from './pictures/png.mjs';
import { pictureOf, themesOf, VIEWS } from './pictures/views.mjs';
import { giveUp, root, say } from './runtime.mjs';

/** @typedef {import('./pictures/views.mjs').View} View */
/** @typedef {import('./pictures/views.mjs').Theme} Theme */
/** @typedef {import('playwright-core').Page} Page */
/** @typedef {[name: string, view: View]} Named */

const folder = join(root, 'docs', 'images');
const SIZE = { width: 1600, height: 1000 };
/** For the views that need one. */
const QEMU = process.env.SMMU_LAB_QEMU ?? '/usr/bin/qemu-system-aarch64';
/** Browsers that work at once. */
const LANES = 2;

/** `npm run screenshots [-- VIEW ...]`: all, or those named. Pictures that no view has go. */
export async function screenshots(/** @type {string[]} */ named) {
  const unknown = named.filter((name) => !(name in VIEWS));
  if (unknown.length > 0) return giveUp(`no such view: ${unknown.join(', ')} (expected ${Object.keys(VIEWS).join(', ')})`);
  await ensureBuilt(['main', 'preload', 'renderer']);
  mkdirSync(folder, { recursive: true });
  const views = Object.entries(VIEWS).filter(([name]) => named.length === 0 || named.includes(name));
  const inBrowser = views.filter(([, { surface }]) => surface === undefined);
  const failed = (await Promise.all(Array.from({ length: LANES }, () => takeAll(inBrowser, inABrowser)))).flat();
  failed.push(...(await onTheDesktop(views.filter(([, { surface }]) => surface === 'electron'))));
  if (named.length === 0) removeOthers();
  for (const name of failed) say(`no picture of ${name}`);
  return failed.length === 0 ? 0 : 1;
}

function removeOthers() {
  const wanted = new Set(Object.entries(VIEWS).flatMap(([name, view]) => themesOf(view).map((theme) => pictureOf(name, theme))));
  for (const name of readdirSync(folder).filter((one) => !wanted.has(one))) rmSync(join(folder, name));
}

/** Takes views off the list until there are none; gives the names of those that could not be had. */
async function takeAll(/** @type {Named[]} */ views, /** @type {(view: Named) => Promise<void>} */ take) {
  const failed = [];
  for (let view = views.shift(); view !== undefined; view = views.shift()) {
    try {
      await take(view);
    } catch (error) {
      failed.push(`${view[0]}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failed;
}

async function inABrowser(/** @type {Named} */ named) {
  const [, { size = SIZE, welcome = false, qemu = false }] = named;
  const { page, close } = await launchLab(undefined, { welcome, ...(qemu ? { qemu: QEMU } : {}) });
  try {
    await page.setViewportSize(size);
    await prepare(page, named, () => Promise.reject(new Error('only the desktop is started twice')));
    await inEachTheme(page, named, () => page.screenshot());
  } finally {
    await close();
  }
}

/** A lab that has run the first sample, then whatever the view asks for. */
async function prepare(/** @type {Page} */ page, /** @type {Named} */ [, view], /** @type {(args: readonly string[]) => Promise<unknown>} */ again) {
  // A busy machine may take its time.
  page.setDefaultTimeout(60_000);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.getByLabel('Status', { exact: true }).getByText('done').waitFor();
  await view.act(page, again);
  // Nothing under the pointer.
  await page.mouse.move(0, 0);
}

async function inEachTheme(/** @type {Page} */ page, /** @type {Named} */ [name, view], /** @type {() => Promise<Buffer>} */ shoot) {
  for (const theme of themesOf(view)) {
    await page.emulateMedia(theme === 'contrast' ? { contrast: 'more' } : { colorScheme: theme, contrast: 'no-preference' });
    // Every transition at its end.
    await page.waitForTimeout(400);
    writeFileSync(join(folder, pictureOf(name, theme)), encodePng(decodePng(await shoot())));
    say(`docs/images/${pictureOf(name, theme)}`);
  }
}

/** On a screen of its own, so that the picture has the menu that the desktop draws. */
async function onTheDesktop(/** @type {Named[]} */ views) {
  if (views.length === 0) return [];
  const electron = electronForTests();
  if ('reason' in electron) return views.map(([name]) => `${name}: ${electron.reason}`);
  const screen = await displayForTests();
  try {
    if ('reason' in screen) return views.map(([name]) => `${name}: ${screen.reason}`);
    Object.assign(process.env, { SMMU_LAB_ELECTRON: electron.executable, DISPLAY: screen.display });
    return await takeAll(views, inElectron);
  } finally {
    electron.dispose();
    if ('dispose' in screen) screen.dispose();
  }
}

async function inElectron(/** @type {Named} */ [name, view]) {
  for (const theme of themesOf(view)) await inElectronAs(theme, [name, { ...view, themes: [theme] }]);
}

/** The desktop draws its menu in the theme that it has when the lab starts. */
async function inElectronAs(/** @type {Theme} */ theme, /** @type {Named} */ named) {
  const folders = foldersOf();
  const lab = await launchElectron({ ...folders, env: { ...folders.env, GTK_THEME: theme === 'light' ? 'Adwaita' : 'Adwaita:dark' } });
  try {
    await leaveWelcome(lab);
    const { width, height } = SIZE;
    await lab.electron.evaluate(({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds), { x: 0, y: 0, width, height });
    await prepare(lab.page, named, (args) => startAgain(folders, args, folders.root));
    await inEachTheme(lab.page, named, async () => {
      await openMenu(lab, named[1].menu);
      return shootScreen(lab, SIZE);
    });
  } finally {
    await lab.close();
    rmSync(folders.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @typedef {import('../test/e2e/launch-electron.ts').ElectronLab} ElectronLab */

/** Opens a native menu below the bar; it stays open while the picture is taken. */
async function openMenu(/** @type {ElectronLab} */ { electron, page }, /** @type {string | undefined} */ label) {
  if (label === undefined) return;
  await electron.evaluate(({ BrowserWindow, Menu }, wanted) => {
    const [window] = BrowserWindow.getAllWindows();
    const menu = Menu.getApplicationMenu()?.items.find((item) => item.label.replace('&', '') === wanted)?.submenu;
    if (window !== undefined) setTimeout(() => menu?.popup({ window, x: 150, y: 0 }), 0);
  }, label);
  await page.waitForTimeout(700);
}

/** What is on the screen where the window is. */
async function shootScreen(/** @type {ElectronLab} */ { electron }, /** @type {{ width: number, height: number }} */ size) {
  const base64 = await electron.evaluate(async ({ desktopCapturer, screen }, { width, height }) => {
    const [source] = await desktopCapturer.getSources({ types: ['screen'], thumbnailSize: screen.getPrimaryDisplay().size });
    if (source === undefined) throw new Error('the screen cannot be photographed');
    return source.thumbnail.crop({ x: 0, y: 0, width, height }).toPNG().toString('base64');
  }, size);
  return Buffer.from(base64, 'base64');
}

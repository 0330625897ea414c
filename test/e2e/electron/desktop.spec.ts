// What only a desktop has, in the real one: the native menu, dialogs (stubbed), launches, and the way back from crashes.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Threads from 'node:worker_threads';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { foldersOf, leaveWelcome } from '../launch.ts';
import { launchElectron, startAgain } from '../launch-electron.ts';
import type { ElectronLab } from '../launch-electron.ts';

const folders = foldersOf();
let lab: ElectronLab;
const grid = () => lab.page.getByRole('grid', { name: 'Transactions' });
const rows = () => grid().getByRole('row').filter({ hasText: 'nic0' });
const status = (text: string) => lab.page.getByLabel('Status').getByText(text);
const banner = (text: string | RegExp) => lab.page.getByRole('alert').filter({ hasText: text });

beforeAll(async () => {
  mkdirSync(join(folders.env['XDG_CONFIG_HOME']!, 'smmu-lab'), { recursive: true });
  // A place on a display that is gone, and a size that still fits.
  writeFileSync(join(folders.env['XDG_CONFIG_HOME']!, 'smmu-lab', 'window.json'), JSON.stringify({ bounds: { x: 9000, y: 50, width: 1200, height: 800 }, scheme: 'dark', background: '#121518' }));
  lab = await launchElectron(folders);
  await leaveWelcome(lab);
  await grid().waitFor();
});
afterAll(async () => {
  await lab?.close();
  rmSync(folders.root, { recursive: true, force: true, maxRetries: 5 });
});

const menuItem = (id: string): Promise<{ label: string; accelerator: string; enabled: boolean } | null> =>
  lab.electron.evaluate(({ Menu }, wanted) => {
    const item = Menu.getApplicationMenu()?.getMenuItemById(wanted);
    return item == null ? null : { label: item.label, accelerator: String(item.accelerator), enabled: item.enabled };
  }, id);
const choose = (id: string): Promise<void> => lab.electron.evaluate(({ Menu }, wanted) => Menu.getApplicationMenu()?.getMenuItemById(wanted)?.click(), id);
/** Once it is enabled. */
async function press(id: string): Promise<void> {
  await expect.poll(async () => (await menuItem(id))?.enabled).toBe(true);
  await choose(id);
}

it('shows the window where it can be seen, and keeps its colour for the next start', async () => {
  const { bounds, area } = await lab.electron.evaluate(({ BrowserWindow, screen }) => ({ bounds: BrowserWindow.getAllWindows()[0]!.getBounds(), area: screen.getPrimaryDisplay().workArea }));
  expect(bounds.x).toBeGreaterThanOrEqual(area.x);
  expect(bounds.x + bounds.width).toBeLessThanOrEqual(area.x + area.width);
  await press('window.theme');
  const background = (): Promise<string> => lab.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getBackgroundColor().toLowerCase());
  await expect.poll(background).toBe('#121518');
  await expect.poll(() => readJson(join(folders.env['XDG_CONFIG_HOME']!, 'smmu-lab', 'window.json'))).toMatchObject({ scheme: 'dark', background: '#121518' });
});

it('has the commands of the page in its menu: keys shown, enabled as they are, chosen as if pressed', async () => {
  await expect.poll(() => menuItem('run.reset')).toMatchObject({ enabled: true });
  expect(await menuItem('run.step')).toEqual({ label: 'Step', accelerator: 'F10', enabled: false });
  expect(await menuItem('open.samples')).toEqual({ label: 'Open a sample lab', accelerator: 'CommandOrControl+O', enabled: true });
  expect(await lab.electron.evaluate(({ Menu }) => Menu.getApplicationMenu()?.items.map(({ label }) => label))).toEqual(expect.arrayContaining(['File', 'Edit', 'View', 'Run', 'Layout', 'Window']));
  await press('run.reset');
  await press('run.step');
  await status('step 1 of').waitFor();
  await choose('open.samples');
  await lab.page.getByRole('dialog', { name: 'Open a sample lab' }).waitFor();
  // A dialog has the page to itself.
  await choose('run.step');
  await lab.page.keyboard.press('Escape');
  await lab.page.getByRole('dialog').waitFor({ state: 'detached' });
  await press('run.run');
  await expect.poll(() => rows().count()).toBe(5);
});

it('says in a banner that labs cannot be saved, where SQLite cannot be loaded, and runs all the same', async () => {
  if ((await lab.electron.evaluate(() => Number(process.versions['napi'] ?? 0))) >= 10) return expect(await banner('Labs cannot be saved here').count()).toBe(0);
  await banner(/Labs cannot be saved here: .*Node-API.* Everything else works/).waitFor();
  await banner('Labs cannot be saved here').getByRole('button', { name: 'Dismiss message' }).click();
  expect(await banner('Labs cannot be saved here').count()).toBe(0);
});

it('writes what it exports where the native dialog says, and the page learns only the name', async () => {
  const path = join(folders.root, 'report.json');
  await lab.electron.evaluate(({ dialog }, filePath) => void (dialog.showSaveDialog = async () => ({ canceled: false, filePath })), path);
  await choose('window.diagnostics');
  await expect.poll(() => readJson(path)).toMatchObject({ program: { Electron: expect.stringMatching(/^\d+\./), canSave: expect.any(Boolean) }, run: { state: 'done', transactions: 5 } });
});

it('puts a picture of itself into a bundle, without the dialog that asks for it, and shows it when the bundle is opened', async () => {
  const path = join(folders.root, 'pictured.smmulab');
  await lab.electron.evaluate(({ dialog }, filePath) => void (dialog.showSaveDialog = async () => ({ canceled: false, filePath })), path);
  const before = await look(null);
  await press('open.export');
  const dialog = lab.page.getByRole('dialog', { name: 'Export' });
  await dialog.getByRole('radio', { name: 'the run on screen alone' }).check();
  await dialog.getByRole('checkbox', { name: 'Screenshot of the window' }).check();
  await dialog.getByRole('button', { name: 'Export ...' }).click();
  await dialog.getByText('Saved as pictured.smmulab.').waitFor();
  await lab.page.keyboard.press('Escape');
  const seen = await look(Buffer.from(unzipSync(readFileSync(path))['screenshots/window.png']!).toString('base64'));
  expect(seen.size).toEqual(before.size);
  // The dialog would darken all that is behind it to about a half.
  expect(Math.abs(seen.light - before.light) / before.light).toBeLessThan(0.2);
  expect(await startAgain(folders, ['pictured.smmulab'], folders.root)).toBe(0);
  const opened = lab.page.getByRole('dialog', { name: 'Bundle pictured.smmulab' });
  await expect.poll(() => opened.getByRole('img').evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth)).toBe(before.size.width);
  await lab.page.keyboard.press('Escape');
  await opened.waitFor({ state: 'detached' });
});

/** Size and mean brightness of a PNG; of the window as it is now without one. */
const look = (png: string | null): Promise<{ size: { width: number; height: number }; light: number }> =>
  lab.electron.evaluate(async ({ BrowserWindow, nativeImage }, base64) => {
    const image = base64 === null ? await BrowserWindow.getAllWindows()[0]!.webContents.capturePage() : nativeImage.createFromBuffer(Buffer.from(base64, 'base64'));
    const pixels = image.toBitmap();
    return { size: image.getSize(), light: pixels.reduce((sum, value, at) => (at % 4 === 3 ? sum : sum + value), 0) / pixels.length };
  }, png);

it('reads what the native dialog gave by its handle', async () => {
  const path = join(folders.root, 'chosen.txt');
  writeFileSync(path, 'the content');
  await lab.electron.evaluate(({ dialog }, filePath) => void (dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] })), path);
  const seen = await lab.page.evaluate(async () => {
    const { desktop } = (globalThis as unknown as { smmuLab: { desktop: { call(method: string, params: unknown): Promise<never> } } }).smmuLab;
    const chosen: { handle: string; name: string; size: number }[] = await desktop.call('files.open', { title: 'Open', kinds: [], many: false });
    const bytes: Uint8Array = await desktop.call('files.read', { handle: chosen[0]!.handle, from: 4, count: 100 });
    const refused = await desktop.call('files.read', { handle: '/etc/passwd', from: 0, count: 100 }).catch((error: Error) => error.message);
    return { ...chosen[0], handle: '', text: new TextDecoder().decode(bytes), refused };
  });
  expect(seen).toEqual({ handle: '', name: 'chosen.txt', size: 11, text: 'content', refused: 'This file is not open: it was closed, or never chosen.' });
});

it('is one program: what a second start is given opens in the first', async () => {
  expect(await startAgain(folders, ['smmulab://sample/nested-stall-resume?panel=stalls'], folders.root)).toBe(0);
  await expect.poll(() => lab.page.getByRole('tab', { name: 'Stalled', selected: true }).count()).toBe(1);
  writeFileSync(join(folders.root, 'broken.smmulab'), 'no zip');
  expect(await startAgain(folders, ['broken.smmulab'], folders.root)).toBe(0);
  await lab.page.getByRole('dialog', { name: 'Bundle broken.smmulab' }).getByRole('alert').waitFor();
  await lab.page.keyboard.press('Escape');
  expect(await startAgain(folders, ['smmulab://run/rm'], folders.root)).toBe(0);
  await banner('cannot be opened: expected smmulab://sample/NAME').waitFor();
  expect(await lab.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
});

it('comes back from a crash of the engine, at the step that failed', async () => {
  await startAgain(folders, ['smmulab://sample/first-nested'], folders.root);
  await expect.poll(() => rows().count()).toBe(5);
  await press('run.reset');
  await press('run.step');
  await status('step 1 of').waitFor();
  await press('run.step');
  await status('step 2 of').waitFor();
  await killEngineWhenItIsToldTo('step');
  await press('run.step');
  await banner('Step 3 was not finished. The engine stopped').waitFor();
  await lab.page.getByRole('button', { name: 'Save diagnostics' }).waitFor();
  await lab.page.getByRole('button', { name: 'Back to after step 2' }).click();
  await status('paused').waitFor();
  expect([await status('step 2 of').count(), await banner('was not finished').count()]).toEqual([1, 0]);
  await press('run.run');
  await expect.poll(() => rows().count()).toBe(5);
});

it('comes back from a crash of the page, with the edits that nothing had saved', async () => {
  const editor = lab.page.locator('.monaco-editor').first();
  await editor.click();
  await lab.page.keyboard.press('Control+Home');
  await lab.page.keyboard.type('# mine: ');
  await expect.poll(() => lab.page.evaluate(() => sessionStorage.getItem('smmu-lab.draft')?.includes('# mine: '))).toBe(true);
  await lab.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.webContents.forcefullyCrashRenderer());
  // Playwright has given the page up: the main process looks into the new one.
  const shown = (): Promise<boolean> =>
    lab.electron.evaluate(({ BrowserWindow }) => {
      const text = BrowserWindow.getAllWindows()[0]!.webContents.executeJavaScript("document.querySelector('.monaco-editor .view-lines')?.textContent.includes('mine:') ?? false");
      // A page that is gone never answers.
      return Promise.race([text.catch(() => false), new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 500))]);
    });
  await expect.poll(shown).toBe(true);
});

/** The main process keeps no list of its threads: what is posted to one leads to it. */
const killEngineWhenItIsToldTo = (method: string): Promise<void> =>
  lab.electron.evaluate((_electron, fatal) => {
    const { mainModule } = process as unknown as { mainModule: { require(name: string): typeof Threads } };
    const { Worker } = mainModule.require('node:worker_threads');
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (this: Threads.Worker, message: { readonly method?: string }, ...rest): void {
      if (message.method !== fatal) return postMessage.call(this, message, ...rest);
      Worker.prototype.postMessage = postMessage;
      void this.terminate();
    };
  }, method);

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

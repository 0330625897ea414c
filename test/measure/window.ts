/**
 * The built window in a Chromium over the real host, against its budgets: start, filters, windows of rows and scrolling of a million trace
 * records, the last of five million, and a run at full speed with the list at its end. `npm run measure` prints the figures.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import type { Page } from 'playwright-core';
import type { Browser } from '../../scripts/chromium.mjs';
import { sourceWorkers } from '../../src/host/index.ts';
import { StoreClient } from '../../src/host/store/store-client.ts';
import { leaveWelcome } from '../e2e/launch.ts';
import { installProbe, scrollFrames, takeCalls, takeInputs } from './probe.ts';
import { traffic } from './traffic.ts';

const root = join(import.meta.dirname, '..', '..');
const TRACE = 'Trace of whole run';

export interface Measured {
  readonly what: string;
  readonly value: number;
  readonly budget: number;
  readonly unit: string;
}

type Tell = (what: string, value: number, budget: number, unit?: string) => void;

/** `seconds` of running at full speed. */
export async function measureWindow(found: Browser, seconds: number): Promise<readonly Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-measure-'));
  const measured: Measured[] = [];
  const browser = await chromium.launch(found);
  try {
    await keepTraffic(join(folder, 'data'));
    const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    await installProbe(page);
    await inWindow(page, folder, seconds, (what, value, budget, unit = 'ms') => void measured.push({ what, value, budget, unit }));
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  return measured;
}

/** A session to open: nobody types half a megabyte. */
async function keepTraffic(data: string): Promise<void> {
  const store = new StoreClient(sourceWorkers(join(root, 'src', 'host')).store, data);
  await store.call('save', { id: null, title: 'Traffic', documents: traffic(2000), when: '2026-01-01T00:00:00Z' });
  await store.close();
}

async function inWindow(page: Page, folder: string, seconds: number, tell: Tell): Promise<void> {
  const begin = performance.now();
  const server = spawn(process.execPath, [join(root, 'out', 'main', 'server.cjs'), '--no-open'], { env: { ...process.env, SMMU_LAB_DATA: join(folder, 'data') }, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    for await (const line of createInterface(server.stdout)) {
      const url = /http:\/\/127\.0\.0\.1:\S+/.exec(line)?.[0];
      if (url === undefined) continue;
      await page.goto(url);
      break;
    }
    await page.getByRole('grid', { name: 'Transactions' }).getByRole('row').nth(1).waitFor();
    tell('from the start of the server to rows of the first sample', performance.now() - begin, 2500);
    await leaveWelcome({ page });
    await openTraffic(page);
    await runTo(page, 1e6);
    await ofMillion(page, tell);
    await runTo(page, 5e6);
    await ofFiveMillion(page, tell);
    await atFullSpeed(page, seconds, tell);
  } finally {
    server.kill();
    await once(server, 'exit');
  }
}

async function openTraffic(page: Page): Promise<void> {
  await page.getByLabel('Status').getByText('done').waitFor();
  await page.keyboard.press('Control+p');
  await page.keyboard.type('Traffic');
  await page.getByRole('option').filter({ hasText: 'Traffic' }).first().waitFor();
  await page.keyboard.press('Enter');
  // A session without a run begins one.
  await page.getByLabel('Status').getByText('running').waitFor();
  await page.keyboard.press('5');
  const region = page.getByRole('region', { name: 'Trace' });
  await region.getByText('Whole run').click();
  await region.getByLabel('outline').uncheck();
  await stop(page);
}

/** Records that the trace has, as its grid says. */
const rowsOf = async (page: Page): Promise<number> => Number(await page.getByRole('grid', { name: TRACE }).getAttribute('aria-rowcount')) - 1;

async function runTo(page: Page, records: number): Promise<void> {
  if ((await rowsOf(page)) >= records) return;
  await page.keyboard.press('F5');
  while ((await rowsOf(page)) < records) await page.waitForTimeout(50);
  await stop(page);
}

/** Until the list has all that the run left. */
async function stop(page: Page): Promise<void> {
  await page.keyboard.press('Shift+F5');
  const status = page.getByLabel('Status');
  await status.getByText('paused').waitFor();
  const left = async (): Promise<string> => /([\d,]+) records/.exec(await status.innerText())?.[1] ?? '';
  while ((await rowsOf(page)).toLocaleString('en') !== (await left())) await page.waitForTimeout(50);
}

/** The best of a few attempts: this machine does other things, too. */
async function best(attempts: number, measure: () => Promise<number>): Promise<number> {
  let least = Infinity;
  for (let n = 0; n < attempts; n++) least = Math.min(least, await measure());
  return least;
}

/** How long the call took that is under way or was answered since calls were taken; without end when it is never answered. */
async function answerTo(page: Page, method: string): Promise<number> {
  for (const end = performance.now() + 10_000; performance.now() < end; await page.waitForTimeout(20)) {
    const answered = (await takeCalls(page)).filter((call) => call.method === method);
    if (answered.length > 0) return Math.max(...answered.map(({ ms }) => ms));
  }
  return Infinity;
}

async function ofMillion(page: Page, tell: Tell): Promise<void> {
  const box = page.getByRole('combobox', { name: 'Filter of the trace' });
  const filters = ['kind == LOOKUP && sid == 0x20', 'iova in 0x1000_0000..0x1000_0fff || kind == EVENT', 'has(evt.type) || reads > 0 && status == success'];
  let slowest = 0;
  for (const [n, filter] of filters.entries()) {
    slowest = Math.max(slowest, await best(3, async () => {
      await takeCalls(page);
      // Another text each time: what was found is kept.
      await box.fill(`${filter} && seq < ${4_000_000_000 - Math.floor(performance.now()) - n}`);
      await page.locator('.good', { has: box }).waitFor();
      return answerTo(page, 'filter.check');
    }));
  }
  tell('a filter of a million trace records', slowest, 100);
  await box.fill('');
  await page.waitForTimeout(400);
  const windows: number[] = [];
  const frame = await best(3, async () => {
    await takeCalls(page);
    const frames = await scrollFrames(page, TRACE, 120);
    windows.push(...(await takeCalls(page)).filter(({ method }) => method === 'records.window').map(({ ms }) => ms));
    return frames;
  });
  tell('the longest frame while it scrolls', frame, 50);
  tell('a window of its rows (median while it scrolls)', windows.sort((a, b) => a - b)[Math.floor(windows.length / 2)] ?? Infinity, 16);
}

async function ofFiveMillion(page: Page, tell: Tell): Promise<void> {
  const grid = page.getByRole('grid', { name: TRACE });
  const total = await rowsOf(page);
  await grid.focus();
  const last = grid.locator(`[aria-rowindex="${total + 1}"][aria-selected="true"]`);
  const began = performance.now();
  await page.keyboard.press('End');
  await last.getByText(String(total - 1), { exact: true }).waitFor();
  tell(`to the last of ${total.toLocaleString('en')} rows`, performance.now() - began, 1000);
  for (const [key, row] of [['PageUp', null], ['Home', 2], ['PageDown', null], ['End', total + 1]] as const) {
    await page.keyboard.press(key);
    await grid.locator(row === null ? '[aria-selected="true"]' : `[aria-rowindex="${row}"][aria-selected="true"]`).filter({ hasNotText: '...' }).waitFor();
  }
}

async function atFullSpeed(page: Page, seconds: number, tell: Tell): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const heap = async (): Promise<number> => ((await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Infinity) / 1e6;
  const before = await rowsOf(page);
  await takeInputs(page);
  await page.keyboard.press('F5');
  const grid = page.getByRole('grid', { name: TRACE });
  await grid.focus();
  const end = performance.now() + seconds * 1000;
  let most = 0;
  let presses = 0;
  for (; performance.now() < end; presses++) {
    await page.keyboard.press(['ArrowRight', 'ArrowLeft', 'End'][presses % 3]!);
    most = Math.max(most, await heap());
    await page.waitForTimeout(150);
  }
  await takeCalls(page);
  await stop(page);
  tell('the answer to Stop meanwhile', await answerTo(page, 'run.stop'), 200);
  const records = (await rowsOf(page)) - before;
  // A press that is answered within 16 ms is not told of.
  const slowest = (await takeInputs(page)).sort((a, b) => b - a);
  tell(`95 of 100 key presses in ${seconds} s at full speed (${(records / seconds / 1000).toFixed(0)} k records/s)`, slowest[Math.floor(presses / 20)] ?? 16, 100);
  tell("the page's heap meanwhile", most, 200, 'MB');
}

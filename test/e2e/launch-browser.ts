import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.mjs';
import { closing, listenForComplaints } from './lab.ts';
import type { Folders, Lab } from './lab.ts';

const bundle = fileURLToPath(new URL('../../out/main/server.cjs', import.meta.url));

export async function launchBrowser({ env }: Folders, qemu?: string): Promise<Lab> {
  const found = await findChromium();
  if ('reason' in found) throw new Error(found.reason);
  const server = startServer(env, qemu);
  // With scrollbars, as a user has them.
  const browser = await chromium.launch({ ...found, ignoreDefaultArgs: ['--hide-scrollbars'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    const complaints = listenForComplaints(page);
    await page.goto(await urlOf(server));
    return { page, complaints, close: closing(complaints, () => closeAll(browser, server)) };
  } catch (error) {
    await closeAll(browser, server);
    throw error;
  }
}

/** It ends with this process, however this one ends. */
function startServer(env: Record<string, string>, qemu: string | undefined): ChildProcess {
  return spawn(process.execPath, [bundle, '--no-open', ...(qemu === undefined ? [] : ['--qemu', qemu])], { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function urlOf(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('the server has no standard output');
  for await (const line of createInterface(server.stdout)) {
    const url = /http:\/\/127\.0\.0\.1:\S+/.exec(line)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error('the server ended without printing its URL');
}

async function closeAll(browser: { close(): Promise<void> }, server: ChildProcess): Promise<void> {
  await browser.close();
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill();
  await once(server, 'exit');
}

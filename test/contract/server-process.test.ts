/** The server as a process: what it prints, and that it never stays behind. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';

const ENTRY = join(import.meta.dirname, '..', '..', 'src', 'server', 'index.ts');
/** Starts the server and prints its process id: the parent to kill. */
const PARENT = `
  const child = require('node:child_process').spawn(process.execPath, process.argv.slice(1), { stdio: ['ignore', 'inherit', 'inherit'] });
  console.log('pid ' + child.pid);
  setInterval(() => {}, 1000);
`;

let folder: string;
const started: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-process-'));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function start(args: readonly string[]): { child: ChildProcess; lines: AsyncIterator<string>; ended: Promise<number | null> } {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return { child, lines, ended: new Promise((resolve) => child.once('exit', (status) => resolve(status))) };
}

const serverArguments = (): string[] => [ENTRY, '--no-open', '--data', join(folder, 'data')];

async function urlFrom(lines: AsyncIterator<string>): Promise<string> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the server ended without a URL');
    if (value.startsWith('http://')) return value;
  }
}

const answers = (url: string): Promise<boolean> => fetch(url, { redirect: 'manual' }).then(() => true, () => false);

it.each(['SIGTERM', 'SIGINT'] as const)('prints its URL and ends on %s', async (signal) => {
  const { child, lines, ended } = start(serverArguments());
  const url = await urlFrom(lines);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/);
  expect(await answers(url)).toBe(true);
  child.kill(signal);
  expect(await ended).toBe(signal === 'SIGTERM' ? 143 : 130);
  expect(await answers(url)).toBe(false);
});

it('does not start with a QEMU that is none', async () => {
  const child = spawn(process.execPath, [...serverArguments(), '--qemu', '/bin/echo'], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  const [out, err] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  expect([out, err]).toEqual(['', expect.stringMatching(/^the server cannot start: --qemu \/bin\/echo: this is not QEMU/)]);
});

it('ends with its parent, even when that is killed', async () => {
  const { child, lines } = start(['-e', PARENT, ...serverArguments()]);
  const url = await urlFrom(lines);
  expect(await answers(url)).toBe(true);
  child.kill('SIGKILL');
  await expect.poll(() => answers(url), { timeout: 5000 }).toBe(false);
});

it('ends when the IPC channel to its parent closes', async () => {
  const child = spawn(process.execPath, serverArguments(), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  started.push(child);
  const url = await urlFrom(createInterface({ input: child.stdout! })[Symbol.asyncIterator]());
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.disconnect();
  expect(await ended).toBe(0);
  expect(await answers(url)).toBe(false);
});

it.each(['--port=x', '--port=70000', '--nonsense', 'extra'])('refuses %s with status 2 and its usage', async (argument) => {
  const { child, ended } = start([ENTRY, argument]);
  let text = '';
  child.stderr?.on('data', (chunk) => (text += String(chunk)));
  expect(await ended).toBe(2);
  expect(text).toContain('usage: server');
});

it('says so when its port is taken', async () => {
  const { lines } = start(serverArguments());
  const { port } = new URL(await urlFrom(lines));
  const second = start([...serverArguments(), '--port', port]);
  let text = '';
  second.child.stderr?.on('data', (chunk) => (text += String(chunk)));
  expect(await second.ended).toBe(1);
  expect(text).toContain('EADDRINUSE');
});

// What a page of the app cannot do, tried from inside it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../lab.ts';
import { launchLab } from '../launch.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await launchLab();
  await lab.page.getByRole('grid', { name: 'Transactions' }).waitFor();
});
afterAll(() => lab?.close());

it('is served by the scheme of the app', () => {
  expect(lab.page.url()).toBe('app://lab/');
});

it('sees nothing of Node and Electron but the port to the lab and the one call to the desktop', async () => {
  const seen = await lab.page.evaluate(() => ({
    types: ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter((name) => name in globalThis),
    bridge: Object.entries((globalThis as unknown as { smmuLab: Record<string, object> }).smmuLab).map(([name, entry]) => [name, Object.keys(entry)]),
  }));
  expect(seen).toEqual({ types: [], bridge: [['port', ['post', 'onMessage', 'onClose', 'close']], ['desktop', ['call', 'onMessage']]] });
});

it('opens no window, goes nowhere and stays what it is', async () => {
  expect(await lab.page.evaluate(() => window.open('https://example.org/'))).toBeNull();
  await lab.page.evaluate(() => void (location.href = 'https://example.org/'));
  await lab.page.evaluate(() => void (location.href = 'app://lab/../index.html?elsewhere'));
  await lab.page.waitForTimeout(500);
  expect(lab.page.url()).toBe('app://lab/');
});

it('reaches no file outside the bundle and no other host', async () => {
  const answers = await lab.page.evaluate(async () => {
    const status = (url: string): Promise<number | string> =>
      fetch(url).then(
        ({ status }) => status,
        () => 'refused',
      );
    return [
      await status('index.html'),
      await status('%2e%2e%2fmain/index.cjs'),
      await status('app://other/index.html'),
      await status('https://example.org/'),
      await status('file:///etc/passwd'),
    ];
  });
  expect(answers).toEqual([200, 404, 'refused', 'refused', 'refused']);
  // What was tried on purpose fails no spec.
  await lab.page.evaluate(() => console.error('all tried'));
  await expect.poll(() => lab.complaints).toContain('all tried');
  expect(lab.complaints.join()).toContain('connect-src');
  (lab.complaints as string[]).length = 0;
});

it('is given no permission', async () => {
  const state = await lab.page.evaluate(async () => (await navigator.permissions.query({ name: 'geolocation' })).state);
  expect(state).toBe('denied');
});

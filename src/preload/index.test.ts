import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CONNECT_CHANNEL } from '../main/bridge.ts';
import { DESKTOP_CHANNEL } from '../main/desktop.ts';
import type { DesktopBridge } from '../protocol/desktop.ts';
import type { Port } from '../protocol/port.ts';

const sent: { channel: string; ports: MessagePort[] }[] = [];
const exposed: Record<string, { port: Port; desktop: DesktopBridge }> = {};
const invoke = vi.fn<(...args: unknown[]) => Promise<unknown>>();
vi.mock('electron', () => ({
  ipcRenderer: { postMessage: (channel: string, _message: unknown, ports: MessagePort[]) => void sent.push({ channel, ports }), invoke: (...args: unknown[]) => invoke(...args) },
  contextBridge: { exposeInMainWorld: (name: string, api: { port: Port; desktop: DesktopBridge }) => void (exposed[name] = api) },
}));

let hostEnd: MessagePort;
beforeEach(async () => {
  await import('./index.ts');
  hostEnd = sent[0]?.ports[0] as MessagePort;
});
afterEach(() => hostEnd.close());

it('sends one end of a channel to the lab host and shows the page the other as a Port', async () => {
  expect(sent.map(({ channel }) => channel)).toEqual([CONNECT_CHANNEL]);
  expect(Object.keys(exposed)).toEqual(['smmuLab']);
  expect(Object.keys(exposed['smmuLab'] ?? {})).toEqual(['port', 'desktop']);
  const port = exposed['smmuLab']?.port as Port;

  const toHost = new Promise((resolve) => (hostEnd.onmessage = (event) => resolve(event.data)));
  port.post({ id: 1 });
  expect(await toHost).toEqual({ id: 1 });

  hostEnd.postMessage({ id: 1, result: 'before anybody listened' });
  const toPage = new Promise((resolve) => port.onMessage(resolve));
  expect(await toPage).toEqual({ id: 1, result: 'before anybody listened' });

  const closed = vi.fn();
  port.onClose(closed);
  port.close();
  expect(closed).toHaveBeenCalledOnce();
  expect(() => port.post('late')).not.toThrow();
});

it('asks the desktop on one channel, and throws what it answers as an error', async () => {
  const { call } = exposed['smmuLab']!.desktop;
  invoke.mockResolvedValueOnce({ result: [] });
  expect(await call('files.open', { title: 'Open', kinds: [], many: false })).toEqual([]);
  invoke.mockResolvedValueOnce({ error: 'This file is not open.' });
  await expect(call('files.close', { handle: 'x' })).rejects.toThrow(/^This file is not open.$/);
  expect(invoke.mock.calls).toEqual([
    [DESKTOP_CHANNEL, 'files.open', { title: 'Open', kinds: [], many: false }],
    [DESKTOP_CHANNEL, 'files.close', { handle: 'x' }],
  ]);
});

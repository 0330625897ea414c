/** The ways a window reaches the lab host; each is what the program itself uses, down to Electron's own ends. */
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessagePort as NodePort } from 'node:worker_threads';
import { vi } from 'vitest';
import { WebSocket } from 'ws';
import type { LabHost } from '../../src/host/index.ts';
import { bridgePages } from '../../src/main/bridge.ts';
import { portPair } from '../../src/protocol/port.ts';
import type { Port } from '../../src/protocol/port.ts';
import { socketPort } from '../../src/protocol/socket-port.ts';
import type { SocketLike } from '../../src/protocol/socket-port.ts';
import { startServer } from '../../src/server/start-server.ts';
import { PortMain } from './port-main.ts';

export interface Connected {
  readonly port: Port;
  /** Ends what carried the port; the host goes on. */
  end(): Promise<void>;
}

export interface Transport {
  readonly name: string;
  connect(host: LabHost): Promise<Connected>;
}

const direct: Transport = {
  name: 'a direct port',
  connect: async (host) => {
    const [ui, end] = portPair();
    host.connect(end);
    return { port: ui, end: async () => ui.close() };
  },
};

export async function signIn(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'manual' });
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

const webSocket: Transport = {
  name: 'a WebSocket through the server',
  connect: async (host) => {
    const rendererDir = mkdtempSync(join(tmpdir(), 'smmu-lab-renderer-'));
    writeFileSync(join(rendererDir, 'index.html'), '<!doctype html>');
    const server = await startServer({ port: 0, rendererDir, labHost: host });
    const headers = { cookie: await signIn(server.url), origin: `http://127.0.0.1:${server.port}` };
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/rpc`, { headers });
    return {
      port: socketPort(socket as unknown as SocketLike),
      end: async () => {
        await server.close();
        rmSync(rendererDir, { recursive: true });
      },
    };
  },
};

/** By name only: it is a script of a page, checked with a page's types. */
const PRELOAD = join(import.meta.dirname, '..', '..', 'src', 'preload', 'index.ts');

/** Electron's context bridge hands over functions; what passes through them is cloned. */
const bridged = (port: Port): Port => ({
  post: (message) => port.post(structuredClone(message)),
  onMessage: (listener) => port.onMessage((message) => listener(structuredClone(message))),
  onClose: (listener) => port.onClose(() => listener()),
  close: () => port.close(),
});

const preload: Transport = {
  name: "Electron's preload and bridge, over a MessageChannel",
  connect: async (host) => {
    const ipc = new EventEmitter();
    const refused: string[] = [];
    bridgePages(ipc as never, { isOf: () => true }, host, (problem) => refused.push(problem));
    let exposed: Port | undefined;
    vi.doMock('electron', () => ({
      ipcRenderer: {
        postMessage: (channel: string, _message: unknown, ports: NodePort[]) =>
          ipc.emit(channel, { ports: ports.map((port) => new PortMain(port)), senderFrame: { url: 'app://lab/index.html', parent: null } }),
        on: () => undefined,
      },
      contextBridge: { exposeInMainWorld: (_name: string, api: { port: Port }) => (exposed = bridged(api.port)) },
    }));
    vi.resetModules();
    await import(PRELOAD);
    if (exposed === undefined || refused.length > 0) throw new Error(`the preload gave no port: ${refused.join()}`);
    const port = exposed;
    return { port, end: async () => port.close() };
  },
};

export const TRANSPORTS: readonly Transport[] = [direct, webSocket, preload];

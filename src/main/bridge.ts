/** From the preload's message port to the lab host: the only thing a page can ask of this process. */
import type { IpcMain, MessagePortMain } from 'electron';
import { Inbox } from '../protocol/port.ts';
import type { Port } from '../protocol/port.ts';
import { isOurPage } from './page.ts';

/** The preload sends one message port on it, once per page load. */
export const CONNECT_CHANNEL = 'lab:connect';

export function bridgePages(ipc: Pick<IpcMain, 'on'>, labHost: { connect(port: Port): void }, report: (problem: string) => void): void {
  ipc.on(CONNECT_CHANNEL, (event) => {
    const [port] = event.ports;
    if (port !== undefined && isOurPage(event.senderFrame)) return labHost.connect(electronPort(port));
    port?.close();
    report(`refused a page that is not the lab's: ${event.senderFrame?.url ?? '(gone)'}`);
  });
}

/** Electron's end of a message channel as a Port. It closes by itself when the page is reloaded or its process ends. */
export function electronPort(port: MessagePortMain): Port {
  const inbox = new Inbox();
  port.on('message', (event) => inbox.deliver(event.data));
  port.on('close', () => inbox.close());
  port.start();
  return {
    post: (message) => {
      if (!inbox.closed) port.postMessage(message);
    },
    onMessage: (listener) => inbox.listen(listener),
    onClose: (listener) => inbox.whenClosed(listener),
    close: () => {
      port.close();
      inbox.close();
    },
  };
}

/** From the preload's message port to the lab host. */
import { randomUUID } from 'node:crypto';
import type { IpcMain, MessagePortMain, WebContents } from 'electron';
import { Inbox } from '../protocol/port.ts';
import type { Port } from '../protocol/port.ts';
import { isOurPage } from './page.ts';

/** The preload sends one message port on it, once per page load, with the nonce of its window. */
export const CONNECT_CHANNEL = 'lab:connect';
/** How a window's preload is told its nonce. */
export const NONCE_ARGUMENT = '--smmu-lab-nonce=';

/** One for each window that this process opened: what has none, or another's, was not opened by us. */
export class Nonces {
  readonly #own = new WeakMap<object, string>();
  #next = randomUUID();

  /** For the preferences of the window that is opened next. */
  get argument(): string {
    return `${NONCE_ARGUMENT}${this.#next}`;
  }

  /** The window is there. */
  give(contents: object): void {
    this.#own.set(contents, this.#next);
    this.#next = randomUUID();
  }

  isOf(contents: object, nonce: unknown): boolean {
    return typeof nonce === 'string' && this.#own.get(contents) === nonce;
  }
}

interface Owners {
  isOf(contents: WebContents, nonce: unknown): boolean;
}

export function bridgePages(ipc: Pick<IpcMain, 'on'>, nonces: Owners, labHost: { connect(port: Port): void }, report: (problem: string) => void): void {
  ipc.on(CONNECT_CHANNEL, (event, nonce: unknown) => {
    const [port] = event.ports;
    if (port !== undefined && isOurPage(event.senderFrame) && nonces.isOf(event.sender, nonce)) return labHost.connect(electronPort(port));
    port?.close();
    report(`refused a page that is not the lab's: ${event.senderFrame?.url ?? '(gone)'}`);
  });
}

/** Electron's end of a message channel as a Port. It closes by itself when the page is reloaded or its process ends. */
function electronPort(port: MessagePortMain): Port {
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

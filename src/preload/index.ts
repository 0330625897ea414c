/** What the page gets from outside its sandbox: a Port to the lab host, and one call to the desktop, which main checks. */
import { contextBridge, ipcRenderer } from 'electron';
import type { DesktopBridge } from '../protocol/desktop.ts';
import { Inbox } from '../protocol/port.ts';
import type { Port } from '../protocol/port.ts';

const NONCE = '--smmu-lab-nonce=';
const { port1, port2 } = new MessageChannel();
const inbox = new Inbox();
port1.onmessage = (event) => inbox.deliver(event.data);
// Chromium says so since 122; before that only a page that goes away closes the channel.
port1.addEventListener('close', () => inbox.close());
/** Told to this window alone, so that main knows whose port it is given. */
const nonce = process.argv.find((argument) => argument.startsWith(NONCE))?.slice(NONCE.length) ?? '';
ipcRenderer.postMessage('lab:connect', nonce, [port2]);

const port: Port = {
  post: (message) => {
    if (!inbox.closed) port1.postMessage(message);
  },
  onMessage: (listener) => inbox.listen(listener),
  onClose: (listener) => inbox.whenClosed(listener),
  close: () => {
    port1.close();
    inbox.close();
  },
};

const desktop: DesktopBridge = {
  call: async (method, params) => {
    const answer = await ipcRenderer.invoke('lab:desktop', method, params);
    if ('error' in answer) throw new Error(answer.error);
    return answer.result;
  },
  onMessage: (listener) => void ipcRenderer.on('lab:desktop', (_event, message) => listener(message)),
};

contextBridge.exposeInMainWorld('smmuLab', { port, desktop });

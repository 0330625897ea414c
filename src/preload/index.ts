/** What the page gets from outside its sandbox: a Port to the lab host, and one call to the desktop, which main checks. */
import { contextBridge, ipcRenderer } from 'electron';
import type { DesktopBridge } from '../protocol/desktop.ts';
import { Inbox } from '../protocol/port.ts';
import type { Port } from '../protocol/port.ts';

const { port1, port2 } = new MessageChannel();
const inbox = new Inbox();
port1.onmessage = (event) => inbox.deliver(event.data);
// Chromium says so since 122; before that only a page that goes away closes the channel.
port1.addEventListener('close', () => inbox.close());
ipcRenderer.postMessage('lab:connect', null, [port2]);

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
};

contextBridge.exposeInMainWorld('smmuLab', { port, desktop });

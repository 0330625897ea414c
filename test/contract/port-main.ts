/** Electron's port in the main process, made of Node's: the same methods, and `data` inside an event. */
import { EventEmitter } from 'node:events';
import type { MessagePort as NodePort } from 'node:worker_threads';

export class PortMain extends EventEmitter {
  closed = false;
  readonly #port: NodePort;

  constructor(port: NodePort) {
    super();
    this.#port = port;
    port.on('close', () => this.emit('close'));
  }

  start(): void {
    this.#port.on('message', (data) => this.emit('message', { data }));
  }

  postMessage(message: unknown): void {
    this.#port.postMessage(message);
  }

  close(): void {
    this.closed = true;
    this.#port.close();
  }
}

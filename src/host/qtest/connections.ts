import type { Socket } from 'node:net';
import { createConnection } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Result } from '../../model/base/result.ts';
import { fail, ok } from '../../model/base/result.ts';

export interface Connection {
  readonly input: Readable;
  readonly output: Writable;
}

/** The streams of a run, so that all of them can be closed and the process ends. */
export class Connections {
  readonly #inputs: Readable[] = [];

  /** `stdio`, or the path of a Unix socket that listens already. */
  async open(where: string): Promise<Result<Connection>> {
    if (where === 'stdio') {
      this.#inputs.push(process.stdin);
      // A stream that ends is closed for a session, as a socket is.
      process.stdin.once('end', () => process.stdin.destroy());
      return ok({ input: process.stdin, output: process.stdout });
    }
    const socket = createConnection(where);
    this.#inputs.push(socket);
    return connected(socket, where);
  }

  close(): void {
    for (const input of this.#inputs) input.destroy();
  }
}

function connected(socket: Socket, path: string): Promise<Result<Connection>> {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(ok({ input: socket, output: socket })));
    // Once connected, an error means that the client is gone, which `close` reports too.
    socket.on('error', (error) => resolve(fail('no-socket', `cannot connect to ${path}: ${error.message}`)));
  });
}

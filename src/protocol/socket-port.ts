/** A Port over a WebSocket: the browser's and the `ws` package's are alike in what this uses. */
import { decodeFrame, encodeFrame } from './wire.ts';
import { Inbox } from './port.ts';
import type { Port } from './port.ts';

export interface SocketLike {
  binaryType: string;
  readonly readyState: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void;
}

const OPEN = 1;
const CONNECTING = 0;
/** RFC 6455 7.4.1: received data of a type that cannot be accepted. */
const CLOSE_UNSUPPORTED = 1003;

/** A socket that is still connecting queues what is posted. A frame that is not of this protocol closes it with 1003. */
export function socketPort(socket: SocketLike): Port {
  const inbox = new Inbox();
  let outbox: (string | Uint8Array)[] = [];
  const send = (frame: string | Uint8Array): void => socket.send(frame as string | Uint8Array<ArrayBuffer>);
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('open', () => {
    for (const frame of outbox) send(frame);
    outbox = [];
  });
  socket.addEventListener('message', ({ data }) => {
    try {
      inbox.deliver(decodeFrame(data instanceof ArrayBuffer ? new Uint8Array(data) : String(data)));
    } catch (error) {
      socket.close(CLOSE_UNSUPPORTED, (error as Error).message.slice(0, 100));
    }
  });
  socket.addEventListener('close', () => inbox.close());
  socket.addEventListener('error', () => inbox.close());
  return {
    post: (message) => {
      if (inbox.closed) return;
      const frame = encodeFrame(message);
      if (socket.readyState === OPEN) send(frame);
      else if (socket.readyState === CONNECTING) outbox.push(frame);
    },
    onMessage: (listener) => inbox.listen(listener),
    onClose: (listener) => inbox.whenClosed(listener),
    close: () => {
      inbox.close();
      socket.close();
    },
  };
}

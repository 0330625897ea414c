/**
 * The one thing a UI and a lab host share: a pipe of messages. Electron's MessagePort, a WebSocket, a MessageChannel
 * and a direct call are all adapted to it. What may cross is what a structured clone keeps; a sender never assumes that
 * the receiver sees the same object.
 */
export interface Port {
  /** Never throws: after `close` a message is dropped. */
  post(message: unknown): void;
  /** One listener; messages that arrived before it was set are delivered to it, in order. */
  onMessage(listener: (message: unknown) => void): void;
  /** Any number of listeners, each called once when either end closes, at once if that has happened. */
  onClose(listener: () => void): void;
  close(): void;
}

/** The receiving half of a Port: keeps what arrives until somebody listens. */
export class Inbox {
  #listener: ((message: unknown) => void) | null = null;
  readonly #closeListeners: (() => void)[] = [];
  #waiting: unknown[] = [];
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  deliver(message: unknown): void {
    if (this.#closed) return;
    if (this.#listener === null) this.#waiting.push(message);
    else this.#listener(message);
  }

  listen(listener: (message: unknown) => void): void {
    this.#listener = listener;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) listener(message);
  }

  whenClosed(listener: () => void): void {
    if (this.#closed) listener();
    else this.#closeListeners.push(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    for (const listener of this.#closeListeners) listener();
  }
}

/** Two joined ports in one thread. Delivery is asynchronous and in order, and each message is a structured clone. */
export function portPair(): [Port, Port] {
  const left = new Inbox();
  const right = new Inbox();
  const close = (): void => {
    left.close();
    right.close();
  };
  const end = (own: Inbox, other: Inbox): Port => ({
    post: (message) => {
      if (own.closed) return;
      const copy = structuredClone(message);
      queueMicrotask(() => other.deliver(copy));
    },
    onMessage: (listener) => own.listen(listener),
    onClose: (listener) => own.whenClosed(listener),
    close,
  });
  return [end(left, right), end(right, left)];
}

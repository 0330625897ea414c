/** The UI's end of a Port: typed calls with cancellation, and streams. */
import type { z } from 'zod';
import type { Method, Params, ResultOf, Stream, StreamData } from './contract.ts';
import { METHODS, STREAMS } from './contract.ts';
import { RPC_CODES, RpcError } from './errors.ts';
import { eventSchema, parseOrThrow, replySchema } from './messages.ts';
import type { Port } from './port.ts';

interface Pending {
  readonly method: Method;
  resolve(result: unknown): void;
  reject(error: RpcError): void;
  release(): void;
}

type Listener = (data: unknown, number: number) => void;

export interface CallOptions {
  /** Aborting asks the host to stop; the call then rejects with code `cancelled`, unless it was already done. */
  readonly signal?: AbortSignal;
}

export class RpcClient {
  readonly #port: Port;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<Stream, Set<Listener>>();
  readonly #closeListeners = new Set<() => void>();
  readonly #onBadMessage: (error: RpcError) => void;
  #nextId = 1;
  #lastEvent = 0;
  #closed = false;

  /** `onBadMessage` hears of a message from the host that is none of the protocol, and of a stream's data that does not parse. */
  constructor(port: Port, onBadMessage: (error: RpcError) => void = () => undefined) {
    this.#port = port;
    this.#onBadMessage = onBadMessage;
    port.onMessage((message) => this.#receive(message));
    port.onClose(() => this.#closeAll());
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Rejects with an RpcError: the host's own code, `bad-reply` when the answer does not parse, `closed` when the port is. */
  call<M extends Method>(method: M, params: Params<M>, options: CallOptions = {}): Promise<ResultOf<M>> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#closed) return reject(new RpcError({ code: RPC_CODES.closed, message: 'the lab host is gone' }));
      const { signal } = options;
      if (signal?.aborted === true) return reject(new RpcError({ code: RPC_CODES.cancelled, message: `${method} was cancelled` }));
      const id = this.#nextId++;
      const cancel = (): void => this.#port.post({ cancel: id });
      signal?.addEventListener('abort', cancel, { once: true });
      this.#pending.set(id, { method, resolve, reject, release: () => signal?.removeEventListener('abort', cancel) });
      this.#port.post({ id, method, params });
    }) as Promise<ResultOf<M>>;
  }

  /** Listens to a stream until the returned function is called. An event that was overtaken by a later one of its number is not delivered. */
  on<S extends Stream>(stream: S, listener: (data: StreamData<S>, number: number) => void): () => void {
    const listeners = this.#listeners.get(stream) ?? new Set<Listener>();
    this.#listeners.set(stream, listeners);
    listeners.add(listener as Listener);
    return () => listeners.delete(listener as Listener);
  }

  onClose(listener: () => void): () => void {
    if (this.#closed) listener();
    else this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  close(): void {
    this.#port.close();
    this.#closeAll();
  }

  #receive(message: unknown): void {
    try {
      if (typeof message === 'object' && message !== null && 'stream' in message) this.#receiveEvent(message);
      else this.#receiveReply(message);
    } catch (error) {
      this.#onBadMessage(error instanceof RpcError ? error : new RpcError({ code: RPC_CODES.internal, message: String(error) }));
    }
  }

  #receiveReply(message: unknown): void {
    const reply = parseOrThrow(replySchema, message, RPC_CODES.badReply, 'message of the lab host');
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    pending.release();
    if ('error' in reply) return pending.reject(new RpcError(reply.error));
    const schema: z.ZodType = METHODS[pending.method].result;
    try {
      pending.resolve(parseOrThrow(schema, reply.result, RPC_CODES.badReply, `reply to ${pending.method}`));
    } catch (error) {
      pending.reject(error as RpcError);
    }
  }

  #receiveEvent(message: unknown): void {
    const event = parseOrThrow(eventSchema, message, RPC_CODES.badReply, 'event of the lab host');
    if (!Object.hasOwn(STREAMS, event.stream) || event.number <= this.#lastEvent) return;
    this.#lastEvent = event.number;
    const stream = event.stream as Stream;
    const data = parseOrThrow(STREAMS[stream], event.data, RPC_CODES.badReply, `event of ${stream}`);
    for (const listener of this.#listeners.get(stream) ?? []) listener(data, event.number);
  }

  #closeAll(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const pending of this.#pending.values()) {
      pending.release();
      pending.reject(new RpcError({ code: RPC_CODES.closed, message: `the lab host went away before ${pending.method} was answered` }));
    }
    this.#pending.clear();
    for (const listener of this.#closeListeners) listener();
  }
}

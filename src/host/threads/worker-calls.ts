/**
 * Typed calls into a worker_thread of our own. Both ends are this program, so nothing is parsed; errors keep their code.
 */
import type { MessagePort, Transferable, Worker } from 'node:worker_threads';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { RpcFailure } from '../../protocol/errors.ts';

/** Methods of a worker: one parameter, one result; on the worker's side they may be asynchronous. */
export type Api<T> = { readonly [K in keyof T]: (params: never) => unknown };
export type Served<T extends Api<T>> = {
  readonly [K in keyof T]: (params: Parameters<T[K]>[0]) => ReturnType<T[K]> | Promise<ReturnType<T[K]>>;
};

interface CallMessage {
  readonly call: number;
  readonly method: string;
  readonly params: unknown;
}
type AnswerMessage = { readonly answer: number; readonly result: unknown } | { readonly answer: number; readonly error: RpcFailure };
interface NoticeMessage {
  readonly notice: unknown;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The caller's end of one worker. When the worker dies, calls under way reject with code `engine-crashed` or what `deathCode` says. */
export class WorkerCalls<T extends Api<T>, Notice = never> {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #dead: Promise<Error>;
  #nextCall = 1;
  #death: Error | null = null;
  #ending = false;

  constructor(worker: Worker, deathCode: string, onNotice: (notice: Notice) => void = () => undefined) {
    this.#worker = worker;
    worker.on('message', (message: AnswerMessage | NoticeMessage) => {
      if ('notice' in message) onNotice(message.notice as Notice);
      else this.#settle(message);
    });
    this.#dead = new Promise((resolve) => {
      const die = (message: string): void => {
        this.#death ??= new RpcError({ code: deathCode, message });
        for (const pending of this.#pending.values()) pending.reject(this.#death);
        this.#pending.clear();
        resolve(this.#death);
      };
      worker.on('error', (error) => die(error instanceof Error ? error.message : String(error)));
      worker.on('exit', (status) => die(this.#ending ? 'it was ended' : `it exited with status ${status}`));
    });
  }

  /** Resolves when the worker is gone, with why; never rejects. */
  get dead(): Promise<Error> {
    return this.#dead;
  }

  get isDead(): boolean {
    return this.#death !== null;
  }

  call<K extends keyof T & string>(method: K, params: Parameters<T[K]>[0], transfer: readonly Transferable[] = []): Promise<ReturnType<T[K]>> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#death !== null) return reject(this.#death);
      const call = this.#nextCall++;
      this.#pending.set(call, { resolve, reject });
      this.#worker.postMessage({ call, method, params } satisfies CallMessage, [...transfer]);
    }) as Promise<ReturnType<T[K]>>;
  }

  /** Ends the thread, whatever it is doing. */
  async end(): Promise<void> {
    this.#ending = true;
    await this.#worker.terminate();
    await this.#dead;
  }

  #settle(message: AnswerMessage): void {
    const pending = this.#pending.get(message.answer);
    this.#pending.delete(message.answer);
    if ('error' in message) pending?.reject(new RpcError(message.error));
    else pending?.resolve(message.result);
  }
}

/** The worker's end: answers each call with what the handler of its name returns or throws. */
export function serveCalls<T extends Api<T>>(port: MessagePort, handlers: Served<T>): void {
  const answer = async ({ call, method, params }: CallMessage): Promise<void> => {
    try {
      const handler = handlers[method as keyof T] as (params: unknown) => unknown;
      port.postMessage({ answer: call, result: await handler(params) } satisfies AnswerMessage);
    } catch (error) {
      if (!(error instanceof RpcError)) console.error(error);
      const failure = error instanceof RpcError ? error.toFailure() : { code: RPC_CODES.internal, message: String(error) };
      port.postMessage({ answer: call, error: failure } satisfies AnswerMessage);
    }
  };
  port.on('message', (message: CallMessage) => void answer(message));
}

export const notify = (port: MessagePort, notice: unknown): void => port.postMessage({ notice } satisfies NoticeMessage);

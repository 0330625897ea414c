/** The connection to the lab host: one typed call for everything, with progress, cancelling and a clear end. */
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { PROTOCOL_VERSION, type Method, type Params, type ResultOf, type Stream, type StreamData } from '../../protocol/contract.ts';
import type { Port } from '../../protocol/port.ts';
import { RpcClient } from '../../protocol/rpc.ts';
import { useJobs } from './jobs.ts';
import { useMessages } from './messages.ts';

export interface CallHow {
  /** What a user reads while it takes longer than a moment; such a call can be cancelled. */
  readonly label?: string;
  readonly signal?: AbortSignal;
}

export const useLabClient = defineStore('lab-client', () => {
  const status = ref<'connecting' | 'open' | 'closed'>('connecting');
  const hello = shallowRef<ResultOf<'hello'> | null>(null);
  const jobs = useJobs();
  const messages = useMessages();
  let client: RpcClient | null = null;
  const listeners: { stream: Stream; listener: (data: never) => void }[] = [];

  /** Greets the host; throws an RpcError when it speaks another protocol or is not there. */
  async function connect(port: Port): Promise<void> {
    status.value = 'connecting';
    client?.close();
    const own = new RpcClient(port, (error) => messages.show('app', `The lab host sent something unexpected: ${error.message}`));
    client = own;
    own.onClose(() => {
      if (client === own) status.value = 'closed';
    });
    for (const { stream, listener } of listeners) own.on(stream, listener as (data: unknown) => void);
    hello.value = await own.call('hello', { protocol: PROTOCOL_VERSION });
    status.value = 'open';
  }

  /** Rejects with an RpcError, as the client does; before `connect` too. */
  function call<M extends Method>(method: M, params: Params<M>, how: CallHow = {}): Promise<ResultOf<M>> {
    if (client === null) return Promise.reject(new Error('call before connect'));
    const own = client;
    if (how.label === undefined) return own.call(method, params, how.signal === undefined ? {} : { signal: how.signal });
    return jobs.track(how.label, (signal) => own.call(method, params, { signal }));
  }

  /** Has the host open its store again; says whether labs can be saved now. Rejects as `call` does. */
  async function retryStore(): Promise<boolean> {
    const answer = await call('store.retry', {}, { label: 'Opening the store' });
    if (hello.value !== null) {
      const { saveProblem: _saveProblem, mayRetry: _mayRetry, ...rest } = hello.value;
      hello.value = { ...rest, ...answer };
    }
    return answer.canSave;
  }

  /** Listens to a stream for as long as the page lives, across reconnections. */
  function on<S extends Stream>(stream: S, listener: (data: StreamData<S>) => void): void {
    listeners.push({ stream, listener: listener as (data: never) => void });
    client?.on(stream, listener);
  }

  return { status, hello, connect, call, retryStore, on };
});

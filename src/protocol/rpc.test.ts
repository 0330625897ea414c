import { describe, expect, it, vi } from 'vitest';
import type { Handlers, ParsedParams } from './rpc.ts';
import { RpcClient, serveRpc } from './rpc.ts';
import { RpcError } from './errors.ts';
import { portPair } from './port.ts';
import type { RunState } from './contract.ts';

const runState = (revision: number): RunState => ({
  revision, state: 'running', position: 0, steps: 1, transactions: 0, events: 0, faults: 0, records: 0, dropped: 0, omitted: 0, cut: false, level: 'steps' as const, paused: false,
  expectations: { met: 0, failed: 0 }, lab: { title: 'x' }, uapi: null, notes: [], readOnly: false,
});

const unused = (): never => {
  throw new RpcError({ code: 'not-found', message: 'not in this test' });
};

function connect(handlers: Partial<Handlers>) {
  const [ui, host] = portPair();
  const report = vi.fn();
  const all = new Proxy(handlers, { get: (target, key) => Reflect.get(target, key) ?? unused }) as Handlers;
  const server = serveRpc(host, all, report);
  return { ui, client: new RpcClient(ui), server, report };
}

describe('RPC over a Port', () => {
  it('answers a call with what the handler returned', async () => {
    const { client } = connect({ decode: () => [{ kind: 'event', type: 'F_TRANSLATION', words: [], fields: [] }] });
    expect(await client.call('decode', { text: 'x' })).toEqual([{ kind: 'event', type: 'F_TRANSLATION', words: [], fields: [] }]);
  });

  it('refuses parameters that the contract does not allow, naming the field', async () => {
    const { client } = connect({ 'transactions.window': () => ({ total: 0, all: 0, rows: [] }) });
    const call = client.call('transactions.window', { from: 0, count: 513 });
    await expect(call).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('count') });
  });

  it('refuses a method that is not of the protocol, also one that every object has', async () => {
    const { client } = connect({});
    for (const method of ['nothing', 'toString', '__proto__']) {
      await expect(client.call(method as 'hello', { protocol: 1 })).rejects.toMatchObject({ code: 'unknown-method' });
    }
  });

  it('rejects a reply that does not parse', async () => {
    const { client } = connect({ 'sessions.list': () => [{ id: 1 }] as never });
    await expect(client.call('sessions.list', {})).rejects.toMatchObject({ code: 'bad-reply' });
  });

  it('carries code, message, place and problems of an error', async () => {
    const problem = { document: 'host', line: 2, column: 3, endLine: 2, endColumn: 9, severity: 'error', code: 'x', message: 'y' } as const;
    const { client } = connect({
      'run.run': () => {
        throw new RpcError({ code: 'bad-document', message: 'm', at: { line: 2 }, problems: [problem] });
      },
    });
    const error = await client.call('run.run', {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ code: 'bad-document', message: 'm', at: { line: 2 }, problems: [problem] });
  });

  it('reports a bug of a handler and answers `internal`', async () => {
    const bug = new TypeError('a bug');
    const { client, report } = connect({
      'run.run': () => {
        throw bug;
      },
    });
    await expect(client.call('run.run', {})).rejects.toMatchObject({ code: 'internal', message: 'a bug' });
    expect(report).toHaveBeenCalledWith(bug);
  });

  it('cancels: the handler sees its signal, the caller gets `cancelled`', async () => {
    const { client } = connect({
      'run.run': (_params, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
    });
    const controller = new AbortController();
    const call = client.call('run.run', {}, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    await expect(client.call('run.run', {}, { signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('numbers events and drops one that was overtaken', async () => {
    const { ui, client, server } = connect({});
    const seen: number[] = [];
    client.on('run.changed', (state, number) => seen.push(state.revision * 10 + number));
    server.emit('run.changed', runState(1));
    server.emit('run.changed', runState(2));
    await client.call('decode', { text: '' }).catch(() => undefined);
    expect(seen).toEqual([11, 22]);
    ui.close();
  });

  it('ends calls under way when the port closes, on both sides', async () => {
    let signal: AbortSignal | undefined;
    const { ui, client } = connect({
      'run.run': (_params: ParsedParams<'run.run'>, context) => {
        signal = context.signal;
        return new Promise(() => undefined);
      },
    });
    const call = client.call('run.run', {});
    await vi.waitFor(() => expect(signal).toBeDefined());
    ui.close();
    await expect(call).rejects.toMatchObject({ code: 'closed' });
    expect(signal?.aborted).toBe(true);
    await expect(client.call('hello', { protocol: 1 })).rejects.toMatchObject({ code: 'closed' });
  });

  it('survives messages that are none', async () => {
    const { ui, client } = connect({ decode: () => [] });
    for (const junk of [null, 7, 'x', [], {}, { id: 'x' }, { cancel: -1 }, { id: 1e99, method: 'decode', params: {} }]) ui.post(junk);
    expect(await client.call('decode', { text: '' })).toEqual([]);
  });

  it('refuses more calls at once than it can hold', async () => {
    const { client } = connect({ 'run.run': () => new Promise(() => undefined), decode: () => [] });
    for (let i = 0; i < 256; i++) void client.call('run.run', {}).catch(() => undefined);
    await expect(client.call('decode', { text: '' })).rejects.toMatchObject({ code: 'busy' });
  });
});

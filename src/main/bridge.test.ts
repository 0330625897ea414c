import { EventEmitter, once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PortMain } from '../../test/contract/port-main.ts';
import type { Port } from '../protocol/port.ts';
import { bridgePages, CONNECT_CHANNEL, NONCE_ARGUMENT, Nonces } from './bridge.ts';

const page = { url: 'app://lab/index.html', parent: null };
let ipc: EventEmitter;
let ports: Port[];
let problems: string[];
let channel: MessageChannel;
let end: PortMain;
const sender = {};
let nonce: string;

beforeEach(() => {
  [ipc, ports, problems, channel] = [new EventEmitter(), [], [], new MessageChannel()];
  end = new PortMain(channel.port2);
  const nonces = new Nonces();
  nonce = nonces.argument.slice(NONCE_ARGUMENT.length);
  nonces.give(sender);
  bridgePages(ipc as never, nonces, { connect: (port) => void ports.push(port) }, (problem) => void problems.push(problem));
});
afterEach(() => channel.port1.close());

describe('a page that asks for the lab host', () => {
  it('gets a port that carries messages both ways', async () => {
    channel.port1.postMessage({ id: 1, bytes: new Uint8Array([1, 2]) });
    ipc.emit(CONNECT_CHANNEL, { ports: [end], sender, senderFrame: page }, nonce);
    const got: unknown[] = [];
    ports[0]?.onMessage((message) => void got.push(message));
    await vi.waitFor(() => expect(got).toEqual([{ id: 1, bytes: new Uint8Array([1, 2]) }]));
    ports[0]?.post({ id: 1, result: 'done' });
    expect(await once(channel.port1, 'message')).toEqual([{ id: 1, result: 'done' }]);
  });

  it('is gone when its end closes', async () => {
    ipc.emit(CONNECT_CHANNEL, { ports: [end], sender, senderFrame: page }, nonce);
    const closed = vi.fn();
    ports[0]?.onClose(closed);
    channel.port1.close();
    await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce());
    expect(() => ports[0]?.post('late')).not.toThrow();
  });

  it('is refused when it is not ours, and that is reported', () => {
    ipc.emit(CONNECT_CHANNEL, { ports: [end], sender, senderFrame: { url: 'https://example.org/', parent: null } }, nonce);
    ipc.emit(CONNECT_CHANNEL, { ports: [end], sender, senderFrame: { ...page, parent: {} } }, nonce);
    ipc.emit(CONNECT_CHANNEL, { ports: [], sender, senderFrame: page }, nonce);
    expect(ports).toEqual([]);
    expect(end.closed).toBe(true);
    expect(problems).toHaveLength(3);
    expect(problems[0]).toContain('https://example.org/');
  });

  it('is refused without the nonce of its own window', () => {
    const other = new Nonces();
    for (const wrong of [undefined, '', 'guessed', other.argument, { toString: () => nonce }]) ipc.emit(CONNECT_CHANNEL, { ports: [end], sender, senderFrame: page }, wrong);
    ipc.emit(CONNECT_CHANNEL, { ports: [end], sender: {}, senderFrame: page }, nonce);
    expect(ports).toEqual([]);
    expect(problems).toHaveLength(6);
  });

  it('has a nonce that no other window has', () => {
    const nonces = new Nonces();
    const first = nonces.argument;
    nonces.give({});
    expect(nonces.argument).not.toBe(first);
  });
});

/** A lab host reached over a transport: there before the tests of a suite, ended behind them, and then neither end has complained. */
import { afterAll, beforeAll, expect } from 'vitest';
import { RpcClient } from '../../src/protocol/rpc.ts';
import { startHost } from './hosts.ts';
import type { TestHost } from './hosts.ts';
import type { Connected, Transport } from './transports.ts';

/** `ready` gets the client before the first test. */
export function useConnectedHost(transport: Transport, ready: (client: RpcClient) => void): void {
  let lab: TestHost;
  let connected: Connected;
  const bad: unknown[] = [];
  beforeAll(async () => {
    lab = startHost();
    connected = await transport.connect(lab.host);
    ready(new RpcClient(connected.port, (error) => bad.push(error)));
  });
  afterAll(async () => {
    await connected.end();
    await lab.end();
    expect([bad, lab.reported]).toEqual([[], []]);
  });
}

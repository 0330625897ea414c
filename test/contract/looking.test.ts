/** Looks at a machine, over every transport: they change nothing, and say where there is none. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RpcClient } from '../../src/protocol/rpc.ts';
import { startHost } from './hosts.ts';
import type { TestHost } from './hosts.ts';
import { SMALL } from './labs.ts';
import { TRANSPORTS } from './transports.ts';
import type { Connected } from './transports.ts';

describe.each(TRANSPORTS)('looking at a machine over $name', (transport) => {
  let lab: TestHost;
  let connected: Connected;
  let client: RpcClient;
  const bad: unknown[] = [];

  beforeAll(async () => {
    lab = startHost();
    connected = await transport.connect(lab.host);
    client = new RpcClient(connected.port, (error) => bad.push(error));
  });
  afterAll(async () => {
    await connected.end();
    await lab.end();
    expect(bad).toEqual([]);
    expect(lab.reported).toEqual([]);
  });

  it('says that there is none', async () => {
    await expect(client.call('caches.window', { from: 0, count: 8 })).rejects.toMatchObject({ code: 'no-machine' });
  });

  it('shows the caches, and leaves the run as it is', async () => {
    await client.call('run.load', { documents: SMALL });
    await client.call('run.step', {});
    const stepped = await client.call('run.step', {});
    const { total, rows, caches, preview } = await client.call('caches.window', { kinds: ['tlb'], command: 'CMD_TLBI_NH_ASID VMID=1 ASID=5', from: 0, count: 8 });
    expect([total, rows.length, rows[0]?.removed, preview?.removes]).toEqual([1, 1, true, 2]);
    expect(caches.map(({ kind }) => kind)).toEqual(['config', 'ste', 'tlb', 's2-tlb', 's1-walk', 's2-walk']);
    expect(await client.call('run.state', {})).toMatchObject({ records: stepped.records, digest: stepped.digest });
    await expect(client.call('caches.window', { from: 0, count: 100_000 })).rejects.toMatchObject({ code: 'bad-request' });
  });
});

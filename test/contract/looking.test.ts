/** Looks at a machine, over every transport: they change nothing, and say where there is none. */
import { describe, expect, it } from 'vitest';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { useConnectedHost } from './connected-host.ts';
import { SMALL } from './labs.ts';
import { TRANSPORTS } from './transports.ts';

describe.each(TRANSPORTS)('looking at a machine over $name', (transport) => {
  let client: RpcClient;
  useConnectedHost(transport, (made) => {
    client = made;
  });

  it('says that there is none', async () => {
    await expect(client.call('caches.window', { from: 0, count: 8 })).rejects.toMatchObject({ code: 'no-machine' });
  });

  it('shows caches, walks, structures, registers, memory and counts, and leaves the run as it is', async () => {
    await client.call('run.load', { documents: SMALL });
    await client.call('run.step', {});
    const stepped = await client.call('run.step', {});
    const { total, rows, caches, preview } = await client.call('caches.window', { kinds: ['tlb'], command: 'CMD_TLBI_NH_ASID VMID=1 ASID=5', from: 0, count: 8 });
    expect([total, rows.length, rows[0]?.removed, preview?.removes]).toEqual([1, 1, true, 2]);
    expect(caches.map(({ kind }) => kind)).toEqual(['config', 'ste', 'tlb', 's2-tlb', 's1-walk', 's2-walk']);
    expect(await client.call('run.state', {})).toMatchObject({ records: stepped.records, digest: stepped.digest });
    const beside = await client.call('walk.now', { txn: 1 });
    expect([beside.results[0], beside.stale]).toEqual([beside.results[1], []]);
    const roots = await client.call('structures.children', { parent: '', from: 0, count: 8 });
    expect(roots.rows.map(({ id, owner }) => [id, owner])).toEqual([['physical', 'host']]);
    expect((await client.call('structures.locate', { sid: 0x10, iova: '0x10000123' })).path.at(-1)).toMatch(/^physical\/ste:0x10\/cd:0\/ttb0\//);
    const [ste] = (await client.call('structures.children', { parent: 'physical', from: 0, count: 1 })).rows;
    expect((await client.call('structures.find', { space: 'pa', address: ste!.pa! })).path.at(-1)).toBe('physical/ste:0x10');
    expect((await client.call('registers.list', { machine: '' })).values.find(({ name }) => name === 'CR0')?.value).toBe('0xd');
    expect((await client.call('registers.read', { machine: '', name: 'CR0' })).fields.map(({ name }) => name)).toContain('SMMUEN');
    const { rows: mapped } = await client.call('survey.mappings', { sid: 0x10, from: 0, count: 8 });
    expect(mapped[0]).toMatchObject({ sid: 0x10, iova: '0x10000000', stages: 'stages 1 and 2', rights: 'RW' });
    expect((await client.call('survey.who', { pa: mapped[0]!.pa! })).reaching.map(({ at }) => at.iova)).toEqual(['0x10000000']);
    expect((await client.call('survey.findings', {})).text).toMatch(/^0 errors, 0 warnings/);
    expect(await client.call('survey.events', {})).toEqual([]);
    const { overlays } = await client.call('memory.map', { space: 'ipa:vm0' });
    const { row } = await client.call('memory.locate', { space: 'ipa:vm0', address: overlays[0]!.from });
    expect((await client.call('memory.window', { space: 'ipa:vm0', from: row, count: 1 })).rows[0]?.overlay?.name).toBe(overlays[0]!.name);
    expect((await client.call('memory.at', { space: 'ipa:vm0', address: overlays[0]!.from })).pa).toMatch(/^0x/);
    expect((await client.call('memory.search', { space: 'pa', bytes: 'deadbeefdeadbeef', after: null })).address).toBeNull();
    expect((await client.call('statistics.get', {})).streams).toEqual([expect.objectContaining({ sid: 0x10, device: 'nic0', vmid: 1, transactions: 1, hits: 0 })]);
    expect(await client.call('run.state', {})).toMatchObject({ records: stepped.records, digest: stepped.digest });
    await expect(client.call('caches.window', { from: 0, count: 100_000 })).rejects.toMatchObject({ code: 'bad-request' });
  });
});

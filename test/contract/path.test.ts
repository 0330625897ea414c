/** The path through the nested stack and what becomes of faults, over every transport. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { PathRow } from '../../src/protocol/contract.ts';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { useConnectedHost } from './connected-host.ts';
import { SMALL, STACK } from './labs.ts';
import { TRANSPORTS } from './transports.ts';

/** Steps of STACK, from 1. */
const UNMAP = 3;
const FAULT = 4;
const STAGE_2 = 6;

describe.each(TRANSPORTS)('the path over $name', (transport) => {
  let client: RpcClient;
  useConnectedHost(transport, (made) => {
    client = made;
  });
  const path = async (step: number): Promise<PathRow[]> => (await client.call('path.window', { step, from: 0, count: 512 })).rows;
  const brief = (rows: readonly PathRow[]): string[] => rows.map(({ lane, action }) => `${lane} ${action}`);

  beforeAll(async () => {
    await client.call('run.load', { documents: STACK });
    await client.call('run.run', {});
  });

  it('goes from the guest down to the SMMU, each hop before what it caused', async () => {
    const rows = await path(UNMAP);
    expect(brief(rows)).toEqual([
      'guest dma_unmap', 'guest CMD_TLBI_NH_VA', 'guest CMD_SYNC', 'vmm trap', 'vmm CMD_TLBI_NH_VA', 'vmm CACHE_INVALIDATE', 'uapi VFIO_IOMMU_CACHE_INVALIDATE',
      'host-core iommu_uapi_cache_invalidate', 'host-driver cache_invalidate', 'host-driver CMD_TLBI_NH_VA', 'host-driver CMD_SYNC', 'smmu CMD_TLBI_NH_VA', 'smmu CMD_SYNC',
    ]);
    expect(rows.map(({ depth }) => depth)).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 4]);
    expect(rows[5]).toMatchObject({ inside: 7, result: '0', failed: false, dropped: null });
    expect(rows[11]?.details[0]?.value).toContain('removed 1 cache entry');
  });

  it('has the bytes that crossed, decoded', async () => {
    const crossing = (await path(UNMAP)).find(({ lane }) => lane === 'uapi')?.crossing;
    expect(crossing).toMatchObject({ title: 'vfio_iommu_type1_cache_invalidate + iommu_cache_invalidate_info (addr_info)', section: null, bytes: 64 });
    expect(crossing?.words).toHaveLength(8);
    expect(crossing?.words[0]).toBe('0000000000000040');
    expect(crossing?.fields.find(({ name }) => name === 'info.granularity')).toMatchObject({ value: 'IOMMU_INV_GRANU_ADDR', bits: [143, 136] });
    expect((await path(UNMAP))[9]?.crossing).toMatchObject({ title: 'CMD_TLBI_NH_VA', section: '4.4.2.4', bytes: 16 });
  });

  it('comes back with a fault, up to the log of the guest', async () => {
    const rows = await path(FAULT);
    expect(brief(rows)).toEqual([
      'device nic0 read', 'smmu F_TRANSLATION', 'smmu interrupt EVENTQ', 'host-driver handle_evt', 'host-core iommu_report_device_fault', 'uapi DMA FAULT region',
      'uapi write to region 9', 'vmm inject', 'vmm interrupt', 'vmm trap', 'guest handle_evt', 'guest fault',
    ]);
    expect(rows[0]).toMatchObject({ kind: 'transaction', txn: 2, result: 'fault, F_TRANSLATION', failed: true });
    expect(rows[1]).toMatchObject({ kind: 'event', event: 0, crossing: { title: 'F_TRANSLATION' } });
    expect(rows[3]?.details).toEqual(expect.arrayContaining([{ name: 'event', value: '0x10' }, { name: 'StreamID', value: '0x20' }]));
    expect(rows[10]).toMatchObject({ result: '-EINVAL (invalid argument)', failed: true, dropped: expect.stringContaining("printed in the kernel's log") });
    expect(await client.call('path.locate', { txn: 2 })).toEqual({ step: FAULT, index: 0 });
  });

  it('is a window of rows of the whole run, the boot before its first step', async () => {
    const all = await client.call('path.window', { from: 0, count: 1 });
    const boot = await client.call('path.window', { step: 0, from: 0, count: 512 });
    expect(all.rows).toHaveLength(1);
    expect(all.hops).toBeGreaterThan(boot.rows.length - 20);
    expect(brief(boot.rows)).toContain('uapi VFIO_IOMMU_SET_PASID_TABLE');
    const last = await client.call('path.window', { from: all.total - 1, count: 5 });
    expect(last.rows).toMatchObject([{ index: all.total - 1, step: 6 }]);
  });

  it('shows what concerns one transaction: itself, its event, and the hops that this led to, up to the guest and no others', async () => {
    const { total, rows } = await client.call('path.window', { txn: 2, from: 0, count: 512 });
    expect(rows).toHaveLength(total);
    expect(rows.map(({ index }) => index)).toEqual([...rows].map(({ index }) => index).sort((a, b) => a - b));
    expect(rows.filter(({ kind }) => kind === 'transaction').map(({ txn }) => txn)).toEqual([2]);
    expect(rows.some(({ kind }) => kind === 'event')).toBe(true);
    expect(rows.some(({ lane }) => lane === 'guest')).toBe(true);
    const lost = await client.call('path.window', { txn: 3, from: 0, count: 512 });
    expect(lost.rows.some(({ lane }) => lane === 'guest')).toBe(false);
    expect(await client.call('path.window', { txn: 99, from: 0, count: 1 })).toMatchObject({ total: 0, rows: [] });
  });

  it('says of each fault how far it came, and why no further', async () => {
    const { total, rows } = await client.call('faults.window', { from: 0, count: 512 });
    expect(total).toBe(2);
    expect(rows[0]).toMatchObject({
      index: 0, txn: 2, type: 'F_TRANSLATION', device: 'nic0', physical: { state: 'there' }, middle: { state: 'there', text: 'DMA FAULT region' },
      guest: { state: 'there', text: 'inject, without RnW, Class' }, handler: { state: 'there' },
    });
    expect(rows[1]).toMatchObject({ txn: 3, middle: { state: 'lost', text: expect.stringContaining('stage 2 is the host') }, guest: { state: 'none' }, handler: { state: 'none' } });
    expect(brief(await path(STAGE_2)).at(-1)).toBe('host-driver handle_evt');
  });

  it('says of each read and each event whose structure it was in, as the machine has it', async () => {
    const walk = await client.call('walk.view', { txn: 2 });
    const reads = walk.rows.map(({ label, cells }) => [label, cells.at(-1)?.structure?.name ?? null, cells.at(-1)?.structure?.owner ?? null]);
    // What the first access left in the caches is in nobody's memory.
    expect(reads.at(-1)).toEqual(['S1 L3', 'stage 1 level 3 table of nic0', 'guest']);
    expect((await client.call('walk.view', { txn: 1 })).rows.map(({ label, cells }) => `${label}: ${cells.at(-1)?.structure?.owner ?? '-'}, ${[...new Set(cells.slice(0, -1).map((cell) => cell?.structure?.owner))].filter(Boolean).join()}`)).toEqual([
      // Stage 2 maps the RAM by a block, which the TLB then answers for.
      'L1STD: host, ', 'STE: host, ', 'CD: guest, host', 'S1 L0: guest, ', 'S1 L1: guest, ', 'S1 L2: guest, ', 'S1 L3: guest, ', 'Final IPA: -, host',
    ]);
    const { rows } = await client.call('events.window', { from: 0, count: 2 });
    expect(rows.map(({ structure }) => structure)).toEqual([{ name: 'stage 1 level 3 table of nic0', owner: 'guest' }, { name: 'stage 2 level 1 table of vm0', owner: 'host' }]);
  });

  it('says what lies at a number, as a PA and as an IPA', async () => {
    expect(await client.call('structures.at', { address: '0x80000010' })).toEqual([{ name: 'RAM of vm0', owner: 'guest', space: 'ipa', vm: 'vm0', offset: '0x10' }]);
    const [command] = (await client.call('rings.list', {})).filter(({ id }) => id === 'physical-command');
    expect(await client.call('structures.at', { address: command!.base!.address })).toMatchObject([{ name: 'command queue', owner: 'host', space: 'pa', offset: '0x0' }]);
    expect(await client.call('structures.at', { address: '0xffffffffffffffff' })).toEqual([]);
    await expect(client.call('structures.at', { address: '0x12345678123456789' })).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('has every queue as a ring, from the SMMU up to the guest', async () => {
    const rings = await client.call('rings.list', {});
    expect(rings.map(({ id, level, owner }) => [id, level, owner])).toEqual([
      ['physical-event', 'physical', 'host'], ['physical-command', 'physical', 'host'], ['uapi-vm0-0', 'uapi', 'host'], ['uapi-vm0-1', 'uapi', 'host'],
      ['guest-event-vm0', 'guest', 'guest'], ['guest-command-vm0', 'guest', 'guest'],
    ]);
    expect(rings[0]).toMatchObject({ holds: 'event', prod: { index: 2, wrap: 0 }, cons: { index: 2, wrap: 0 }, waiting: 0, enabled: true, lost: false, error: null, base: { space: 'pa' } });
    expect(rings[2]).toMatchObject({ title: 'DMA FAULT region', device: 'nic0', size: 512, prod: { index: 1, wrap: null }, cons: { index: 1, wrap: null }, base: null });
    expect(rings[3]).toMatchObject({ title: 'RESPONSE region', device: 'nic0', size: 512, waiting: 0 });
    expect(rings[4]).toMatchObject({ prod: { index: 1 }, cons: { index: 1 }, base: { space: 'ipa' } });
    const { total, rows } = await client.call('rings.window', { id: 'uapi-vm0-0', from: 0, count: 2 });
    expect(total).toBe(512);
    expect(rows).toMatchObject([{ slot: 0, state: 'taken', crossing: { title: 'iommu_fault (unrecoverable)' } }, { slot: 1, state: 'empty', crossing: null }]);
    expect((await client.call('rings.window', { id: 'guest-event-vm0', from: 0, count: 1 })).rows[0]?.crossing?.title).toBe('F_TRANSLATION');
    await expect(client.call('rings.window', { id: 'nothing', from: 0, count: 1 })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('has the PRI queue where the SMMU has one, with its page requests', async () => {
    const { documents } = await client.call('samples.open', { id: 'pri-round-trip' });
    await client.call('run.load', { documents });
    await client.call('run.run', {});
    const rings = await client.call('rings.list', {});
    expect(rings.find(({ id }) => id === 'physical-pri')).toMatchObject({ title: 'PRI queue', holds: 'page-request', owner: 'host', enabled: true });
    const { rows } = await client.call('rings.window', { id: 'physical-pri', from: 0, count: 1 });
    expect(rows[0]?.crossing).toMatchObject({ title: 'PRI queue entry', bytes: 16, fields: expect.arrayContaining([expect.objectContaining({ name: 'PRGIndex' })]) });
    await client.call('run.load', { documents: STACK });
  });

  it('says at which command a queue stopped and why, of enhanced command queues too', async () => {
    const { documents } = await client.call('samples.open', { id: 'ecmdq' });
    const stopped = '- command: { CMD_SYNC: { CS: 3 }, acknowledge: false }';
    await client.call('run.load', { documents: { ...documents, steps: `${documents.steps}\n${stopped}\n` } });
    const enhanced = async () => (await client.call('rings.list', {})).find(({ id }) => id === 'physical-ecmdq-0');
    await client.call('run.seek', { position: 6 });
    expect(await enhanced()).toMatchObject({ title: 'ECMDQ 0', waiting: 1, error: 'ERR differs from ERRACK', wrongAt: 0 });
    expect((await client.call('rings.window', { id: 'physical-ecmdq-0', from: 0, count: 2 })).rows).toMatchObject([{ state: 'wrong', crossing: { title: 'CMD_SYNC' } }, { state: 'empty' }]);
    await client.call('run.run', {});
    expect(await enhanced()).toMatchObject({ waiting: 0, error: null, wrongAt: null });
    const main = (await client.call('rings.list', {})).find(({ id }) => id === 'physical-command')!;
    expect(main).toMatchObject({ error: 'CMDQ_ERR is active: CERROR_ILL', wrongAt: main.cons.index, waiting: 1 });
    await client.call('run.load', { documents: STACK });
  });

  it('is of the uAPI that is chosen over the one of the documents, until another is loaded', async () => {
    expect(await client.call('run.load', { documents: STACK, uapi: 'iommufd' })).toMatchObject({ uapi: 'iommufd', position: 0 });
    await client.call('run.run', {});
    expect(brief(await path(FAULT))).toContain('uapi vEVENTQ');
    expect((await client.call('faults.window', { from: 0, count: 1 })).rows[0]).toMatchObject({ middle: { text: 'vEVENTQ' }, guest: { state: 'there', text: 'inject' } });
    expect((await client.call('rings.list', {})).find(({ level }) => level === 'uapi')).toMatchObject({ title: 'vEVENTQ', vm: 'vm0', device: null, waiting: 0, lost: false });
    expect(await client.call('run.reset', {})).toMatchObject({ uapi: 'iommufd' });
    expect(await client.call('run.load', { documents: STACK })).toMatchObject({ uapi: 'vfio-v16-intended' });
  });

  it('is what device and SMMU did, where there is no stack', async () => {
    await client.call('run.load', { documents: SMALL });
    await client.call('run.run', {});
    const { hops, rows } = await client.call('path.window', { from: 0, count: 512 });
    expect(hops).toBe(0);
    expect(new Set(rows.map(({ lane }) => lane))).toEqual(new Set(['device', 'smmu']));
    expect((await client.call('faults.window', { from: 0, count: 9 })).rows).toMatchObject([{ physical: { state: 'there' }, middle: { state: 'none' } }]);
  });
});

/** Every call of the uAPI that is refused, and every hop that drops something, says what would help. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PathRow } from '../../src/protocol/contract.ts';
import { UAPI_NAMES } from '../../src/protocol/contract.ts';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { startHost, type TestHost } from './hosts.ts';

let lab: TestHost;
let client: RpcClient;
beforeAll(() => {
  lab = startHost();
  client = lab.connect();
});
afterAll(() => lab.end());

async function refused(id: string, uapi: (typeof UAPI_NAMES)[number]): Promise<PathRow[]> {
  const { documents } = await client.call('samples.open', { id });
  await client.call('run.load', { documents, uapi });
  await client.call('run.run', {});
  const found: PathRow[] = [];
  for (let from = 0, total = 1; from < total; from += 256) {
    const window = await client.call('path.window', { from, count: 256 });
    total = window.total;
    found.push(...window.rows.filter(({ kind, failed, dropped }) => kind === 'hop' && (failed || dropped !== null)));
  }
  return found;
}

const LABS = ['patch-1-pasid-table-uapi', 'patch-7-cache-invalidate', 'patch-9-hardware-msi', 'partial-failure', 'mixed-granule', 'third-cfgi-ste', 'stall-skipped'];

it.each(LABS.flatMap((id) => UAPI_NAMES.map((uapi) => [id, uapi] as const)))('%s on %s', async (id, uapi) => {
  const all = await refused(id, uapi);
  const silent = all.filter(({ remedy }) => remedy === undefined);
  expect(silent.map(({ lane, action, result, dropped }) => ({ lane, action, result, dropped }))).toEqual([]);
  const unlinked = all.filter(({ lane, failed, crossing, fields }) => lane === 'uapi' && failed && (crossing?.fields.length ?? 0) > 1 && fields === undefined);
  expect(unlinked.map(({ action, result, dropped, decided }) => ({ action, result, dropped, decided }))).toEqual([]);
});

it('a call is decided by the hop within it that says why', async () => {
  const calls = (await refused('patch-5-attach-pasid-table', 'vfio-v16-posted')).filter(({ lane }) => lane === 'uapi');
  expect(calls[0]).toMatchObject({ action: 'VFIO_IOMMU_SET_PASID_TABLE', result: '-EINVAL (invalid argument)', dropped: null, decided: { text: expect.stringMatching(/^(pasid_bits|stage 1)/) } });
  const { index } = calls[0]!.decided!;
  expect((await client.call('path.window', { from: index, count: 1 })).rows[0]).toMatchObject({ lane: 'host-driver', dropped: calls[0]!.decided!.text });
});

it.each([
  ['patch-1-pasid-table-uapi', /^format is/, [{ name: 'info.format', value: '2' }]],
  ['patch-5-attach-pasid-table', /^pasid_bits is/, [{ name: 'info.pasid_bits', value: '1' }]],
  ['patch-7-cache-invalidate', /no ASID is given/, [{ name: 'info.flags' }, { name: 'info.archid' }]],
  ['patch-7-cache-invalidate', /the range has no bytes/, [{ name: 'info.granule_size' }, { name: 'info.nb_granules' }]],
] as const)('a call of %s that was refused names the fields that were looked at, each a field of its bytes', async (id, why, fields) => {
  const calls = (await refused(id, 'vfio-v16-intended')).filter(({ lane, decided }) => lane === 'uapi' && why.test(decided?.text ?? ''));
  expect(calls[0]?.fields).toMatchObject(fields);
  for (const call of calls) for (const { name, value } of call.fields!) expect(call.crossing!.fields).toContainEqual(expect.objectContaining({ name, value }));
});

it('a call of another uAPI says whose it is', async () => {
  expect((await refused('patch-1-pasid-table-uapi', 'iommufd')).map(({ remedy }) => remedy)).toContain('It is VFIO_IOMMU_SET_PASID_TABLE: run the lab on vfio-v16, which has it.');
});

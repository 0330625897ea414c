/** Going back and forth in any order leads to the machine and the trace that the steps alone lead to. */
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLab } from '../../src/formats/lab/files.ts';
import { splitLab } from '../../src/formats/lab/index.ts';
import type { Documents, UapiName } from '../../src/protocol/contract.ts';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { startHost, type TestHost } from './hosts.ts';
import { long } from './labs.ts';

const LABS = join(import.meta.dirname, '../../resources/labs');
const WAYS_BACK = Number(process.env['SMMU_LAB_WAYS_BACK'] ?? 3);

let lab: TestHost;
let client: RpcClient;
beforeAll(() => {
  lab = startHost();
  client = lab.connect();
});
afterAll(() => lab.end());

function documentsOf(name: string): Documents {
  const read = readLab(join(LABS, name));
  if (!read.ok) throw new Error(read.error.message);
  const { documents } = read.value;
  return { ...(typeof documents === 'string' ? splitLab(documents)! : documents) };
}

/** What can be seen of the machine and of the trace where the run stands. */
async function seen(): Promise<unknown> {
  const { revision: _revision, state: _state, ...run } = await client.call('run.state', {});
  const caches = await client.call('caches.window', { from: 0, count: 64 });
  const { values } = await client.call('registers.list', { machine: '' });
  const rings = await client.call('rings.list', {});
  const stalled = await client.call('stalls.list', {});
  const memory = await client.call('memory.map', { space: 'pa' });
  const transactions = await client.call('transactions.window', { from: Math.max(0, run.transactions - 20), count: 20 });
  const events = await client.call('events.window', { from: 0, count: 20, filter: 'evt.type != 0' });
  const faults = await client.call('faults.window', { from: 0, count: 20 });
  const path = await client.call('path.window', { from: 0, count: 200 });
  const statistics = await client.call('statistics.get', {});
  return { run, caches, values, rings, stalled, memory, transactions, events, faults, path, statistics };
}

async function straight(steps: number): Promise<unknown[]> {
  const all = [await seen()];
  for (let step = 0; step < steps; step++) {
    await client.call('run.step', {});
    all.push(await seen());
  }
  return all;
}

const CASES: readonly (readonly [string, UapiName | undefined])[] = [
  ['stale-tlb', undefined],
  ['stall-limits', undefined],
  ['nested-tour', 'vfio-v16-posted'],
  ['nested-tour', 'iommufd'],
  ['nested-stall-resume', undefined],
];

it.each(CASES)('%s on %s: in any order of positions', async (name, uapi) => {
  const { steps } = await client.call('run.load', { documents: documentsOf(name), ...(uapi === undefined ? {} : { uapi }) });
  const all = await straight(steps);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: steps }), { minLength: 2, maxLength: 6 }), async (positions) => {
      for (const position of positions) {
        await client.call('run.seek', { position });
        expect(await seen()).toEqual(all[position]);
      }
    }),
    { numRuns: WAYS_BACK },
  );
});

it('a long trace is cut where the step ends: its digest, its lists and its counts are those of the shorter run', async () => {
  const steps = 60;
  await client.call('run.load', { documents: long(steps, 64) });
  const at = new Map<number, unknown>();
  for (const position of [7, 31, 59]) {
    await client.call('run.seek', { position });
    at.set(position, await seen());
  }
  const end = await client.call('run.run', {});
  for (const position of [59, 31, 7]) {
    await client.call('run.seek', { position });
    expect(await seen()).toEqual(at.get(position));
  }
  const { digest, records } = await client.call('run.run', {});
  expect({ digest, records }).toEqual({ digest: end.digest, records: end.records });
});

it('where records were not kept, the way there is done anew', async () => {
  await client.call('recording.set', { beforeFaults: 4 });
  await client.call('run.load', { documents: documentsOf('stale-tlb') });
  const all = await straight(6);
  await client.call('run.run', {});
  await client.call('run.seek', { position: 4 });
  expect(await seen()).toEqual(all[4]);
  await client.call('recording.set', { beforeFaults: null });
});

/** A stalled access, which waits for CMD_RESUME, and one behind it. */
const STALLED = 'stall-resume';

it('what was done by hand is there again behind it, and gone before it', async () => {
  const { steps } = await client.call('run.load', { documents: documentsOf(STALLED) });
  let [waiting] = await client.call('stalls.list', {});
  for (let step = 0; step < steps && waiting?.stag == null; step++) {
    await client.call('run.step', {});
    [waiting] = await client.call('stalls.list', {});
  }
  const before = (await client.call('run.state', {})).position - 1;
  await client.call('stalls.resume', { sid: waiting!.sid, stag: waiting!.stag!, answer: 'abort' });
  const answered = await seen();
  await client.call('run.step', {});
  const further = await seen();
  await client.call('run.run', {});
  const position = before + 1;

  await client.call('run.seek', { position: position + 1 });
  expect(await seen()).toEqual(further);
  await client.call('run.seek', { position });
  expect(await seen()).toEqual(answered);
  // To before it, and on by the documents alone.
  await client.call('run.seek', { position: before });
  await client.call('run.seek', { position });
  expect(await seen()).not.toEqual(answered);
  expect((await client.call('stalls.list', {}))[0]).toEqual(waiting);
  expect((await client.call('run.state', {})).notes.some(({ text }) => text.startsWith('CMD_RESUME by hand'))).toBe(false);
});

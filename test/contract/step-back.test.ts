/** Going back and forth in any order leads to the machine and the trace that the steps alone lead to. */
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLab } from '../../src/formats/lab/files.ts';
import { splitLab } from '../../src/formats/lab/index.ts';
import type { Documents } from '../../src/protocol/contract.ts';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { startHost, type TestHost } from './hosts.ts';

const LABS = join(import.meta.dirname, '../../resources/labs');
const SEQUENCES = Number(process.env['SMMU_LAB_SEQUENCES'] ?? 4);

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
  const { digest, records, transactions, faults, expectations } = await client.call('run.state', {});
  const caches = await client.call('caches.window', { from: 0, count: 64 });
  const { values } = await client.call('registers.list', { machine: '' });
  const rings = await client.call('rings.list', {});
  return { digest, records, transactions, faults, expectations, caches, values, rings };
}

it.each(['stale-tlb', 'nested-tour', 'nested-stall-resume'])('%s: in any order of positions', async (name) => {
  const { steps } = await client.call('run.load', { documents: documentsOf(name) });
  const straight = [await seen()];
  for (let step = 0; step < steps; step++) {
    await client.call('run.step', {});
    straight.push(await seen());
  }
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: steps }), { minLength: 2, maxLength: 6 }), async (positions) => {
      for (const position of positions) {
        await client.call('run.seek', { position });
        expect(await seen()).toEqual(straight[position]);
      }
    }),
    { numRuns: SEQUENCES },
  );
});

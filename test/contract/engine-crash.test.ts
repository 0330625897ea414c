/** The engine's thread dies: the lab says so, keeps what it has, and runs again. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunState } from '../../src/protocol/contract.ts';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { startHost, WORKERS } from './hosts.ts';
import type { TestHost } from './hosts.ts';
import { LASTING, SMALL } from './labs.ts';

let lab: TestHost;
let client: RpcClient;
let engines: Worker[];
let states: RunState[];

beforeEach(() => {
  engines = [];
  states = [];
  lab = startHost({
    workers: {
      ...WORKERS,
      engine: (options) => {
        const worker = new Worker(String(WORKERS.engine), options);
        engines.push(worker);
        return worker;
      },
    },
  });
  client = lab.connect();
  client.on('run.changed', (state) => states.push(state));
});
afterEach(() => lab.end());

const kill = (): Promise<number> => engines.at(-1)!.terminate();

async function crashWhileRunning(): Promise<RunState> {
  await client.call('run.load', { documents: LASTING.documents });
  const running = client.call('run.run', {});
  await expect.poll(() => states.at(-1)?.position ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
  await kill();
  return running;
}

describe('an engine that dies', () => {
  it('while it runs: the state says so, the trace so far stays, the next run starts a new one', async () => {
    const failed = await crashWhileRunning();
    expect(failed).toMatchObject({ state: 'failed', message: expect.stringContaining('The engine stopped: it exited with status 1') });
    expect(failed.transactions).toBeGreaterThan(0);
    expect(states.at(-1)).toMatchObject({ state: 'failed' });
    expect((await client.call('transactions.window', { from: 0, count: 1 })).rows).toHaveLength(1);
    expect(await client.call('run.load', { documents: SMALL })).toMatchObject({ state: 'ready' });
    expect(await client.call('run.run', {})).toMatchObject({ state: 'done', transactions: 3 });
    expect((await client.call('run.state', {})).message).toBeUndefined();
  });

  it('while a session is worked in: its trace is kept, cut off and without a digest', async () => {
    const { id } = await client.call('sessions.save', { title: 'Crashed', documents: SMALL });
    const failed = await crashWhileRunning();
    expect([failed.cut, failed.digest]).toEqual([true, undefined]);
    const { runs } = await client.call('sessions.open', { id });
    expect(runs).toMatchObject([{ cut: true, digest: null, records: failed.records }]);
    expect(await client.call('runs.open', { runId: runs[0]!.id })).toMatchObject({ cut: true, records: failed.records, readOnly: true });
  });

  it('between steps: stepping on begins the same documents again', async () => {
    await client.call('run.load', { documents: SMALL });
    await client.call('run.step', {});
    await client.call('run.step', {});
    await kill();
    await expect.poll(() => states.at(-1)?.state).toBe('failed');
    expect(await client.call('run.step', {})).toMatchObject({ state: 'paused', position: 1, transactions: 0 });
    expect(await client.call('run.run', {})).toMatchObject({ state: 'done', transactions: 3 });
  });

  it('comes back by Reset too', async () => {
    await crashWhileRunning();
    expect(await client.call('run.reset', {})).toMatchObject({ state: 'ready', position: 0, steps: LASTING.steps });
  });

  it('again and again is started only when it is needed', async () => {
    await client.call('run.load', { documents: SMALL });
    for (let death = 1; death <= 3; death++) {
      await kill();
      await expect.poll(() => states.filter(({ state }) => state === 'failed').length).toBe(death);
    }
    expect(states.at(-1)?.message).toContain('three times in a minute');
    expect(engines).toHaveLength(3);
    expect(await client.call('run.run', {})).toMatchObject({ state: 'done' });
    expect(engines).toHaveLength(4);
  });

  it('takes only its own window with it', async () => {
    const other = lab.connect();
    await other.call('run.load', { documents: SMALL });
    await client.call('run.load', { documents: SMALL });
    await kill();
    await expect.poll(() => states.at(-1)?.state).toBe('failed');
    expect(await other.call('run.run', {})).toMatchObject({ state: 'done' });
  });
});

it('ends the run with the reason when the trace can be kept nowhere', async () => {
  const file = join(lab.folder, 'file');
  writeFileSync(file, '');
  const full = startHost({ segmentsInMemory: 2, spoolFolder: join(file, 'spool') });
  client = full.connect();
  await client.call('run.load', { documents: LASTING.documents });
  const failed = await client.call('run.run', {});
  expect(failed).toMatchObject({ state: 'failed', message: expect.stringContaining('does not fit memory') });
  await full.end();
});

it('ends every thread when the host closes, in the middle of a run too', async () => {
  await client.call('run.load', { documents: LASTING.documents });
  const refused = expect(client.call('run.run', {})).rejects.toMatchObject({ code: 'closed' });
  await expect.poll(() => states.at(-1)?.position ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
  const gone = Promise.all(engines.map((engine) => new Promise((resolve) => engine.once('exit', resolve))));
  await lab.host.close();
  await gone;
  await refused;
});

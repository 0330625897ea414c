/** A lab beside a QEMU of its owner's, which is a stand-in here: what is started, what is answered, and that nothing stays behind. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { isAlive } from '../../src/host/process-alive.ts';
import { RpcClient } from '../../src/protocol/rpc.ts';
import { standIn } from '../qemu/stand-in-program.ts';
import { startHost } from './hosts.ts';
import type { TestHost } from './hosts.ts';
import { SMALL } from './labs.ts';
import { TRANSPORTS } from './transports.ts';

const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-contract-qemu-'));
const pid = join(folder, 'pid');
afterAll(() => rmSync(folder, { recursive: true }));
let lab: TestHost;
afterEach(async () => {
  await lab.end();
  expect(lab.reported).toEqual([]);
});

const asked = { documents: SMALL, device: 'edu' } as const;
const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('smmu-lab-qemu-'));

it.each(TRANSPORTS)('plans and compares over $name', async (transport) => {
  lab = startHost({ qemu: standIn(folder) });
  const connected = await transport.connect(lab.host);
  const client = new RpcClient(connected.port);
  const [program] = await client.call('qemu.programs', {});
  expect(program).toEqual({ handle: expect.any(String), name: 'qemu-system-aarch64' });
  const qemu = program!.handle;

  const plan = await client.call('qemu.plan', { ...asked, qemu });
  expect(plan).toMatchObject({ name: 'qemu-system-aarch64', version: '11.1.3 (a stand-in)', transactions: 3, devices: ['edu', 'iommu-testdev'], untried: [] });
  expect(plan.arguments).toEqual(expect.arrayContaining(['-accel', 'qtest', '-machine', 'virt,iommu=smmuv3,gic-version=3', 'unix:SOCKETS/qtest']));
  expect(JSON.stringify(plan)).not.toContain(folder);

  const told: string[] = [];
  client.on('jobs.progress', ({ what, done, total }) => told.push(`${what} ${done} of ${total}`));
  const { qemu: version, counts, transactions } = await client.call('qemu.live', { ...asked, qemu, job: 'j' });
  expect([version, counts]).toEqual(['11.1.3 (a stand-in)', { equal: 2, explained: 1, finding: 0 }]);
  expect(transactions.map(({ verdict, here, qemu: live }) => [verdict, here.status, live.status])).toEqual([['equal', 'success', 'success'], ['explained', 'fault', 'fault'], ['equal', 'success', 'success']]);
  expect(transactions[1]!.qemu.events[0]).toEqual({ name: 'F_TRANSLATION', raw: expect.stringMatching(/^[0-9a-f]{64}$/), fields: expect.objectContaining({ StreamID: '0x10', InputAddr: '0x30000010' }) });
  expect(transactions[1]!.because).toEqual(['event-ipa']);
  expect(told).toEqual(expect.arrayContaining(['On QEMU 1 of 3', 'On QEMU 3 of 3', 'Looking for reasons 0 of 0']));
  await connected.end();
});

it('starts no program that its owner did not choose', async () => {
  lab = startHost({ qemu: standIn(folder) });
  const client = lab.connect();
  const mark = join(folder, 'started');
  const other = join(folder, 'other');
  writeFileSync(other, `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
  for (const qemu of [other, standIn(folder), '../other', 'x']) {
    await expect(client.call('qemu.plan', { ...asked, qemu })).rejects.toMatchObject({ code: expect.stringMatching(/^(not-found|bad-request)$/) });
    await expect(client.call('qemu.live', { ...asked, qemu, job: 'j' })).rejects.toMatchObject({ code: expect.stringMatching(/^(not-found|bad-request)$/) });
  }
  const smuggled = { ...asked, qemu: (await client.call('qemu.programs', {}))[0]!.handle, path: other, arguments: ['-device', 'x'] };
  expect((await client.call('qemu.plan', smuggled)).arguments).not.toContain('x');
  expect(existsSync(mark)).toBe(false);
});

it('names a program that is no QEMU, and what a lab has that no QEMU can, without where anything lies', async () => {
  lab = startHost();
  const client = lab.connect();
  expect(await client.call('qemu.programs', {})).toEqual([]);
  const { handle } = lab.host.admitQemu(join(folder, 'nothing'));
  const refused: unknown = await client.call('qemu.plan', { ...asked, qemu: handle }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'bad-qemu', at: { file: 'nothing' } });
  const { handle: good } = lab.host.admitQemu(standIn(folder));
  await expect(client.call('qemu.plan', { ...asked, qemu: good, documents: { ...SMALL, host: SMALL.host.replace('0x40000000', '0x20000000') } })).rejects.toMatchObject({ code: 'other-memory' });
  await expect(client.call('qemu.plan', { ...asked, qemu: good, documents: { ...SMALL, host: 'title: [' } })).rejects.toMatchObject({ code: 'bad-document' });
});

it('ends QEMU when it is cancelled, and when its connection is closed, and answers meanwhile', { retry: 1 }, async () => {
  lab = startHost({ qemu: standIn(folder, 'slow', ['--slow', '60000', '--pid', pid]) });
  let took = Infinity;
  for (const how of ['cancel', 'close'] as const) {
    rmSync(pid, { force: true });
    const client = lab.connect();
    const qemu = (await client.call('qemu.programs', {}))[0]!.handle;
    const controller = new AbortController();
    const comparing = client.call('qemu.live', { ...asked, qemu, job: 'j' }, { signal: controller.signal }).catch((error: unknown) => error);
    await vi.waitFor(() => expect(existsSync(pid)).toBe(true), { timeout: 30_000, interval: 20 });
    expect(await client.call('run.state', {})).toMatchObject({ state: 'empty' });
    const process = Number(readFileSync(pid, 'utf8'));
    const before = performance.now();
    if (how === 'cancel') controller.abort();
    else client.close();
    expect(await comparing).toMatchObject({ code: how === 'cancel' ? 'cancelled' : 'closed' });
    await vi.waitFor(() => expect(isAlive(process)).toBe(false), { timeout: 10_000, interval: 10 });
    if (how === 'cancel') took = performance.now() - before;
  }
  // Answered, and the process gone: the budget is 200 ms; a machine that does much else meanwhile has five times that.
  expect(took).toBeLessThan(1000);
  await lab.end();
  expect(leftovers()).toEqual([]);
});

// `compare LAB --qemu` and `fuzz`, beside a stand-in: what they say, and that Ctrl+C leaves nothing behind.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { readCases } from '../../src/formats/qemu-cases/case.ts';
import { isAlive } from '../../src/host/process-alive.ts';
import { standIn } from '../qemu/stand-in-program.ts';
import { cli, jsonLines } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-live-'));
afterAll(() => rmSync(folder, { recursive: true }));
const LAB = 'resources/labs/first-nested';
const pid = join(folder, 'pid');
beforeEach(() => rmSync(pid, { force: true }));

/** Sent to this process once the stand-in runs, as a terminal would. */
async function whenItRuns(signal: NodeJS.Signals, more: () => boolean = () => true): Promise<void> {
  await vi.waitFor(() => expect(existsSync(pid) && more()).toBe(true), { timeout: 30_000, interval: 20 });
  process.emit(signal);
}

function expectNothingLeft(): void {
  expect(isAlive(Number(readFileSync(pid, 'utf8')))).toBe(false);
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('smmu-lab-qemu-'))).toEqual([]);
}

it('says what a QEMU answers, and why', async () => {
  const { code, out } = await cli(['compare', LAB, '--qemu', standIn(folder)]);
  expect(out).toContain('why   event-ipa: ');
  expect(out.split('\n').at(-2)).toBe('QEMU 11.1.3 (a stand-in): 5 transactions, 4 equal, 1 explained, 0 findings');
  expect(code).toBe(0);
});

it('calls a finding what no deviation explains, and its status is 1', async () => {
  const { code, out } = await cli(['compare', LAB, '--qemu', standIn(folder, 'arch', ['--as', 'arch']), '--json']);
  expect(jsonLines(out).map(({ step, verdict }) => [step, verdict])).toContainEqual([10, 'finding']);
  expect(code).toBe(1);
});

it('ends a comparison and its QEMU on Ctrl+C, status 2', async () => {
  const compared = cli(['compare', LAB, '--qemu', standIn(folder, 'slow', ['--slow', '5000', '--pid', pid])]);
  await whenItRuns('SIGINT');
  const { code, out, err } = await compared;
  expect(err).toMatch(/smmu-lab: the comparison with QEMU was cancelled after 0 of 5 transactions\n$/);
  expect([code, out]).toEqual([2, '']);
  expectNothingLeft();
});

it('keeps what a fuzz found that was told to end: counts, cases, whole lines', async () => {
  const record = join(folder, 'cases.jsonl');
  const fuzzed = cli(['fuzz', '--against', 'qemu', '--qemu', standIn(folder, 'fuzzed', ['--pid', pid]), '--count', '100000', '--record', record]);
  await whenItRuns('SIGTERM', () => existsSync(record) && readFileSync(record, 'utf8').split('\n').length > 2);
  const { code, out, err } = await fuzzed;
  const [, machines] = /cancelled after (\d+) of 100000 machines\n$/.exec(err) ?? [];
  expect(out).toContain(`QEMU 11.1.3 (a stand-in): ${machines} machines, `);
  const kept = readFileSync(record, 'utf8');
  expect(kept.endsWith('\n')).toBe(true);
  expect([...readCases(kept, 'cases.jsonl')].map(({ ok }) => ok)).toEqual(Array.from({ length: Number(machines) }, () => true));
  expect(code).toBe(2);
  expectNothingLeft();
});

it('drives an iommu-testdev, where there is one', async () => {
  const { code, out } = await cli(['fuzz', '--against', 'qemu', '--qemu', standIn(folder), '--device', 'iommu-testdev', '--count', '2']);
  expect(out).toMatch(/: 2 machines, \d+ transactions: \d+ equal, \d+ explained, 0 findings\n/);
  expect(code).toBe(0);
  const without = join(folder, 'without');
  writeFileSync(without, readFileSync(standIn(folder), 'utf8').replace('iommu-testdev options:', ''), { mode: 0o755 });
  expect(await cli(['compare', LAB, '--qemu', without, '--device', 'iommu-testdev'])).toMatchObject({ code: 2, err: expect.stringContaining('has no iommu-testdev') });
});

it('says why a record cannot be written, before any machine', async () => {
  expect(await cli(['fuzz', '--against', 'qemu', '--qemu', standIn(folder), '--record', join(folder, 'no', 'file')])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('the cases cannot be written') });
});

// The kernel of other systems has no such thing.
it.runIf(process.platform === 'linux')('leaves no QEMU when it is killed', async () => {
  const program = fileURLToPath(new URL('../../src/cli/index.ts', import.meta.url));
  const killed = spawn(process.execPath, [program, 'compare', LAB, '--qemu', standIn(folder, 'silent', ['--silent', '--pid', pid])], { stdio: 'ignore' });
  await vi.waitFor(() => expect(existsSync(pid)).toBe(true), { timeout: 30_000, interval: 20 });
  const qemu = Number(readFileSync(pid, 'utf8'));
  expect(isAlive(qemu)).toBe(true);
  killed.kill('SIGKILL');
  await vi.waitFor(() => expect(isAlive(qemu)).toBe(false), { timeout: 30_000, interval: 20 });
});

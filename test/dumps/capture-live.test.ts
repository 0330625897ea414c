import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Capture } from '../../src/formats/capture/capture.ts';
import { checkCapture } from '../../src/formats/capture/check.ts';
import { sha256 } from '../../src/formats/capture/folder.ts';
import { buildMachine } from '../../src/formats/capture/machine.ts';
import { captureFilesOf } from '../../src/formats/capture/write-folder.ts';
import { captureLive } from '../../src/host/qemu/capture-live.ts';
import { openMonitor } from '../../src/host/qemu/monitor.ts';
import { cli, jsonLines } from '../cli/run-cli.ts';
import { loadCapture, pagesOf, valueOf } from './fixtures.ts';
import { StandInQemu } from './stand-in-qemu.ts';
import type { StandInOptions } from './stand-in-qemu.ts';

const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-live-'));
const socket = join(folder, 'qmp');
const captures = new Map<string, Capture>();
const servers: Server[] = [];
beforeAll(async () => {
  for (const name of ['s1-6.12', 'vfionest-6.1', 'hand-6.12']) captures.set(name, await loadCapture(name));
});
afterEach(() => servers.splice(0).forEach((server) => server.close()));
afterAll(() => rmSync(folder, { recursive: true }));

const qemu = (options: StandInOptions = {}, name = 's1-6.12'): StandInQemu => new StandInQemu(captures.get(name)!, options);
const take = (from: StandInQemu, smmu: bigint | null = null): ReturnType<typeof captureLive> => captureLive(from, { smmu });

const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('smmu-lab-capture-'));

function known(capture: Capture): object {
  const machine = buildMachine(capture);
  try {
    return checkCapture(capture, machine.smmu);
  } finally {
    machine.memory.release();
  }
}

describe('a capture of a QEMU that runs', () => {
  it.each(['s1-6.12', 'vfionest-6.1', 'hand-6.12'])('has of %s all that its answers need, and nothing that no structure reaches', async (name) => {
    const from = qemu({}, name);
    const { capture, smmu } = valueOf(await take(from));
    const { translations, unmapped, faults, specExpected, segments } = captures.get(name)!;
    expect(known({ ...capture, translations, unmapped, faults, specExpected })).toMatchObject({ differences: [] });
    expect(smmu).toBe(0x0905_0000n);
    const there = pagesOf({ ...capture, segments });
    expect([...pagesOf(capture)].filter(([pa, bytes]) => Buffer.compare(bytes, there.get(pa) ?? new Uint8Array()) !== 0)).toEqual([]);
    expect([from.asked.filter((one) => one === 'stop'), from.asked.at(-1), from.running]).toEqual([['stop'], 'cont', true]);
  });

  it('is the same through xp, where QEMU writes files that are not seen here', async () => {
    const before = leftovers();
    const [shared, own] = [valueOf(await take(qemu())), valueOf(await take(qemu({ ownFiles: true })))];
    expect([shared.way, own.way]).toEqual(['pmemsave', 'xp']);
    const files = [shared, own].map(({ capture }) => [...captureFilesOf(capture, sha256)].map(([name, bytes]) => [name, sha256(bytes)]));
    expect(files[1]).toEqual(files[0]);
    expect(leftovers()).toEqual(before);
  });

  it('lets a machine stand that stood still before', async () => {
    const from = qemu({ running: false });
    expect(valueOf(await take(from))).toMatchObject({ ran: false });
    expect(from.asked).not.toContain('cont');
    expect(from.asked).not.toContain('stop');
  });

  it.each<[string, StandInOptions, string, string]>([
    ['has no SMMUv3', { smmus: [] }, 'no-smmu', '-machine virt,iommu=smmuv3'],
    ['has two', { smmus: [0x0905_0000n, 0x0c00_0000n] }, 'many-smmus', '0x9050000, 0xc000000: choose one with --smmu'],
    ['has another device there', { answer: (_execute, line, usual) => (line === 'xp /1wx 0x9050ffc' ? '0000000009050ffc: 0x00000000\r\n' : usual) }, 'no-smmu', 'there is no SMMU at 0x9050000'],
    ['has an SMMU that is off', { answer: (_execute, line, usual) => (line === 'xp /1wx 0x9050020' ? '0000000009050020: 0x00000000\r\n' : usual) }, 'smmu-off', 'its driver has not started yet'],
    ['names no memory', { answer: (_execute, line, usual) => (line.startsWith('info') ? 'nothing\r\n' : usual) }, 'no-memory', 'names no RAM'],
    ['runs on meanwhile', { answer: (execute, _line, usual) => (execute === 'query-status' ? { running: true } : usual) }, 'ran-on', 'somebody else let it'],
  ])('says so when the machine %s, and lets it run on', async (_what, options, code, message) => {
    const from = qemu(options);
    expect(await take(from)).toMatchObject({ ok: false, error: { code, message: expect.stringContaining(message) } });
    expect(from.running).toBe(true);
  });

  it.each(['info', 'xp', 'pmemsave'])('lets the machine run on when QEMU refuses %s', async (command) => {
    const from = qemu({
      answer: (execute, line, usual) => {
        if (line.startsWith(command)) throw new Error(`QMP: ${command} is disabled`);
        return execute === command ? null : usual;
      },
    });
    if (command === 'pmemsave') expect(valueOf(await take(from)).way).toBe('pmemsave');
    else await expect(take(from)).rejects.toThrow(`${command} is disabled`);
    expect(from.running).toBe(true);
  });

  it('says how to let it run on when it cannot', async () => {
    const from = qemu({
      smmus: [],
      answer: (execute, _line, usual) => {
        if (execute === 'cont') throw new Error('QEMU closed the monitor');
        return usual;
      },
    });
    await expect(take(from)).rejects.toThrow('QEMU closed the monitor: if this QEMU is still there, it stands still until a monitor tells it "cont"');
  });

  it('lets it run on when somebody gives up', async () => {
    const controller = new AbortController();
    const from = qemu();
    await expect(captureLive(from, { smmu: null, signal: controller.signal, progress: () => controller.abort() })).rejects.toThrow('aborted');
    expect(from.running).toBe(true);
  });
});

describe('a monitor', () => {
  const says = async (greeting: string | null): Promise<string> => {
    const path = join(folder, `says-${servers.length}`);
    const server = createServer((peer) => (greeting === null ? peer.end() : peer.write(greeting)));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const opened = await openMonitor(`unix:${path}`, 200);
    return opened.ok ? 'opened' : opened.error.message;
  };

  it.each<[string, string | null, string]>([
    ["QEMU's monitor for people", "QEMU 10.0.2 monitor - type 'help' for more information\r\n(qemu) ", 'speaks no QMP'],
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n', 'not the greeting of QMP'],
    ['a monitor that another program holds', '', 'another program holds this monitor'],
    ['one that hangs up', null, 'closed the connection'],
  ])('is not %s', async (_what, greeting, message) => {
    expect(await says(greeting)).toContain(message);
  });

  it('is not a file, nor a place where nobody listens', async () => {
    expect(await openMonitor(join(folder, 'nothing'))).toMatchObject({ error: { code: 'no-monitor', message: expect.stringContaining('there is no such socket') } });
    writeFileSync(join(folder, 'file'), '');
    expect(await openMonitor(join(folder, 'file'))).toMatchObject({ error: { message: expect.stringMatching(/no socket|nobody listens/) } });
    expect(await openMonitor('tcp:127.0.0.1:1')).toMatchObject({ error: { message: expect.stringContaining('nobody listens') } });
  });
});

describe('capture --qmp', () => {
  const TRACE = new URL('../fixtures/imports/qemu-trace.txt', import.meta.url).pathname;

  it('writes a folder that every command opens, the same each time', async () => {
    servers.push(await qemu().listen(socket));
    const out = [join(folder, 'one'), join(folder, 'two')];
    const { code, out: said } = await cli(['capture', '--qmp', socket, '--out', out[0]!]);
    expect([code, said]).toEqual([0, expect.stringMatching(/QEMU 10\.0\.2, SMMU at 0x9050000, \d+ streams\n .* bytes of memory.*\n .*and runs on/)]);
    expect(jsonLines((await cli(['capture', '--qmp', socket, '--out', out[1]!, '--json'])).out)).toMatchObject([{ qemu: '10.0.2', smmu: '0x9050000', trace: null, ran: true }]);
    for (const name of readdirSync(out[0]!)) expect(readFileSync(join(out[0]!, name)).equals(readFileSync(join(out[1]!, name))), name).toBe(true);
    for (const command of ['check', 'ptdump', 'lint', 'events']) expect([command, (await cli([command, out[0]!])).code]).toEqual([command, 0]);
    expect((await cli(['translate', out[0]!, '--sid', '16', '--iova', '0xfff60000', '--access', 'write'])).out).toContain('PA 0x41f9e000');
  });

  it.each<[string, string[], string]>([
    ['a folder that holds files', ['--out', tmpdir()], 'holds files already'],
    ['a trace that is not there', ['--out', join(folder, 'three'), '--trace', join(folder, 'no-trace')], "QEMU's trace cannot be read"],
    ['a trace of something else', ['--out', join(folder, 'four'), '--trace', new URL('../../package.json', import.meta.url).pathname], 'tells of no translation'],
    ['an address without an SMMU', ['--out', join(folder, 'five'), '--smmu', '0x9070000'], 'there is no SMMU at 0x9070000'],
  ])('refuses %s and leaves QEMU running', async (_what, options, message) => {
    const from = qemu();
    servers.push(await from.listen(socket));
    const { code, err } = await cli(['capture', '--qmp', socket, ...options]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(from.running).toBe(true);
  });

  it('lets QEMU run on when Ctrl+C ends it, and leaves no folder behind', async () => {
    let cancelled = false;
    const from = qemu({
      answer: async (execute, _line, usual) => {
        if (execute === 'pmemsave' && !cancelled) {
          cancelled = child.kill('SIGINT');
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        return usual;
      },
    });
    servers.push(await from.listen(socket));
    const out = join(folder, 'cancelled');
    const child = spawn(process.execPath, [fileURLToPath(new URL('../../src/cli/index.ts', import.meta.url)), 'capture', '--qmp', socket, '--out', out], { stdio: ['ignore', 'ignore', 'pipe'] });
    const said = await text(child.stderr);
    expect(said).toContain('cancelled: QEMU is as it was, and nothing was written');
    expect([from.running, from.asked.at(-1), existsSync(out)]).toEqual([true, 'cont', false]);
  });

  it('leaves out of a trace what is of no stream', async () => {
    servers.push(await qemu().listen(socket));
    const out = join(folder, 'six');
    expect(jsonLines((await cli(['capture', '--qmp', socket, '--out', out, '--trace', TRACE, '--json'])).out)).toMatchObject([{ trace: { translations: 0 } }]);
    expect(existsSync(join(out, 'translations.json'))).toBe(false);
  });
});

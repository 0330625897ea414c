/** A Debian kernel in QEMU with its devices behind the SMMU: captures of it while it runs, beside QEMU's trace and the kernel's own word. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCapture } from '../../src/formats/capture/capture.ts';
import type { Capture } from '../../src/formats/capture/capture.ts';
import { readCaptureFolder, sha256 } from '../../src/formats/capture/folder.ts';
import { openMonitor } from '../../src/host/qemu/monitor.ts';
import type { OpenMonitor } from '../../src/host/qemu/monitor.ts';
import { REGISTERS } from '../../src/model/spec/index.ts';
import { cli, jsonLines } from '../cli/run-cli.ts';
import { pagesOf } from '../dumps/fixtures.ts';
import { debianGuest } from './debian.ts';
import type { Suite } from './debian.ts';
import { EDU, Guest } from './guest.ts';
import { kcoreSegments } from './kcore.ts';
import { disagreements, kernelsWord, pagesMapped } from './kernel-trace.ts';

/** As files are read (src/formats/memory-image/file-source.ts). */
const WINDOW = 65536n;
const PAGE = 4096n;
/** Larger than Linux makes any. */
const QUEUE_BYTES = 1n << 22n;
const CAPTURES = Number(process.env['SMMU_LAB_CAPTURES'] ?? 10);
const MACHINES: readonly (readonly [suite: Suite, machine: string, what: string, firmware: boolean])[] = [
  ['release', 'virt', 'both stages', false],
  ['release', 'virt-9.1', 'stage 1 alone', false],
  ['backports', 'virt', 'both stages', false],
  ['backports', 'virt', 'both stages and ACPI', true],
];

const out = mkdtempSync(join(tmpdir(), 'smmu-lab-linux-'));
afterAll(() => rmSync(out, { recursive: true }));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Where a folder is named, what tests of importers can use goes there. */
const KEEP = process.env['SMMU_LAB_KEEP'];
function keep(name: string, bytes: Uint8Array | string): void {
  if (KEEP === undefined) return;
  mkdirSync(KEEP, { recursive: true });
  writeFileSync(join(KEEP, name), bytes);
}

const firstLines = (text: string, count: number): string => `${text.split('\n').slice(0, count).join('\n')}\n`;

interface Taken {
  readonly folder: string;
  readonly bytes: number;
  readonly seen: number;
  readonly translations: number;
  readonly leaving: readonly { readonly sid: number; readonly iova: string }[];
}

let count = 0;
const fresh = (): string => join(out, String(count++));

async function take(guest: Guest): Promise<Taken> {
  const folder = fresh();
  const { code, out: said, err } = await cli(['capture', '--qmp', guest.qmp, '--out', folder, '--trace', guest.trace, '--json']);
  expect([code, err.replace(/^\d+ of \d+ pages\n/gm, '')]).toEqual([0, '']);
  const [report] = jsonLines(said) as unknown as [{ trace: Omit<Taken, 'folder'> }];
  return { folder, ...report.trace };
}

/** A capture around which nothing was mapped or unmapped: a network card may get a packet at any time. */
async function takeQuiet(guest: Guest): Promise<Taken> {
  for (;;) {
    const before = await guest.run('cat /sys/kernel/tracing/per_cpu/cpu0/stats | grep ^entries');
    const taken = await take(guest);
    const after = await guest.run('cat /sys/kernel/tracing/per_cpu/cpu0/stats | grep ^entries');
    if (before === after) return taken;
  }
}

async function opened(folder: string): Promise<Capture> {
  const files = await readCaptureFolder(folder);
  const read = files.ok ? readCapture(files.value, sha256) : files;
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

async function monitorOf(guest: Guest): Promise<OpenMonitor> {
  const monitor = await openMonitor(guest.qmp);
  if (!monitor.ok) throw new Error(monitor.error.message);
  return monitor.value;
}

/** A mapping that was gone from the tables is one of which QEMU is told next. */
function toldNext(trace: string, { iova }: Taken['leaving'][number]): boolean {
  const page = BigInt(iova) & ~0xfffn;
  return trace.split('\n').some((line) => {
    const range = /range_inval .*addr=(0x[0-9a-f]+) tg=1 num_pages=(0x[0-9a-f]+)/.exec(line);
    if (range === null) return /tlbi_(nh_asid|nsnh)/.test(line);
    return page >= BigInt(range[1]!) && page < BigInt(range[1]!) + (BigInt(range[2]!) << 12n);
  });
}

/** The first block of commands of a section of the documentation. */
function commandsOf(file: string, heading: string): string {
  const text = readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
  return /```\n([\s\S]*?)```/.exec(text.slice(text.indexOf(`${heading}\n`)))![1]!;
}

const LOAD = [
  'work() { while [ ! -e /stop ]; do "$@"; done >/dev/null 2>&1; }',
  'work dd if=/dev/zero of=/dev/nvme0n1 bs=64k count=64 oflag=direct &',
  'work dd if=/dev/vda of=/dev/null bs=128k count=64 iflag=direct &',
  'work dd if=/dev/nvme1n1 of=/dev/null bs=256k count=64 iflag=direct &',
].join('\n');

describe.each(MACHINES)('Debian of the %s on %s with %s', (suite, machine, _what, firmware) => {
  let guest: Guest;
  let version = '';
  const kept = (name: string, bytes: Uint8Array | string): void => keep(`linux-${version}-${machine}${firmware ? '-acpi' : ''}-${name}`, bytes);
  beforeAll(async () => {
    guest = await Guest.start(debianGuest(suite, firmware), machine, 'iomem=relaxed trace_event=iommu:* trace_buf_size=16M');
    version = (await guest.run('uname -r')).trim();
    const probe = await guest.run('dmesg | grep "arm-smmu-v3.*ias"');
    say(`Linux ${version} on ${machine}${firmware ? ' with ACPI' : ''}: ${probe.trim()}`);
    expect(jsonLines((await cli(['decode', '--json', '-'], probe)).out)).toMatchObject([{ kind: 'message' }]);
  });
  afterAll(() => guest.end());

  it('maps what the kernel says it mapped, page for page, and nothing that the linter minds', async () => {
    await guest.run('for name in eth0 eth1; do ip link set $name up; udhcpc -n -q -i $name -s /bin/true; done');
    await guest.run('for disk in vda nvme0n1 nvme1n1; do dd if=/dev/zero of=/dev/$disk bs=64k count=32 oflag=direct; dd if=/dev/$disk of=/dev/null bs=128k count=64 iflag=direct; done 2>/dev/null');
    const { folder } = await takeQuiet(guest);
    await guest.run('echo 0 >/sys/kernel/tracing/tracing_on');
    const trace = (await guest.file('/sys/kernel/tracing/trace')).toString();
    kept('ftrace.txt', firstLines(trace, 130));
    const kernel = kernelsWord(trace);
    const pages = pagesMapped(await opened(folder));
    expect(disagreements(kernel, pages)).toEqual([]);
    expect(pages.length).toBeGreaterThan(100);
    expect(await cli(['lint', folder])).toMatchObject({ code: 0, out: expect.stringContaining('0 errors, 0 warnings') });
    say(`  ${pages.length} pages mapped, as the kernel's ${kernel.maps} maps and ${kernel.unmaps} unmaps leave them`);
  });

  it("answers all that stands in QEMU's trace, whenever it is stopped", async () => {
    await guest.run(`${LOAD}\nsleep 1`);
    const totals = { seen: 0, translations: 0, leaving: 0 };
    for (let index = 0; index < CAPTURES; index++) {
      const taken = await take(guest);
      const { code, out: checked } = await cli(['check', taken.folder, '--json']);
      expect(jsonLines(checked)).toMatchObject([{ translations: { checked: taken.translations, differ: 0 }, differences: [] }]);
      expect(code).toBe(0);
      await guest.run('sleep 0.3');
      const next = guest.traceFrom(taken.bytes);
      expect(taken.leaving.filter((one) => !toldNext(next, one))).toEqual([]);
      totals.seen = taken.seen;
      totals.translations += taken.translations;
      totals.leaving += taken.leaving.length;
    }
    await guest.run('touch /stop; wait');
    expect(totals.translations).toBeGreaterThan(CAPTURES * 10);
    say(`  ${CAPTURES} captures under load: ${totals.translations} translations that stood, all answered as QEMU did; ${totals.leaving} were being unmapped; QEMU made ${totals.seen} in all`);
  });

  it.skipIf(firmware)('has the event of a device that was led astray, as the kernel printed it', async () => {
    const registers = [[0x80, 0xbad0_0040], [0x88, 0x4_0000], [0x90, 8], [0x98, 1]] as const;
    await guest.run([
      'echo 1234 11e8 >/sys/bus/pci/drivers/uio_pci_generic/new_id',
      `printf "\\006\\000" | dd of=/sys/bus/pci/devices/${EDU.pci}/config bs=1 seek=4 conv=notrunc 2>/dev/null`,
      ...registers.map(([at, value]) => `devmem ${EDU.bar + at} 64 ${value}`),
      'sleep 1',
    ].join('; '));
    const log = await guest.run('dmesg');
    kept('dmesg.txt', log);
    const printed = jsonLines((await cli(['decode', '--json', '-'], log)).out).filter(({ kind }) => kind === 'event');
    const { folder } = await take(guest);
    const queued = jsonLines((await cli(['events', folder, '--json'])).out);
    expect(printed).toMatchObject([0xbad0_0040, 0xbad0_0044].map((iova) => ({ type: 'F_TRANSLATION', StreamID: EDU.sid, InputAddr: `0x${iova.toString(16)}` })));
    expect(queued.map(({ words }) => words).reverse()).toEqual(printed.map(({ words }) => words));
    expect(queued.map(({ now, rule }) => [now, rule])).toEqual(printed.map(() => ['same', 's1.invalid']));
  });

  it.skipIf(firmware)('gives its registers to devmem, as the documentation has it, and its memory to QEMU and to its own kernel', async () => {
    await guest.run(commandsOf('captures.md', '### From a machine that runs'));
    const registers = join(out, `${version}-${machine}.txt`);
    const text = (await guest.file('smmu.txt')).toString();
    writeFileSync(registers, text);
    kept('devmem.txt', text);
    const monitor = await monitorOf(guest);
    await monitor.ask('stop');
    const dump = join(out, 'guest.kdump');
    await monitor.ask('dump-guest-memory', { paging: false, protocol: `file:${dump}`, format: 'kdump-zlib' });
    monitor.close();
    const [live, dumped] = [fresh(), fresh()];
    expect((await cli(['capture', '--qmp', guest.qmp, '--out', live])).out).toContain('stood still before and does so now');
    expect((await cli(['capture-folder', dump, dumped, '--registers', registers])).code).toBe(0);
    const [one, two] = [await opened(live), await opened(dumped)];
    expect(two.segments.map(({ base }) => base)).toEqual(one.segments.map(({ base }) => base));
    expect(two.segments.filter(({ bytes }, index) => Buffer.compare(bytes, one.segments[index]!.bytes) !== 0)).toEqual([]);
    rmSync(dump);
    const again = await monitorOf(guest);
    await again.ask('cont');
    again.close();
    await sameThroughKcore(guest, one, kept);
  });

  it.skipIf(firmware)('has a device tree that tells whose StreamIDs those are', async () => {
    const tree = await guest.file('/sys/firmware/fdt');
    kept('fdt.dtb.gz', gzipSync(tree, { level: 9 }));
    const file = join(out, 'fdt.dtb');
    writeFileSync(file, tree);
    expect((await cli(['decode', file])).out).toContain('smmuv3@9050000');
  });

  it.runIf(firmware)('has an IORT with that SMMU', async () => {
    const table = await guest.file('/sys/firmware/acpi/tables/IORT');
    kept('iort.aml', table);
    const file = join(out, 'iort.aml');
    writeFileSync(file, table);
    expect((await cli(['decode', file])).out).toMatch(/SMMUv3[\s\S]*0x9050000/);
  });
});

/** The guest's own view of its memory, read as this lab reads a large file, has the tables that the capture has. */
async function sameThroughKcore(guest: Guest, live: Capture, kept: (name: string, bytes: Uint8Array) => void): Promise<void> {
  const head = await guest.file('/proc/kcore', 'head -c 12288');
  kept('kcore.head.gz', gzipSync(head, { level: 9 }));
  const ram = kcoreSegments(head).filter(({ pa }) => pa !== null);
  const queues = ['CMDQ_BASE', 'EVENTQ_BASE'].map((name) => BigInt(live.registers[REGISTERS.get(name)!.offset / 4]! >>> 0) & -PAGE);
  const tables = [...pagesOf(live)].filter(([pa]) => !queues.some((queue) => pa >= queue && pa < queue + QUEUE_BYTES));
  const commands = tables.map(([base]) => {
    const { offset, pa } = ram.find((segment) => base >= segment.pa! && base < segment.pa! + segment.size && segment.pa === 0x4000_0000n)!;
    const at = offset + base - pa!;
    return `dd if=/proc/kcore bs=65536 skip=${at / WINDOW} count=1 2>/dev/null | tail -c +${(at % WINDOW) + 1n} | head -c 4096 >>/pages`;
  });
  for (let done = 0; done < commands.length; done += 8) await guest.run(commands.slice(done, done + 8).join('\n'));
  const pages = await guest.file('/pages');
  expect(tables.length).toBeGreaterThan(10);
  expect(tables.filter(([, bytes], index) => Buffer.compare(bytes, pages.subarray(index * 4096, (index + 1) * 4096)) !== 0).map(([pa]) => pa)).toEqual([]);
}

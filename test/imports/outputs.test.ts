import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { iortOfLab } from '../../src/formats/iort/from-lab.ts';
import { parseIort } from '../../src/formats/iort/parse.ts';
import type { IortTable } from '../../src/formats/iort/table.ts';
import { writeIort } from '../../src/formats/iort/write.ts';
import { readLab } from '../../src/formats/lab/files.ts';
import { parseLab } from '../../src/formats/lab/index.ts';
import { decodeFile } from '../../src/formats/import/decode-file.ts';
import { programOf } from '../../src/formats/program/machine-program.ts';
import { Machine } from '../../src/model/lab/index.ts';
import { msiFirmware } from '../../src/model/stack/vmm/rmr.ts';
import type { LabData } from '../../src/model/lab/index.ts';
import { cli } from '../cli/run-cli.ts';
import { QtestClient } from '../qtest/qtest-client.ts';
import { openTestDevice, PATTERN, runTestDma } from '../qtest/test-device.ts';
import { bytesOf } from './fixtures.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const QEMU_LAB = join(root, 'test/imports/qemu-lab.yaml');
const RMR_LAB = join(root, 'resources/labs/msi-with-rmr');
const folder = mkdtempSync(join(tmpdir(), 'outputs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function labOf(path: string): LabData {
  const files = readLab(path);
  const parsed = files.ok ? parseLab(files.value.documents) : null;
  if (parsed?.ok !== true) throw new Error(`${path} cannot be read`);
  return parsed.value;
}

const tableOf = (bytes: Uint8Array): IortTable => {
  const parsed = parseIort(bytes);
  if (!parsed.ok) throw new Error(parsed.error.message);
  expect(parsed.value.problems).toEqual([]);
  return parsed.value.table;
};

const has = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

describe('an IORT', () => {
  it.each([QEMU_LAB, RMR_LAB, join(root, 'resources/labs/two-vms')])('of %s is read back equal', (path) => {
    const table = iortOfLab(labOf(path));
    expect(tableOf(writeIort(table))).toEqual(table);
  });

  it('of QEMU, read and written, says the same', () => {
    const bytes = bytesOf('iort-qemu-10.aml');
    const written = writeIort(tableOf(bytes));
    expect(tableOf(written)).toEqual(tableOf(bytes));
  });

  it('has an RMR for what a lab maps to itself, in whole pages of 64 KiB, and for the window of MSIs', () => {
    const rmrs = (path: string): unknown => iortOfLab(labOf(path)).nodes.filter(({ type }) => type === 6).map(({ ranges, mappings }) => [ranges, mappings[0]!.outputBase]);
    expect(rmrs(QEMU_LAB)).toEqual([[[{ base: 0x9000_0000n, size: 0x1_0000n }], 8]]);
    expect(rmrs(RMR_LAB)).toEqual([[[{ base: 0x800_0000n, size: 0x10_0000n }], 8]]);
  });

  it("has the RMRs that the guest of the same lab boots with, but for the revision: the posted series' QEMU wrote E.b", () => {
    const data = labOf(RMR_LAB);
    const read = tableOf(writeIort(iortOfLab(data))).nodes.filter(({ type }) => type === 6);
    const booted = msiFirmware(data.stack!.data.devices.map(({ vSID }) => vSID)).rmrs;
    expect(read.map(({ ranges, mappings: [mapping], values }) => [ranges, mapping!.outputBase, mapping!.count, mapping!.single, Number(values['Flags'] ?? 0n)])).toEqual(
      booted.map(({ ranges, mapping, flags }) => [ranges.map(({ base, length }) => ({ base, size: length })), mapping.outputBase, mapping.count, mapping.single, flags]),
    );
    expect([booted[0]!.revision, read[0]!.revision]).toEqual([1, 3]);
  });

  it('goes through an iasl that knows RMR nodes', async ({ skip }) => {
    const cache = join(root, '.cache/iasl');
    mkdirSync(cache, { recursive: true });
    const found = spawnSync('bash', [fileURLToPath(new URL('iasl.sh', import.meta.url)), cache], { encoding: 'utf8', timeout: 110_000 });
    if (found.status !== 0) {
      const why = found.stdout.trim() || found.error?.message || 'iasl.sh was ended';
      console.error(`skipped: no iasl that knows RMR nodes: ${why}`);
      return skip(why);
    }
    const file = join(folder, 'iort.aml');
    expect((await cli(['iort', RMR_LAB, '-o', file])).code).toBe(0);
    const [command, ...args] = found.stdout.trim().split(' ');
    execFileSync(command!, [...args, '-d', file], { cwd: folder, stdio: 'ignore' });
    const text = readFileSync(join(folder, 'iort.dsl'), 'utf8');
    expect(text).not.toMatch(/unknown/i);
    expect(text).toMatch(/Base Address of RMR : 0000000008000000\n.*Length of RMR : 0000000000100000/);
    expect(text).toMatch(/Table Length : 000000F0\n.*Revision : 05/);
    expect(text).not.toMatch(/Incorrect checksum/);
    expect(decodeFile(readFileSync(file)).problems).toEqual([]);
  }, 120_000);
});

describe('the machine of a lab, programmed elsewhere', () => {
  it('through a qtest script: the same translations', async () => {
    const script = await cli(['program', QEMU_LAB, '--as', 'qtest']);
    expect([script.code, script.err]).toEqual([0, '']);
    const client = await QtestClient.start('-machine virt,iommu=smmuv3 -m 512 -net none -device iommu-testdev');
    try {
      for (const line of script.out.trimEnd().split('\n')) expect(await client.ask(line)).toBe('OK');
      const device = await openTestDevice(client);
      const made = Machine.create(labOf(QEMU_LAB));
      if (!made.ok) throw new Error(made.error.message);
      const pa = (ipa: bigint): bigint => made.value.vms.get('vm0')!.ram.toPa(ipa)!;
      for (const [iova, ipa] of [[0x1000_0040n, 0x8020_0040n], [0x101f_fff0n, 0x803f_fff0n], [0x2000_1008n, 0x9000_1008n], [0x9000_f000n, 0x9000_f000n]] as const) {
        expect(await runTestDma(device, iova, pa(ipa))).toBe(0);
        expect(await client.read(pa(ipa), 4)).toEqual(PATTERN);
      }
      expect(await runTestDma(device, 0x3000_0000n, 0x4000_0000n)).not.toBe(0);
      made.value.release();
    } finally {
      await client.quit();
    }
  });

  it.skipIf(!has('python3'))('through a Python script that starts the program itself', async () => {
    const script = join(folder, 'machine.py');
    expect((await cli(['program', QEMU_LAB, '--as', 'python', '-o', script])).code).toBe(0);
    const said = spawnSync('python3', [script, join(root, 'bin/smmu-lab-system-aarch64')], { encoding: 'utf8', timeout: 60_000 });
    expect([said.status, said.stdout]).toEqual([0, expect.stringMatching(/^CR0ACK 0xd, GERROR 0x0: \d+ words, \d+ registers written\n$/)]);
    expect(spawnSync('python3', [script], { encoding: 'utf8' }).status).toBe(2);
  }, 60_000);

  it('through devmem: read again, the lines are the same program', async () => {
    const { out } = await cli(['program', QEMU_LAB, '--as', 'devmem', '--smmu', '0x2b400000']);
    const lines = [...out.matchAll(/^devmem (0x[0-9a-f]+) (32|64) (0x[0-9a-f]+)(?: {2}# \w+)?$/gm)].map(([, address, bits, value]) => [BigInt(address!), Number(bits), BigInt(value!)]);
    const made = Machine.create(labOf(QEMU_LAB));
    if (!made.ok) throw new Error(made.error.message);
    const { memory, registers } = programOf(made.value);
    expect(lines).toEqual([...memory.map(({ pa, value }) => [pa, 64, value]), ...registers.map(({ offset, bits, value }) => [0x2b40_0000n + BigInt(offset), bits, value])]);
    expect(out.trimEnd().split('\n').length).toBe(lines.length + 3);
    made.value.release();
  });

  it.skipIf(!has('gcc'))('in C: it compiles, and its words are those of the machine', async () => {
    const { out } = await cli(['program', QEMU_LAB, '--as', 'c']);
    const source = [
      '#include <stdint.h>', '#include <stdio.h>', 'typedef uint64_t __le64;', '#define cpu_to_le64(x) (x)',
      '#define GENMASK_ULL(h, l) ((~0ULL >> (63 - (h))) & (~0ULL << (l)))', '#define FIELD_PREP(mask, value) (((uint64_t)(value) << __builtin_ctzll(mask)) & (mask))',
      out, 'int main(void) { for (int i = 0; i < 8; i++) printf("%016llx %016llx\\n", (unsigned long long)test0_ste[i], (unsigned long long)test0_cd[i]); return 0; }',
    ].join('\n');
    writeFileSync(join(folder, 'machine.c'), source);
    execFileSync('gcc', ['-Wall', '-Werror', '-o', join(folder, 'machine'), join(folder, 'machine.c')]);
    const words = execFileSync(join(folder, 'machine'), { encoding: 'utf8' }).trim().split('\n').map((line) => line.split(' ').map((word) => BigInt(`0x${word}`)));
    const made = Machine.create(labOf(QEMU_LAB));
    if (!made.ok) throw new Error(made.error.message);
    const { memory } = programOf(made.value);
    const at = (pa: bigint): bigint => memory.find((one) => one.pa === pa)?.value ?? 0n;
    const { ste, stage1 } = made.value.streams.get('test0')!;
    const cd = made.value.vms.get('vm0')!.ram.toPa(stage1!.cd)!;
    expect(words).toEqual(Array.from({ length: 8 }, (_, index) => [at(ste + BigInt(index * 8)), at(cd + BigInt(index * 8))]));
    made.value.release();
  });

  it('not of a lab of the whole stack, whose drivers build it while it runs', async () => {
    expect(await cli(['program', RMR_LAB, '--as', 'qtest'])).toMatchObject({ code: 2, err: expect.stringContaining('in a lab of the whole stack drivers build the machine') });
  });
});

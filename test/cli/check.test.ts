import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captureFolder, EVENT_CAPTURES, MEMORY_CAPTURES, withCopy } from './captures.ts';
import { cli, jsonLines } from './run-cli.ts';

const json = (folder: string, file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));

/** Rewrites a JSON file of a copied capture. */
function edit<T>(folder: string, file: string, change: (value: T) => void): void {
  const value = json(folder, file) as T;
  change(value);
  writeFileSync(join(folder, file), JSON.stringify(value));
}

describe.each(MEMORY_CAPTURES)('check %s', (name) => {
  it('finds every translation, unmapped address and reproducible fault as recorded', async () => {
    const folder = captureFolder(name);
    const { code, out } = await cli(['check', folder, '--json']);
    const [report] = jsonLines(out);
    const faults = json(folder, 'faults.json') as { reproducibleAtStop: boolean }[];
    expect(report).toMatchObject({
      kind: 'memory',
      translations: { checked: (json(folder, 'translations.json') as unknown[]).length, differ: 0 },
      unmapped: { checked: (json(folder, 'unmapped.json') as unknown[]).length, differ: 0 },
      faults: { checked: faults.filter((one) => one.reproducibleAtStop).length, differ: 0 },
      specExpected: { checked: name === 'hand-6.12' ? 10 : 0, differ: 0 },
      differences: [],
    });
    expect(code).toBe(0);
  });
});

describe.each(EVENT_CAPTURES)('check %s', (name) => {
  it('has no memory: its records are decoded and compared with what the kernel printed', async () => {
    const { code, out } = await cli(['check', captureFolder(name), '--json']);
    const { cases } = json(captureFolder(name), 'events-cases.json') as { cases: { records: unknown[] }[] };
    expect(jsonLines(out)).toMatchObject([{ kind: 'events', records: cases.reduce((sum, one) => sum + one.records.length, 0), differences: [] }]);
    expect(code).toBe(0);
  });
});

describe('check, exit status 1', () => {
  it('on a wrong address, a wrong page size, a wrong right and a wrong fault, naming each', async () => {
    await withCopy('s1-6.12', async (folder) => {
      edit<{ pa: string; pageSize: number | null; perm: string; iova: string }[]>(folder, 'translations.json', (all) => {
        all[0]!.pa = '0x1000';
        all[1]!.pageSize = 65536;
        all[2]!.perm = 'rw';
      });
      edit<{ expect: string }[]>(folder, 'unmapped.json', (all) => (all[0]!.expect = 'F_ACCESS'));
      edit<{ raw: string[]; reproducibleAtStop: boolean }[]>(folder, 'faults.json', (all) => {
        all.find((one) => one.reproducibleAtStop)!.raw[2] = '0x0000000000001000';
      });
      const { code, out } = await cli(['check', folder]);
      expect(code).toBe(1);
      expect(out).toMatch(/translations +190 of 193/);
      expect(out).toMatch(/unmapped +138 of 139/);
      expect(out).toMatch(/faults +7 of 8/);
      expect(out).toContain('expected success, PA 0x1000');
      expect(out).toContain('expected fault, F_ACCESS; got fault, F_TRANSLATION stage 1');
    });
  });
});

describe('check of a stage 2 fault', () => {
  const stage2 = (one: { raw: string[]; reproducibleAtStop: boolean }): boolean => one.reproducibleAtStop && (BigInt(one.raw[1]!) & (1n << 39n)) !== 0n;
  it.each([
    ['another page of the IPA is a difference', 0x1000n, 1],
    ['its offset is none: QEMU fills it, the architecture has 0', 0x8n, 0],
  ])('%s', async (_what, change, differ) => {
    await withCopy('s2-6.12', async (folder) => {
      edit<{ raw: string[]; reproducibleAtStop: boolean }[]>(folder, 'faults.json', (all) => {
        const { raw } = all.find(stage2)!;
        raw[3] = `0x${(BigInt(raw[3]!) ^ change).toString(16).padStart(16, '0')}`;
      });
      const { out } = await cli(['check', folder, '--json']);
      expect(jsonLines(out)).toMatchObject([{ faults: { differ } }]);
    });
  });
});

/** What is done to a copy of a capture, and what must be said about it. */
const DAMAGE: readonly (readonly [string, (folder: string) => void, readonly string[]])[] = [
  ['memory cut short', (folder) => truncateSync(join(folder, 'mem-all.bin'), 4096), ['mem-all.bin', 'ends after 4096 bytes', 'expected at least 651264', 'byte 4096']],
  ['registers cut short', (folder) => truncateSync(join(folder, 'registers.bin'), 100), ['registers.bin', 'ends after 100 bytes', 'expected at least 131072']],
  ['one byte changed', (folder) => {
    const bytes = readFileSync(join(folder, 'mem-all.bin'));
    bytes[5] = bytes[5]! ^ 1;
    writeFileSync(join(folder, 'mem-all.bin'), bytes);
  }, ['mem-all.bin is not the file that was captured', 'SHA-256', 'expected dcc52785']],
  ['a missing file', (folder) => rmSync(join(folder, 'mem-all.bin')), ['the capture has no file mem-all.bin']],
  ['no manifest', (folder) => rmSync(join(folder, 'manifest.json')), ['no manifest.json']],
  ['an unknown format', (folder) => edit<{ format: string }>(folder, 'manifest.json', (manifest) => (manifest.format = 'smmu-capture-9')),
    ['manifest.json', 'format', 'expected "smmu-capture-1", got "smmu-capture-9"']],
  ['a segment off its page', (folder) => edit<{ segments: { base: string }[] }>(folder, 'manifest.json', (manifest) => (manifest.segments[3]!.base = '0x1001')),
    ['segments[3].base', 'expected a multiple of 4096', 'got "0x1001"']],
  ['overlapping segments', (folder) => edit<{ segments: { base: string }[] }>(folder, 'manifest.json', (manifest) => (manifest.segments[1]!.base = manifest.segments[0]!.base)),
    ['overlaps segments[', 'manifest.json']],
  ['a path out of the folder', (folder) => edit<{ segments: { file: string }[] }>(folder, 'manifest.json', (manifest) => (manifest.segments[0]!.file = '../mem-all.bin')),
    ['segments[0].file', 'without a path']],
  ['registers of another capture', (folder) => edit<{ keyRegisters: Record<string, string> }>(folder, 'manifest.json', (manifest) => (manifest.keyRegisters['CR0'] = '0x5')),
    ['registers.bin', 'CR0 is 0xd', 'the manifest says 0x5', 'byte 32 (0x20)']],
  ['broken JSON', (folder) => writeFileSync(join(folder, 'translations.json'), '[\n {"sid": 1,\n}]'), ['translations.json:3', 'not valid JSON']],
  ['a wrong value', (folder) => edit<{ iova: string }[]>(folder, 'translations.json', (all) => (all[7]!.iova = 'ffff0000')), ['translations.json', '[7].iova', 'got "ffff0000"']],
];

describe('check, exit status 2', () => {
  it.each(DAMAGE)('on %s, saying what, where and what was expected', async (_what, damage, said) => {
    await withCopy('s1-6.12', async (folder) => {
      damage(folder);
      const { code, out, err } = await cli(['check', folder, '--json']);
      expect(code).toBe(2);
      expect(out).toBe('');
      expect(err).toMatch(/^smmu-lab: [^\n]+\n$/);
      for (const text of said) expect(err).toContain(text);
    });
  });

  it('on a folder that is not there', async () => {
    const { code, err } = await cli(['check', join(captureFolder('s1-6.12'), 'nowhere')]);
    expect(code).toBe(2);
    expect(err).toContain('there is no such folder');
  });
});

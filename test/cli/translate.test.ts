import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { captureFolder, withCopy } from './captures.ts';
import { cli, jsonLines } from './run-cli.ts';

const S1 = captureFolder('s1-6.12');
const NESTED = captureFolder('nestedhand-6.12');
const scratch = mkdtempSync(join(tmpdir(), 'smmu-lab-batch-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function batchFile(name: string, text: string): string {
  const file = join(scratch, name);
  writeFileSync(file, text);
  return file;
}

describe('translate', () => {
  it('gives the address, the page and the attributes of a nested translation', async () => {
    const { code, out } = await cli(['translate', NESTED, '--sid', '0x28', '--iova', '0x100123', '--access', 'write']);
    expect(code).toBe(0);
    expect(out).toContain('success, PA 0x41ef6123, page of 0x1000 bytes, Normal');
  });

  it('prints as JSON exactly what a batch line has', async () => {
    const { out } = await cli(['translate', NESTED, '--sid', '40', '--iova', '0x100123', '--json']);
    expect(jsonLines(out)).toEqual([{ status: 'success', pa: '0x41ef6123', pageSize: 4096, events: [] }]);
  });

  it('decodes the record of a fault', async () => {
    const { code, out } = await cli(['translate', NESTED, '--sid', '0x28', '--iova', '0x103004']);
    expect(code).toBe(0);
    expect(out).toContain('fault, F_TRANSLATION at stage 2');
    expect(out).toMatch(/IPA +0x41ef8000/);
  });

  it('explains the walk step by step, down to the descriptor', async () => {
    const { out } = await cli(['translate', NESTED, '--sid', '0x28', '--iova', '0x100123', '--explain']);
    const steps = out.split('\n');
    expect(steps.filter((line) => /reads stage 2 level \d descriptor/.test(line)).length).toBe(13);
    expect(steps.filter((line) => /reads stage 1 level \d descriptor/.test(line)).length).toBe(4);
    expect(out).toContain('reads stage 1 level 3 descriptor 256');
    expect(out).toMatch(/\[ok\.translated, IHI 0070 [\d.]+\]/);
    const { out: quiet } = await cli(['translate', NESTED, '--sid', '0x28', '--iova', '0x100123']);
    expect(quiet.split('\n').length).toBe(2);
  });

  it('says when an abort is for want of captured memory', async () => {
    const access = ['--sid', '40', '--iova', '0x100000', '--json'];
    const [whole] = jsonLines((await cli(['translate', S1, ...access, '--explain'])).out);
    const steps = whole!['steps'] as { kind: string; stage: number; level: number; address: string }[];
    const table = BigInt(steps.find((step) => step.kind === 'READ' && step.stage === 1 && step.level === 2)!.address);
    await withCopy('s1-6.12', async (folder) => {
      const file = join(folder, 'manifest.json');
      const manifest = JSON.parse(readFileSync(file, 'utf8')) as { segments: { base: string; size: number }[] };
      const without = manifest.segments.filter(({ base, size }) => table < BigInt(base) || table >= BigInt(base) + BigInt(size));
      expect(without.length).toBe(manifest.segments.length - 1);
      writeFileSync(file, JSON.stringify({ ...manifest, segments: without }));
      const { code, out, err } = await cli(['translate', folder, ...access]);
      expect(code).toBe(0);
      expect(jsonLines(out)).toMatchObject([{ status: 'fault', events: [expect.stringMatching(/^0b000000/)] }]);
      expect(err).toContain(`the machine had memory at 0x${table.toString(16)}, but the capture does not hold it`);
    });
  });

  it('answers a batch in order, each line with status, pa, pageSize and events and nothing else', async () => {
    const requests = [
      { sid: 40, iova: '0x100000', access: 'write' },
      { sid: 40, iova: '0x300000', access: 'read' },
      { sid: 48, ssid: null, iova: '0x300000', access: 'read' },
      { sid: 56, iova: '0x300000', access: 'execute', privileged: true },
      { sid: 48, ssid: 1, iova: '0x300000', access: 'read' },
    ];
    const file = batchFile('good.jsonl', `${requests.map((one) => JSON.stringify(one)).join('\n')}\n\n`);
    const { code, out } = await cli(['translate', S1, '--batch', file]);
    expect(code).toBe(0);
    expect(jsonLines(out)).toEqual([
      { status: 'success', pa: '0x42842000', pageSize: 4096, events: [] },
      { status: 'fault', events: ['1000000028000000000000000802000000003000000000000000000000000000'] },
      { status: 'bypass', pa: '0x300000', events: [] },
      { status: 'abort', events: [] },
      // A SubstreamID on a bypass stream: C_BAD_SUBSTREAMID, SubstreamID 1.
      { status: 'fault', events: ['0810000030000000000000000000000000000000000000000000000000000000'] },
    ]);
  });

  it('takes a batch from standard input', async () => {
    const { code, out } = await cli(['translate', S1, '--batch', '-'], '{"sid":48,"iova":"0x7","access":"read"}');
    expect([code, jsonLines(out)]).toEqual([0, [{ status: 'bypass', pa: '0x7', events: [] }]]);
  });

  it.each([
    ['{"sid":40,"iova":"300000","access":"read"}', 'iova', 'got "300000"'],
    ['{"sid":40,"iova":"0x300000","acess":"read"}', 'Unrecognized key: "acess"', 'expected sid, ssid, iova, access, privileged'],
    ['{"sid":-1,"iova":"0x300000","access":"read"}', 'sid', 'got -1'],
    ['{"sid":40,"iova":"0x300000","access":"peek"}', 'access', 'expected "read", "write" or "execute", got "peek"'],
    ['{"sid":40,"iova":"0x11112222333344445","access":"read"}', 'iova', 'hexadecimal'],
    ['{"sid":40,', 'not valid JSON', ':2:'],
  ])('refuses the whole batch for a bad line, naming it: %s', async (line, ...said) => {
    const file = batchFile('bad.jsonl', `{"sid":40,"iova":"0x100000","access":"read"}\n${line}\n`);
    const { code, out, err } = await cli(['translate', S1, '--batch', file]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('bad.jsonl:2');
    for (const text of said) expect(err).toContain(text);
  });

  it.each([
    [['--sid', '0x28'], '--iova'],
    [['--sid', 'x', '--iova', '0'], '--sid'],
    [['--sid', '0x28', '--iova', '0x1ffffffffffffffff'], 'below 0x10000000000000000'],
    [['--sid', '0x28', '--iova', '0', '--access', 'peek'], 'Allowed choices are read, write, execute'],
    [['--ssid', '0x100000', '--sid', '1', '--iova', '0'], 'a SubstreamID below 0x100000'],
    [['--batch', 'x', '--sid', '1'], 'cannot be used with option'],
    [['--batch', join(scratch, 'none')], 'there is no such file'],
  ])('refuses bad usage %j with exit status 2', async (args, said) => {
    const { code, out, err } = await cli(['translate', S1, ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^smmu-lab: /);
    expect(err).toContain(said);
  });

  it('says of an event capture that there is nothing to translate', async () => {
    const { code, err } = await cli(['translate', captureFolder('ev-6.1'), '--sid', '1', '--iova', '0']);
    expect(code).toBe(2);
    expect(err).toContain('no memory capture');
  });
});

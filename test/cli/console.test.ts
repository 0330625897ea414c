import fc from 'fast-check';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { completions } from '../../src/cli/console/completion.ts';
import { CONTROLS } from '../../src/cli/console/controls.ts';
import { traceName } from '../../src/cli/uapis.ts';
import { readLab } from '../../src/formats/lab/files.ts';
import { parseLab } from '../../src/formats/lab/index.ts';
import { verbNames } from '../../src/formats/lab/verb-reference.ts';
import type { LabKind } from '../../src/formats/lab/verb-reference.ts';
import type { LabData } from '../../src/model/lab/index.ts';
import { cli, jsonLines } from './run-cli.ts';

const LABS: Readonly<Record<LabKind, string>> = { direct: 'resources/labs/first-nested', stack: 'resources/labs/nested-tour' };

const say = (lab: string, lines: readonly string[], ...options: string[]) => cli(['console', lab, ...options], lines.join('\n'));
const answers = async (lab: string, lines: readonly unknown[], ...options: string[]) => {
  const { code, out } = await say(lab, lines.map((line) => JSON.stringify(line)), '--json', ...options);
  return { code, lines: jsonLines(out) };
};

function dataOf(kind: LabKind): LabData {
  const lab = readLab(LABS[kind]);
  if (!lab.ok) throw new Error(lab.error.message);
  const parsed = parseLab(lab.value.documents);
  if (!parsed.ok) throw new Error(parsed.problems[0]!.message);
  return parsed.value;
}

describe('run --uapi all', () => {
  const LEAF = 'resources/labs/leaf-lost';
  const uapis = ['vfio-v16-posted', 'vfio-v16-intended', 'iommufd'];

  test('--json: steps of each, where they part, and how each went, as alone', async () => {
    const { code, out } = await cli(['run', LEAF, '--uapi', 'all', '--json']);
    const lines = jsonLines(out);
    expect(code).toBe(0);
    expect([...new Set(lines.flatMap((line) => ('step' in line ? [line['uapi']] : [])))]).toEqual(uapis);
    expect(lines.filter((line) => 'parting' in line)).toContainEqual({ parting: expect.objectContaining({ step: 3, verb: 'command' }) as object });
    for (const line of lines.slice(-3)) {
      const alone = jsonLines((await cli(['run', LEAF, '--uapi', String(line['uapi']), '--json'])).out).at(-1);
      expect(line).toEqual({ uapi: line['uapi'], ...alone });
    }
  });

  test('--trace: a file for each, named by its uAPI, with the trace of a run alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'uapis-'));
    await cli(['run', LEAF, '--uapi', 'all', '--trace', join(folder, 'trace.jsonl')]);
    for (const uapi of uapis) {
      await cli(['run', LEAF, '--uapi', uapi, '--trace', join(folder, 'alone')]);
      expect(readFileSync(join(folder, `trace.${uapi}.jsonl`), 'utf8')).toBe(readFileSync(join(folder, 'alone'), 'utf8'));
    }
    expect(traceName('out', 'iommufd')).toBe('out.iommufd');
    expect(traceName('some.dir/out', 'iommufd')).toBe('some.dir/out.iommufd');
  });

  test('--filter: the transactions of each that match', async () => {
    const { out } = await cli(['run', LEAF, '--uapi', 'all', '--json', '--filter', 'status == fault']);
    expect(jsonLines(out).flatMap((line) => ('txn' in line ? [[line['uapi'], line['status']]] : []))).toEqual(uapis.map((uapi) => [uapi, 'fault']));
    const text = (await cli(['run', LEAF, '--uapi', 'all', '--filter', 'status == fault'])).out;
    expect(text.split('\n').filter((line) => uapis.includes(line))).toEqual(uapis);
    expect((await cli(['run', LEAF, '--uapi', 'all', '--filter', 'status = '])).code).toBe(2);
  });
});

describe('console: verbs one a line', () => {
  test('words, a YAML map and a whole step say the same', async () => {
    const { code, out } = await say(LABS.direct, [
      '# a comment',
      'dma device=nic0 iova=0x10000040 access=read length=11 expect.status=success',
      'dma {device: nic0, iova: 0x10000040, access: read, length: 11, expect: {status: success}}',
      'dma: {device: nic0, iova: 0x10000040, access: read, length: 11, expect: {status: success}}',
      '',
    ]);
    expect(code).toBe(0);
    const lines = out.split('\n').filter((line) => / dma /.test(line));
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toContain('met      nic0 read 0x10000040: success, PA 0x40400040, 11 bytes');
    expect(out).toContain('3 expectations met, 0 not; 3 transactions');
  });

  test('a bare word opens a map, a second one is its value; a verb that takes nothing stands alone', async () => {
    const { code, out } = await say(LABS.direct, ['inspect STE nic0', 'command CMD_TLBI_NH_ASID VMID=vm0 ASID=1', 'sync', 'note what comes next: {a test', 'inspect STE nic0 expect.Config=nested']);
    expect(code).toBe(0);
    for (const text of ['STE of nic0 at', 'CMD_TLBI_NH_ASID VMID 0x1, ASID 0x1: consumed', 'CMD_SYNC: consumed', 'what comes next: {a test']) expect(out).toContain(text);
    expect(out).toContain('1 expectation met');
  });

  test('quoted bytes and blanks in braces stay one word', async () => {
    const { code, out } = await say(LABS.direct, ['write vm=vm0 ipa=0x80200040 bytes="de ad be ef"', 'read vm=vm0 ipa=0x80200040 length=4 expect={bytes: "deadbeef"}']);
    expect([code, out.includes('1 expectation met')]).toEqual([0, true]);
  });

  test('JSON lines in, JSON lines out', async () => {
    const { code, lines } = await answers(LABS.stack, [
      { map: { device: 'nic0', iova: '0x10000000', ipa: '0x80100000', size: '4K' } },
      { dma: { device: 'nic0', iova: '0x10000000', access: 'write', length: 4, data: '01020304', expect: { status: 'success' } } },
    ]);
    expect(code).toBe(0);
    expect(lines).toMatchObject([{ step: 1, verb: 'map' }, { step: 2, verb: 'dma', expectation: { state: 'met' }, status: 'success' }, { summary: { met: 1 }, digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string }]);
  });

  test('the same lines leave the same trace; --trace writes it', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'console-')), 'trace.jsonl');
    const lines = ['run', 'dma device=nic0 iova=0x1000 access=read'];
    const first = await say(LABS.stack, lines, '--trace', file);
    expect((await say(LABS.stack, lines)).out).toBe(first.out);
    expect(readFileSync(file, 'utf8').split('\n').length).toBeGreaterThan(20);
  });
});

describe('console: control words', () => {
  test('run, step, steps, reset and summary steer the documents', async () => {
    const { lines } = await answers(LABS.direct, [{ step: 2 }, 'steps', 'run', 'step', 'reset', 'steps', 'summary']);
    const all = readFileSync(join(LABS.direct, 'steps.yaml'), 'utf8').match(/^ {0,2}- /gm)!.length;
    const steps = lines.filter((line) => 'state' in line);
    expect(steps).toHaveLength(2 * all);
    expect(steps.slice(0, 3).map((line) => line['state'])).toEqual(['none', 'none', 'due']);
    expect(steps.slice(all).every((line) => line['state'] === 'due')).toBe(true);
    expect(lines.filter((line) => 'expectation' in line)).toHaveLength(all);
    expect(lines.find((line) => 'error' in line)).toMatchObject({ error: { code: 'no-step' } });
    expect(lines.at(-1)).toMatchObject({ summary: { met: 0, failed: 0, transactions: 0 } });
  });

  test('--run does the steps first; quit ends', async () => {
    const { code, out } = await say(LABS.direct, ['quit', 'nonsense'], '--run');
    expect([code, out.includes('error')]).toEqual([0, false]);
    expect(out).toMatch(/6 expectations met/);
  });

  test('help lists every verb and control word, and explains each from the registry', async () => {
    for (const kind of ['direct', 'stack'] as const) {
      const { out } = await say(LABS[kind], ['help']);
      for (const name of [...verbNames(kind), ...Object.keys(CONTROLS)]) expect(out).toMatch(new RegExp(`^${name} `, 'm'));
      const { lines } = await answers(LABS[kind], verbNames(kind).map((name) => ({ help: name })));
      expect(lines.slice(0, -1).map((line) => (line['help'] as { name: string }).name)).toEqual(verbNames(kind));
    }
    expect((await say(LABS.direct, ['help dma'])).out).toMatch(/^ {2}iova +where, an IOVA; required$/m);
  });

  test('another uAPI than the host names', async () => {
    const { lines } = await answers(LABS.stack, [{ map: { device: 'nic0', iova: 4096, ipa: '0x80100000', size: 4096 } }, { unmap: { device: 'nic0', iova: 4096, size: 4096 } }], '--uapi', 'iommufd');
    expect(JSON.stringify(lines[1])).toContain('IOMMU_HWPT_INVALIDATE');
    expect((await say(LABS.stack, [], '--uapi', 'all')).code).toBe(2);
  });
});

describe('console: exit status and errors', () => {
  const bad: readonly (readonly [LabKind, string, number, RegExp])[] = [
    ['direct', 'dmaa device=nic0', 1, /there is no verb dmaa; did you mean dma\?/],
    ['direct', 'dma device=nicx iova=0 access=read', 5, /there is no device nicx; did you mean nic0\?/],
    ['direct', 'dma device=nic0 iova=zero access=read', 17, /expected an IOVA.*got "zero"/],
    ['direct', 'dma device=nic0 iova=0 acces=read', 24, /unknown key acces; did you mean access\?/],
    ['direct', 'dma device=nic0 iova=0', 1, /access is missing/],
    ['direct', 'dma {device: nic0, iova: 0, access: reed}', 37, /expected read, write, execute; got "reed"; did you mean read\?/],
    ['direct', 'dma: {device: nic0, iova: 0, access: reed}', 38, /did you mean read/],
    ['direct', 'dma {device: nic0', 18, /not valid YAML/],
    ['direct', 'command CMD_CFGI_STE StreamID=nic9', 22, /there is no device nic9/],
    ['direct', 'inspect CD nic0 expect.ASIDD=1', 17, /CD has no field ASIDD; did you mean ASID\?/],
    ['direct', 'step two', 6, /expected a number of steps/],
    ['direct', 'help dmaa', 6, /there is no verb dmaa/],
    ['stack', 'map device=nic0 iova=0 size=4K', 1, /ipa is missing/],
    ['stack', 'cache_invalidate device=nic0 granularity=ADR', 30, /expected DOMAIN, PASID, ADDR; got "ADR"/],
    ['stack', '[1, 2]', 1, /expected a verb/],
  ];

  test.each(bad)('%s: %s is refused at column %i', async (kind, line, column, message) => {
    const { code, out } = await say(LABS[kind], [line, 'note still alive']);
    expect(code).toBe(2);
    const errors = out.split('\n').filter((one) => one.startsWith('error: '));
    expect(errors.join('\n')).toMatch(message);
    expect(errors.map((one) => Number(/column (\d+)/.exec(one)?.[1]))).toContain(column);
    expect(out).toContain('still alive');
  });

  test('1 when an expectation is not met, 2 for bad documents and usage', async () => {
    expect((await say(LABS.direct, ['dma device=nic0 iova=0x10000040 access=read expect.status=fault'])).code).toBe(1);
    const file = join(mkdtempSync(join(tmpdir(), 'console-')), 'lab.yaml');
    writeFileSync(file, 'host: { vmss: [] }\n');
    const { code, err } = await say(file, ['help']);
    expect([code, err]).toEqual([2, expect.stringMatching(/lab\.yaml:1:9: error: unknown key vmss; did you mean vms\?/)]);
    expect((await say('no/such/lab', [])).code).toBe(2);
  });

  test('no line ends it or is a bug', async () => {
    const piece = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('dma', 'map', 'inspect', 'device=nic0', 'iova=0x1000', 'access=read', 'CMD_SYNC', '{', '}', '[', '"', 'expect.', '=', '__proto__=1', 'constructor', 'expect.__proto__.x=1', 'STE', 'nic0', 'size=4K', '&a', '*a', '!!x', '? ', '- '));
    const lines = fc.array(fc.array(piece, { maxLength: 7 }).map((words) => words.join(' ').replaceAll('\n', ' ')), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(lines, fc.constantFrom<LabKind>('direct', 'stack'), fc.boolean(), async (all, kind, json) => {
        const { code, out } = await say(LABS[kind], all.filter((line) => !/^\s*"?quit/.test(line)), ...(json ? ['--json'] : []));
        expect([0, 1, 2]).toContain(code);
        expect(json ? jsonLines(out).at(-1) : out).toEqual(json ? expect.objectContaining({ digest: expect.any(String) as string }) : expect.stringMatching(/digest [0-9a-f]{64}\n$/));
      }),
      { numRuns: 40 },
    );
  });
});

test('completion knows verbs, keys, names of devices and commands', () => {
  const direct = dataOf('direct');
  expect(completions('dm', 'direct', direct)).toEqual([['dma '], 'dm']);
  expect(completions('dma dev', 'direct', direct)).toEqual([['device='], 'dev']);
  expect(completions('dma device=n', 'direct', direct)).toEqual([['device=nic0'], 'device=n']);
  expect(completions('inspect C', 'direct', direct)[0]).toContain('CD ');
  expect(completions('command CMD_TLBI_NH_VAA', 'direct', direct)[0]).toEqual(['CMD_TLBI_NH_VAA ']);
  expect(completions('help res', 'stack', dataOf('stack'))[0]).toContain('reset');
});

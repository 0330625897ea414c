import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { cli, jsonLines } from './run-cli.ts';

const LAB = fileURLToPath(new URL('../../resources/labs/first-nested/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'smmu-lab-run-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A copy of the lab with one of its documents changed. */
function changed(name: string, document: string, change: (text: string) => string): string {
  const folder = join(scratch, name);
  cpSync(LAB, folder, { recursive: true });
  const file = join(folder, document);
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(file, after);
  return folder;
}

describe('run', () => {
  it('runs the steps and meets the expectations of the sample: exit status 0', async () => {
    const { code, out } = await cli(['run', LAB]);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+ expectations met, 0 not; \d+ transactions, 1 fault, 1 event$/m);
    expect(out).toMatch(/^ +3 dma +met +nic0 read/m);
  });

  it('prints a JSON line per step and a summary, the same digest every time', async () => {
    const [once, again] = [await cli(['run', LAB, '--json']), await cli(['run', LAB, '--json'])];
    const lines = jsonLines(once.out);
    expect(once.out).toBe(again.out);
    expect(lines.at(-1)).toMatchObject({ summary: { failed: 0, faults: 1 }, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(lines.slice(0, -1).map((line) => line['step'])).toEqual(lines.slice(0, -1).map((_, index) => index + 1));
    expect(lines.find((line) => line['status'] === 'fault')).toMatchObject({ verb: 'dma', events: [expect.stringMatching(/^[0-9a-f]{64}$/)] });
  });

  it('ends with the step in which a trace record matches --until, in both kinds of lab', async () => {
    const lab = (name: string): string => fileURLToPath(new URL(`../../resources/labs/${name}/`, import.meta.url));
    const direct = await cli(['run', lab('live-changes'), '--until', 'misuse == live-cd-changed']);
    expect(direct.code).toBe(0);
    expect(direct.out).toMatch(/^ 20 dma .*\n(?: {5}.*\n)*stopped: MISUSE live-cd-changed: PA 0x44000000, CD was /m);
    expect(direct.out).not.toMatch(/^ 21 /m);
    const stack = jsonLines((await cli(['run', lab('cfgi-cd-dropped'), '--until', 'kind == MISUSE', '--json'])).out);
    expect(stack.at(-2)).toMatchObject({ stopped: { kind: 'MISUSE', text: expect.stringMatching(/^live-cd-changed: /) } });
    expect(stack).toHaveLength(5 + 2);
    const never = await cli(['run', LAB, '--until', 'kind == MISUSE']);
    expect(never.out).not.toContain('stopped');
  });

  it('refuses what is no filter of records, and --until on all uAPIs at once', async () => {
    expect((await cli(['run', LAB, '--until', 'misuse == nothing'])).err).toContain('--until:1:11');
    const all = await cli(['run', fileURLToPath(new URL('../../resources/labs/cfgi-cd-dropped/', import.meta.url)), '--uapi', 'all', '--until', 'kind == MISUSE']);
    expect([all.code, all.err]).toEqual([2, expect.stringContaining('--until is for a run on one uAPI')]);
  });

  it('writes the trace, one JSON line per record', async () => {
    const file = join(scratch, 'trace.jsonl');
    const { code } = await cli(['run', LAB, '--trace', file]);
    expect(code).toBe(0);
    const records = jsonLines(readFileSync(file, 'utf8'));
    expect(records.map((record) => record['seq'])).toEqual(records.map((_, index) => index));
    expect(records.filter((record) => record['kind'] === 'TXN_END').length).toBeGreaterThan(3);
    expect(records[0]!['words']).toHaveLength(16);
  });

  it('prints the transactions that a filter matches', async () => {
    const { code, out, err } = await cli(['run', LAB, '--filter', 'device == nic0 && status == fault']);
    expect(code).toBe(0);
    expect(err).not.toContain('--filter');
    expect(out).toMatch(/^ +\d+ {2}step \d+: nic0 \w+ 0x[0-9a-f]+: fault F_TRANSLATION, \d+ reads\n {7}F_TRANSLATION at stage 2.*\n\d+ expectations met/);
    const rows = jsonLines((await cli(['run', LAB, '--json', '--filter', 'walk.reads > 0 and !has(evt.type)'])).out).slice(0, -1);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row).toMatchObject({ status: 'success', event: null, expectation: 'met' });
  });

  it('exits with 2 for a filter that is none, at its column, and says what can never be true', async () => {
    const { code, out, err } = await cli(['run', LAB, '--filter', 'sid == 1 && statis == fault']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^smmu-lab: no field is called statis: did you mean status\?, in --filter:1:13$/m);
    const odd = await cli(['run', LAB, '--filter', 'cmd.op == CMD_SYNC']);
    expect(odd.code).toBe(0);
    expect(odd.err).toMatch(/^smmu-lab: --filter: never true: a transaction has no cmd.op$/m);
    expect(odd.out).toMatch(/^\d+ expectations met/);
  });

  it('exits with 1 when an expectation is not met, and says what came instead', async () => {
    const folder = changed('unmet', 'steps.yaml', (text) => text.replace(/event: F_TRANSLATION/, 'event: F_ACCESS'));
    const { code, out } = await cli(['run', folder]);
    expect(code).toBe(1);
    expect(out).toContain('NOT MET');
    expect(out).toMatch(/expected otherwise: .*F_TRANSLATION/);
    expect(out).toMatch(/, 1 not;/);
  });

  it('exits with 2 for a typo in a document, at its file, line and column', async () => {
    const folder = changed('typo', 'host.yaml', (text) => text.replace(/StreamID:/, 'StramID:'));
    const { code, out, err } = await cli(['run', folder, '--json']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^smmu-lab: .*typo\/host\.yaml:\d+:\d+: error: .*StramID/m);
    expect(err).toContain('StreamID');
  });

  it('exits with 2 where there is no lab, and where the trace cannot be written', async () => {
    expect((await cli(['run', join(scratch, 'none')])).err).toContain('there is no lab at');
    const { code, err } = await cli(['run', LAB, '--trace', join(scratch, 'no', 'folder')]);
    expect(code).toBe(2);
    expect(err).toContain('the trace cannot be written');
  });
});

describe('describe', () => {
  it('says what a name is, as text or as JSON', async () => {
    const { code, out } = await cli(['describe', 'ste.S2VMID']);
    expect(code).toBe(0);
    expect(out).toContain('STE.S2VMID');
    expect(out).toContain('[143:128]');
    expect(jsonLines((await cli(['describe', 'CR0', '--json'])).out)).toMatchObject([{ name: 'CR0', kind: 'register' }]);
  });

  it('refuses a name that is none, and proposes one', async () => {
    const { code, out, err } = await cli(['describe', 'ste.S2VMIDD']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('did you mean STE.S2VMID?');
  });
});

describe('smmu-lab', () => {
  it('shows its commands: on standard output when asked, else on standard error with status 2', async () => {
    const asked = await cli(['--help']);
    expect([asked.code, asked.err]).toEqual([0, '']);
    for (const name of ['run', 'translate', 'check', 'decode', 'cases', 'describe', 'serve', 'qtest']) expect(asked.out).toMatch(new RegExp(`^  ${name} `, 'm'));
    const bare = await cli([]);
    expect([bare.code, bare.out]).toEqual([2, '']);
  });

  it.each([[['nonsense']], [['check']], [['decode', '--nonsense']], [['run', 'a', 'b']]])('refuses %j with status 2', async (argv) => {
    const { code, out, err } = await cli(argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^smmu-lab: /);
  });

  it('hands the options of qtest to it as they are', async () => {
    expect((await cli(['qtest', '-machine', 'nonsense', '-qtest', 'stdio', '-h'])).code).toBe(2);
  });

  it('calls a defect of its own a bug: status 3', async () => {
    const err: string[] = [];
    const stdin = (): Promise<string> => Promise.reject(new Error('broken pipe dream'));
    expect(await run(['decode'], { out: () => undefined, err: (text) => err.push(text), stdin })).toBe(3);
    expect(err.join('')).toContain('this is a bug of smmu-lab: Error: broken pipe dream');
  });
});

describe('what of the trace is kept', () => {
  const kept = async (...argv: string[]) => {
    const file = join(scratch, 'kept.jsonl');
    const { code, out } = await cli(['run', LAB, '--trace', file, '--json', ...argv]);
    expect(code).toBe(0);
    const { digest, omitted = 0 } = jsonLines(out).at(-1) as { digest: string | null; omitted?: number };
    const seqs = jsonLines(readFileSync(file, 'utf8')).map(({ seq, kind }) => [seq, kind] as const);
    return { digest, omitted, seqs };
  };

  it('is all of it, or the first records; then there is no digest', async () => {
    const all = await kept();
    expect([all.omitted, all.digest]).toEqual([0, expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(await kept('--limit', '10')).toEqual({ digest: null, omitted: all.seqs.length - 10, seqs: all.seqs.slice(0, 10) });
  });

  it('or each fault and event with what came before it', async () => {
    const all = await kept();
    const { digest, omitted, seqs } = await kept('--before-faults', '2');
    expect([digest, omitted]).toEqual([null, all.seqs.length - seqs.length]);
    const event = seqs.findIndex(([, kind]) => kind === 'EVENT');
    expect(event).toBeGreaterThan(1);
    const numbers = seqs.map(([seq]) => Number(seq));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(seqs.length).toBeLessThan(all.seqs.length / 2);
  });
});

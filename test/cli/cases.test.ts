import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { cli, jsonLines } from './run-cli.ts';

const CASES = fileURLToPath(new URL('../fixtures/qemu-cases/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'smmu-lab-cases-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface CaseLine {
  tx: { status: string; pa?: string; events: { raw: string }[]; diff: string | null; ref?: unknown }[];
  name?: string;
}

const linesOf = (name: string): string[] => gunzipSync(readFileSync(join(CASES, `${name}.jsonl.gz`))).toString().trimEnd().split('\n');
const transactionsOf = (name: string): number => linesOf(name).reduce((sum, line) => sum + (JSON.parse(line) as CaseLine).tx.length, 0);

interface Summary {
  verdicts: { exact: number; masked: number; explained: number; failure: number };
  knownErrorsRepeated: number;
}

describe.each(['random', 'hand', 'cache-probes'])('cases --judge %s', (name) => {
  it('has an answer for each case, no failure, and no error of QEMU repeated', async () => {
    const { code, out, err } = await cli(['cases', join(CASES, `${name}.jsonl.gz`), '--profile', 'arch', '--judge']);
    const answers = jsonLines(out);
    const summary = answers.pop() as unknown as Summary;
    expect(err.split('\n').filter((line) => line.startsWith('failure'))).toEqual([]);
    expect(summary.verdicts.failure).toBe(0);
    expect(code).toBe(0);
    expect(summary.knownErrorsRepeated).toBe(0);
    const { exact, masked, explained } = summary.verdicts;
    expect(exact + masked + explained).toBe(transactionsOf(name));
    expect(answers.length).toBe(linesOf(name).length);
    expect(err).toContain(`exact ${exact}, masked ${masked}, explained ${explained}, failure 0`);
  });
});

describe('cases', () => {
  it('answers with status, pa and event records of 64 hex digits, and nothing else', async () => {
    const { out } = await cli(['cases', join(CASES, 'hand.jsonl.gz')]);
    const answers = jsonLines(out) as unknown as { tx: { status: string; pa: string | null; events: string[] }[] }[];
    expect(answers.length).toBe(linesOf('hand').length);
    expect(answers[0]).toEqual({ tx: [{ status: 'success', pa: '0x50000128', events: [] }, { status: 'success', pa: '0x50000128', events: [] }] });
    for (const { tx } of answers) {
      for (const one of tx) {
        expect(Object.keys(one)).toEqual(['status', 'pa', 'events']);
        for (const record of one.events) expect(record).toMatch(/^[0-9a-f]{64}$/);
      }
    }
  });

  it('reads cases that are not packed, and from standard input', async () => {
    const [first] = linesOf('hand');
    const file = join(scratch, 'one.jsonl');
    writeFileSync(file, `${first!}\n`);
    const packed = await cli(['cases', file]);
    expect(jsonLines(packed.out).length).toBe(1);
    expect((await cli(['cases', '-'], `${first!}\n`)).out).toBe(packed.out);
  });

  it('judges a wrong answer a failure: exit status 1, and says which', async () => {
    const one = JSON.parse(linesOf('hand')[0]!) as CaseLine;
    one.tx[1]!.pa = '0x50000130';
    const { code, out, err } = await cli(['cases', '-', '--judge'], JSON.stringify(one));
    expect(code).toBe(1);
    expect(jsonLines(out)[1]).toEqual({ verdicts: { exact: 1, masked: 0, explained: 0, failure: 1 }, knownErrorsRepeated: 0 });
    expect(err).toContain('failure: nested_ok, transaction 1 (W StreamID 0x8 IOVA 0x1234567128): answered success 0x50000128; QEMU: success 0x50000130');
  });

  it.each([
    ['random', 1329],
    ['hand', 69],
    ['cache-probes', 102],
  ])("answers %s as QEMU does under its profile: every transaction exact, byte for byte", async (name, exact) => {
    const { code, out } = await cli(['cases', join(CASES, `${name}.jsonl.gz`), '--profile', 'qemu-11', '--judge']);
    expect(code).toBe(0);
    expect(jsonLines(out).at(-1)).toEqual({ verdicts: { exact, masked: 0, explained: 0, failure: 0 }, knownErrorsRepeated: 0 });
  });

  it('does not excuse the architecture under the profile of QEMU', async () => {
    const one = JSON.parse(linesOf('hand')[0]!) as CaseLine;
    one.tx[1]!.pa = '0x50000130';
    const { code, err } = await cli(['cases', '-', '--profile', 'qemu-11', '--judge'], JSON.stringify(one));
    expect(code).toBe(1);
    expect(err).toContain('failure: nested_ok, transaction 1');
  });

  it.each([
    ['{"tags":[],"setup":[["poke","0x1","0x2"]],"tx":[]}', 'setup[0]', 'expected an action'],
    ['{"tags":[],"setup":[["mem","0x1","abc"]],"tx":[]}', 'setup[0][2]', 'expected pairs of hexadecimal digits, got "abc"'],
    ['{"tags":[],"setup":[],"tx":[{}]}', 'tx[0].pre', 'got nothing'],
    ['not json', 'not valid JSON', 'standard input:2'],
  ])('refuses a bad case, naming its line: %s', async (bad, ...said) => {
    const { code, err } = await cli(['cases', '-'], `${linesOf('hand')[0]!}\n${bad}\n`);
    expect(code).toBe(2);
    expect(err).toContain('standard input:2');
    for (const text of said) expect(err).toContain(text);
  });

  it('refuses a damaged gzip file', async () => {
    const file = join(scratch, 'cut.jsonl.gz');
    writeFileSync(file, readFileSync(join(CASES, 'hand.jsonl.gz')).subarray(0, 5000));
    const { code, err } = await cli(['cases', file]);
    expect(code).toBe(2);
    expect(err).toContain('damaged gzip data');
  });
});

describe('cases --check-coherence', () => {
  const stale = async (name: string): Promise<string[]> => {
    const { out } = await cli(['cases', join(CASES, `${name}.jsonl.gz`), '--check-coherence']);
    return (jsonLines(out) as unknown as { tx: { stale?: string[] }[] }[]).flatMap(({ tx }) => tx.flatMap((one) => one.stale ?? []));
  };

  it('names the command that was missing in probes of caches, and finds nothing where tables do not change', async () => {
    const told = await stale('cache-probes');
    expect(told[0]).toContain('S1 L3 at PA 0x45002b38 changed by software');
    expect(told[0]).toContain('missing: CMD_TLBI_NH_VA VMID=7 ASID=0x31 Address=0x1234567000 Leaf=1');
    expect(await stale('hand')).toEqual([]);
  });
});

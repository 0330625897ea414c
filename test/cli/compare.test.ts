import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listLabs } from '../../src/formats/lab/files.ts';
import { cli } from './run-cli.ts';

const LABS = join(import.meta.dirname, '../../resources/labs');
const lab = (id: string): string => join(LABS, id);
let folder: string;

beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'smmu-lab-compare-'))));
afterAll(() => rmSync(folder, { recursive: true }));

interface Line {
  readonly step: number;
  readonly reasons: readonly { readonly id: string; readonly section: string; readonly text: string }[];
  readonly differences: readonly { readonly class: string }[];
}

async function json(...argv: string[]): Promise<{ readonly status: number; readonly steps: Line[]; readonly last: { readonly counts: object; readonly depth: string } }> {
  const { code: status, out } = await cli(['compare', ...argv, '--json']);
  const lines = out.trim().split('\n').map((line) => JSON.parse(line) as unknown);
  return { status, steps: lines.slice(0, -1) as Line[], last: lines.at(-1) as { counts: object; depth: string } };
}

test('a lab and itself have no difference', async () => {
  const { status, steps, last } = await json(lab('first-nested'), lab('first-nested'));
  expect([status, steps, last]).toEqual([0, [], { a: lab('first-nested'), b: lab('first-nested'), depth: 'all', steps: 0, counts: { missing: 0, extra: 0, changed: 0, reordered: 0 } }]);
});

test('uAPIs part in what shows, each step with the reason that the lab gives', async () => {
  const { code: status, out } = await cli(['compare', lab('leaf-lost'), '--uapi', 'vfio-v16-posted', '--with-uapi', 'iommufd']);
  expect(status).toBe(1);
  expect(out).toContain(`A: ${lab('leaf-lost')}, vfio-v16-posted\nB: ${lab('leaf-lost')}, iommufd\nbefore the first step\n`);
  expect(out).toContain('  why      leaf (b.3): QEMU v10 sets the LEAF flag always; iommufd takes the command as it is\n');
  expect(out).toContain('             Leaf: A 0x1, B 0x0\n');
  expect(out).toMatch(/\d steps differ, the first is 0: .*\n$/);
});

test("QEMU's answer has the deviation that makes it", async () => {
  const { steps } = await json(lab('cd-fetch-not-forwarded'), '--with-profile', 'qemu-11', '--depth', 'outcome', '--ignore', 'removed');
  expect(steps.map(({ step, reasons }) => [step, reasons.map(({ id, section }) => `${id} ${section}`)])).toEqual([[6, ['cd-fetch-address 7.3.10']]]);
});

test('a kind or a field that is to be ignored is', async () => {
  const argv = [lab('cd-fetch-not-forwarded'), '--with-profile', 'qemu-11', '--depth', 'outcome', '--ignore', 'removed'];
  expect((await json(...argv, '--ignore', 'EVENT.FetchAddr', '--ignore', 'HOP')).steps).toEqual([]);
  expect((await json(...argv, '--limit', '0')).steps.map(({ differences }) => differences)).toEqual([[]]);
});

describe('traces', () => {
  const trace = (name: string): string => join(folder, name);

  test('are compared as the labs that made them', async () => {
    for (const uapi of ['vfio-v16-posted', 'iommufd']) await cli(['run', lab('leaf-lost'), '--uapi', uapi, '--trace', trace(`${uapi}.jsonl`)]);
    const [a, b] = [trace('vfio-v16-posted.jsonl'), trace('iommufd.jsonl')];
    expect((await json(a, a)).steps).toEqual([]);
    const ofTraces = await json(a, b, '--depth', 'outcome');
    const ofLabs = await json(lab('leaf-lost'), '--uapi', 'vfio-v16-posted', '--with-uapi', 'iommufd');
    expect(ofTraces.steps.map(({ step, differences }) => ({ step, differences }))).toEqual(ofLabs.steps.map(({ step, differences }) => ({ step, differences })));
    expect(ofTraces.last.counts).toEqual(ofLabs.last.counts);
  });

  test.each<[string, readonly string[], string]>([
    ['nothing to compare with', [lab('first-nested')], 'compare takes a second lab or trace, or --with-uapi or --with-profile for the same lab'],
    ['a trace that is not there', ['none.jsonl', 'none.jsonl'], 'no such file or directory, open \'none.jsonl\', in none.jsonl'],
    ['a uAPI of a lab without one', [lab('first-nested'), '--with-uapi', 'iommufd'], '--uapi is for labs of the whole stack'],
    ['all uAPIs', [lab('leaf-lost'), '--with-uapi', 'all'], 'compare takes one uAPI for each side'],
  ])('refuses %s', async (_, argv, message) => {
    const { code: status, err } = await cli(['compare', ...argv]);
    expect([status, err]).toEqual([2, expect.stringContaining(message)]);
  });

  test('a line that is no record is refused with its number', async () => {
    writeFileSync(trace('bad.jsonl'), '{"words":["00000000"]}\n');
    const { code: status, err } = await cli(['compare', trace('bad.jsonl'), trace('bad.jsonl')]);
    expect([status, err]).toEqual([2, expect.stringContaining('bad.jsonl:1')]);
    expect(err).toContain('expected a record of a trace');
  });

  test('a trace takes no uAPI', async () => {
    writeFileSync(trace('empty.jsonl'), '');
    const { code: status, err } = await cli(['compare', trace('empty.jsonl'), trace('empty.jsonl'), '--uapi', 'iommufd']);
    expect([status, err]).toEqual([2, expect.stringContaining('--uapi and --profile are for labs')]);
  });
});

const stacks = listLabs(LABS).map(({ id }) => id).filter((id) => existsSync(join(LABS, id, 'host.yaml')) && /^uapi:/m.test(readFileSync(join(LABS, id, 'host.yaml'), 'utf8')));

test.each(stacks)('%s on two uAPIs: every step that differs has a reason', async (id) => {
  for (const other of ['iommufd', 'vfio-v16-intended']) {
    const { steps } = await json(lab(id), '--uapi', 'vfio-v16-posted', '--with-uapi', other);
    expect([other, ...steps.filter(({ reasons }) => reasons.length === 0).map(({ step }) => step)]).toEqual([other]);
  }
});

test('a step that is only the consequence of one before says which', async () => {
  const caches = async (id: string) => {
    const { steps } = await json(lab(id), '--uapi', 'vfio-v16-posted', '--with-uapi', 'iommufd');
    return steps.flatMap(({ step, reasons }) => reasons.filter((one) => one.id === 'caches').map(({ text }) => `${step}: ${text}`));
  };
  const left = (step: number, by: number): string => `${step}: nothing but what the caches had: step ${by} left other entries in them`;
  expect(await caches('repeated-tlbi')).toEqual([left(7, 6)]);
  expect(await caches('patch-9-hardware-msi')).toEqual([left(9, 7)]);
  expect(await caches('host-unmap-ats')).toEqual([left(11, 5)]);
});

test.each(listLabs(LABS).map(({ id }) => id))('%s as the architecture and as QEMU has it: every step that differs has the deviation that makes it so', async (id) => {
  const { status, steps } = await json(lab(id), '--with-profile', 'qemu-11', '--depth', 'outcome');
  expect(steps.filter(({ reasons }) => reasons.length === 0).map(({ step }) => step)).toEqual([]);
  expect(status).toBe(steps.length === 0 ? 0 : 1);
}, 60_000);

test('the reason of a step may be what another step left behind, and is one of what is compared', async () => {
  const reasons = async (...argv: string[]) => (await json(lab('stage-1-permission'), '--with-profile', 'qemu-11', ...argv)).steps.map(({ step, reasons: why }) => [step, why.map(({ id }) => id)]);
  // Step 5 is permitted and fills the TLB, which answers step 6.
  expect(await reasons('--depth', 'outcome')).toEqual([[5, ['privileged']], [6, ['privileged']], [8, ['event-access']]]);
  expect(await reasons('--depth', 'outcome', '--ignore', 'EVENT.InD')).toEqual([[5, ['privileged']], [6, ['privileged']]]);
});

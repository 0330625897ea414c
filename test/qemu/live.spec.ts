/** A real QEMU, where SMMU_LAB_QEMU names one: recorded answers again, random machines, sample labs, and its end. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { caseOfLab } from '../../src/formats/qemu-cases/case-of-lab.ts';
import { readCases, titleOf } from '../../src/formats/qemu-cases/case.ts';
import { ModelAnswers } from '../../src/formats/qemu-cases/difference.ts';
import { judgeAsQemu } from '../../src/formats/qemu-cases/judge.ts';
import { caseMemory } from '../../src/formats/qemu-cases/machine.ts';
import { readLab } from '../../src/formats/lab/files.ts';
import { parseLab } from '../../src/formats/lab/index.ts';
import { compareWithLive, judgeHere } from '../../src/host/qemu/compare-lab.ts';
import { probeQemu } from '../../src/host/qemu/executable.ts';
import type { QemuExecutable } from '../../src/host/qemu/executable.ts';
import { fuzz } from '../../src/host/qemu/fuzz.ts';
import type { Fuzzed, Wanted } from '../../src/host/qemu/fuzz.ts';
import { LiveMachine } from '../../src/host/qemu/live-machine.ts';

const MACHINES = Number(process.env['SMMU_LAB_QEMU_MACHINES'] ?? 100);
/** Of what only some QEMUs have. */
const FEW = 10;
/** Labs of which every DMA is one that QEMU's devices can do. */
const LABS = ['first-nested', 'nested-tour', 'missing-invalidations', 'stage-1-permission', 'stage-2-faults', 'stale-tlb', 'two-vms'];

async function executable(): Promise<QemuExecutable> {
  const found = await probeQemu(process.env['SMMU_LAB_QEMU'] ?? '');
  if (!found.ok) throw new Error(found.error.message);
  return found.value;
}

describe('a live QEMU', () => {
  const memory = caseMemory();
  afterAll(() => memory.release());

  it.each(['hand', 'cache-probes', 'live'])('answers the cases of %s as it did when they were recorded', async (file) => {
    const text = gunzipSync(readFileSync(new URL(`../fixtures/qemu-cases/${file}.jsonl.gz`, import.meta.url))).toString();
    const cases = [...readCases(text, file)].flatMap((one) => (one.ok ? [one.value] : []));
    const started = await LiveMachine.start(await executable(), { sids: [...new Set(cases.flatMap(({ tx }) => tx.map(({ sid }) => sid)))] });
    if (!started.ok) throw new Error(started.error.message);
    const wrong: string[] = [];
    for (const one of cases) {
      const answers = await started.value.run(one);
      answers.forEach((answer, index) => judgeAsQemu(one, index, answer).verdict === 'exact' || wrong.push(`${titleOf(one)} ${index}`));
    }
    await started.value.end();
    expect(wrong).toEqual([]);
  });

  it(`${MACHINES} random machines differ only where there is a name for it`, async () => {
    const counts = { equal: 0, explained: 0, finding: 0 };
    const deviations: Record<string, number> = {};
    const unnamed: string[] = [];
    for await (const { one, judged, died } of fuzz(await executable(), new ModelAnswers(memory), { seed: 1, count: MACHINES, device: 'edu' }, new AbortController().signal)) {
      expect(died, `seed ${one.seed}`).toBeNull();
      for (const { verdict, because } of judged) {
        counts[verdict]++;
        for (const id of because) deviations[id] = (deviations[id] ?? 0) + 1;
        if (verdict === 'finding' || (verdict === 'explained' && because.length === 0)) unnamed.push(`seed ${one.seed}`);
      }
    }
    process.stdout.write(`${MACHINES} random machines: ${JSON.stringify({ ...counts, deviations })}\n`);
    expect(unnamed).toEqual([]);
    expect(counts.equal).toBeGreaterThan(MACHINES);
  }, 3_600_000);

  it('answers the same under its qtest accelerator as with processors that are off', async ({ skip }) => {
    const found = await executable();
    if (!found.hasQtest) skip(`QEMU ${found.version} has no qtest accelerator`);
    const answers = async (hasQtest: boolean) => (await fuzzed({ ...found, hasQtest }, { seed: 1, count: FEW, device: 'edu' })).map(({ live }) => live);
    expect(await answers(false)).toEqual(await answers(true));
  });

  it('is driven by its iommu-testdev, too', async ({ skip }) => {
    const found = await executable();
    if (!found.hasTestDevice) skip(`QEMU ${found.version} has no iommu-testdev`);
    const judged = (await fuzzed(found, { seed: 1, count: FEW, device: 'iommu-testdev' })).flatMap((one) => one.judged);
    expect(judged.filter(({ verdict, because }) => verdict === 'finding' || (verdict === 'explained' && because.length === 0))).toEqual([]);
    expect(judged.filter(({ verdict }) => verdict === 'equal').length).toBeGreaterThan(FEW);
  });

  const fuzzed = async (found: QemuExecutable, wanted: Wanted): Promise<Fuzzed[]> => {
    const all: Fuzzed[] = [];
    for await (const one of fuzz(found, new ModelAnswers(memory), wanted, new AbortController().signal)) all.push(one);
    return all;
  };

  it.each(LABS)('the sample lab %s differs only where there is a name for it', async (id) => {
    const lab = readLab(new URL(`../../resources/labs/${id}`, import.meta.url).pathname);
    if (!lab.ok) throw new Error(lab.error.message);
    const parsed = parseLab(lab.value.documents);
    if (!parsed.ok) throw new Error(`${id} does not parse`);
    const made = caseOfLab(parsed.value);
    if (!made.ok) throw new Error(made.error.message);
    const compared = await compareWithLive(await executable(), made.value, judgeHere, 'edu');
    if (!compared.ok) throw new Error(compared.error.message);
    expect(compared.value.transactions.length).toBeGreaterThan(2);
    expect(compared.value.transactions.filter(({ verdict, because }) => verdict === 'finding' || (verdict === 'explained' && because.length === 0))).toEqual([]);
  });

  it('is gone when its machine was ended, and whoever waits for it is told', async () => {
    const started = await LiveMachine.start(await executable(), { sids: [8] });
    if (!started.ok) throw new Error(started.error.message);
    const waiting = started.value.qemu.qtest.send(['clock_step', 'readl 0x09050000', 'unknown']).catch((error: unknown) => (error as Error).message);
    await started.value.end();
    expect(await waiting).toMatch(/QEMU was ended|qtest:/);
    await expect(started.value.act([['reg32', 0x20n, 0n]])).rejects.toThrow('QEMU was ended');
  });

  it('refuses a StreamID that no device of the machine can have', async () => {
    expect(await LiveMachine.start(await executable(), { sids: [3] })).toMatchObject({ ok: false, error: { code: 'no-such-stream' } });
  });
});

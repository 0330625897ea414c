/** A real QEMU, captured over its own monitor: what its devices did is what the capture answers. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildMachine } from '../../src/formats/capture/machine.ts';
import { readCases } from '../../src/formats/qemu-cases/case.ts';
import type { Case } from '../../src/formats/qemu-cases/case.ts';
import { captureLive } from '../../src/host/qemu/capture-live.ts';
import { probeQemu } from '../../src/host/qemu/executable.ts';
import { LiveMachine } from '../../src/host/qemu/live-machine.ts';

const CASES = 12;

/** Machines of which the first access is translated, by QEMU as by the architecture. */
function cases(): Case[] {
  const text = gunzipSync(readFileSync(new URL('../fixtures/qemu-cases/hand.jsonl.gz', import.meta.url))).toString();
  const all = [...readCases(text, 'hand')].flatMap((one) => (one.ok ? [one.value] : []));
  return all.filter(({ tx: [first] }) => first?.status === 'success' && first.ref?.status === 'success' && first.ref.pa === first.pa).slice(0, CASES);
}

let machine: LiveMachine;
beforeAll(async () => {
  const found = await probeQemu(process.env['SMMU_LAB_QEMU'] ?? '');
  if (!found.ok) throw new Error(found.error.message);
  const started = await LiveMachine.start(found.value, { sids: [...new Set(cases().map(({ tx }) => tx[0]!.sid))] });
  if (!started.ok) throw new Error(started.error.message);
  machine = started.value;
});
afterAll(() => machine.end());

it('is stopped, read word by word and page by page, and runs on', async () => {
  const monitor = machine.qemu.qmp;
  expect(cases().length).toBeGreaterThan(5);
  for (const one of cases()) {
    const tx = one.tx[0]!;
    const [answer] = await machine.run({ setup: one.setup, tx: [tx] });
    const captured = await captureLive(monitor, { smmu: null });
    if (!captured.ok) throw new Error(captured.error.message);
    const { memory, smmu } = buildMachine(captured.value.capture);
    expect(smmu.translate({ sid: tx.sid, iova: tx.iova, access: tx.op === 'R' ? 'read' : 'write' })).toMatchObject({ status: 'success', pa: answer!.pa });
    memory.release();
    expect(await monitor.ask('query-status')).toMatchObject({ running: true });
  }
});

it('says that an SMMU is off, and that there is none, and runs on', async () => {
  await machine.reset();
  expect(await captureLive(machine.qemu.qmp, { smmu: null })).toMatchObject({ error: { code: 'smmu-off' } });
  expect(await captureLive(machine.qemu.qmp, { smmu: 0x0900_0000n })).toMatchObject({ error: { code: 'no-smmu' } });
  expect(await machine.qemu.qmp.ask('query-status')).toMatchObject({ running: true });
});

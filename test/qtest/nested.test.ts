import { afterEach, describe, expect, it } from 'vitest';
import type { GranuleBits } from './nested-stream.ts';
import { CMDQ, EVENTQ, NestedStream, S1_READ_ONLY, S2_READ_ONLY } from './nested-stream.ts';
import type { PciDevice } from './pci-client.ts';
import { QtestClient } from './qtest-client.ts';
import { issueCommands, SMMU, takeEvents } from './smmu-client.ts';
import { openTestDevice, PATTERN, runTestDma } from './test-device.ts';

const SID = 8;
const IOVA = 0x7654_3210_0000n;
const WRITE_ABORTED = 0xdead_0002;
const GRANULE_BITS: readonly GranuleBits[] = [12, 14, 16];
const COMBINATIONS = GRANULE_BITS.flatMap((s1) =>
  GRANULE_BITS.map((s2) => ({ s1, s2, name: `${2 ** (s1 - 10)}K over ${2 ** (s2 - 10)}K` })),
);

const running: QtestClient[] = [];

async function start(s1: GranuleBits, s2: GranuleBits): Promise<{ client: QtestClient; device: PciDevice; stream: NestedStream }> {
  const client = await QtestClient.start('-machine virt,iommu=smmuv3 -m 512 -net none -device iommu-testdev');
  running.push(client);
  const device = await openTestDevice(client);
  return { client, device, stream: await NestedStream.create(client, { sid: SID, s1, s2 }) };
}

afterEach(async () => {
  for (const client of running.splice(0)) await client.quit();
});

const repeated = (length: number): Buffer => Buffer.alloc(length, PATTERN);

/** A record's first two words with the fields of a write by an unprivileged client: event, S2 and CLASS. */
const record = (event: bigint, s2: bigint, kind: bigint): [bigint, bigint] => [event | (BigInt(SID) << 32n), (s2 << 39n) | (kind << 40n)];
const CLASS = { CD: 0n, TT: 1n, IN: 2n } as const;
const F_TRANSLATION = 0x10n;
const F_PERMISSION = 0x13n;
const C_BAD_STE = 0x04n;

describe('nested translation where no IPA equals its PA', () => {
  it.each(COMBINATIONS)('$name: every part of a page, and its neighbour elsewhere', async ({ s1, s2 }) => {
    const { client, device, stream } = await start(s1, s2);
    const bytes = 2n ** BigInt(s1);
    const pages = [await stream.mapPage(IOVA), await stream.mapPage(IOVA + bytes)];
    for (const [number, ipa] of pages.entries()) {
      for (const offset of [0x567n, bytes / 2n, bytes - 9n]) {
        const pa = await stream.pa(ipa + offset);
        expect(pa).not.toBe(ipa + offset);
        expect(await runTestDma(device, IOVA + BigInt(number) * bytes + offset, pa, 9)).toBe(0);
        expect(await client.read(pa, 9)).toEqual(repeated(9));
        expect(await client.read(ipa + offset, 9)).toEqual(Buffer.alloc(9));
      }
    }
    expect(await takeEvents(client, EVENTQ)).toEqual([]);
  });

  it('splits a DMA over pages that lie apart', async () => {
    const { client, device, stream } = await start(12, 12);
    const ipas = [await stream.mapPage(IOVA), await stream.mapPage(IOVA + 0x1000n), await stream.mapPage(IOVA + 0x2000n)];
    const length = 0x1000 + 8;
    const first = await stream.pa(ipas[0]! + 0xffcn);
    // The read-back is of contiguous memory, which this is not: the device sees other bytes, memory tells.
    expect(await runTestDma(device, IOVA + 0xffcn, first, length)).toBe(0xdead_0004);
    expect(await client.read(first, 4)).toEqual(repeated(4));
    expect(await client.read(await stream.pa(ipas[1]!), 0x1000)).toEqual(repeated(0x1000));
    expect(await client.read(await stream.pa(ipas[2]!), 8)).toEqual(Buffer.concat([repeated(4), Buffer.alloc(4)]));
  });

  it('walks a 2 MiB stage 1 block over scattered 4 KiB pages', async () => {
    const { client, device, stream } = await start(12, 12);
    const ipa = await stream.allocate(0x20_0000);
    await stream.stage1.map(IOVA & ~0x1f_ffffn, ipa, 0xf40n, 2);
    for (const offset of [0n, 0x1_2340n, 0x1f_fff8n]) {
      const pa = await stream.pa(ipa + offset);
      expect(await runTestDma(device, (IOVA & ~0x1f_ffffn) + offset, pa)).toBe(0);
      expect(await client.read(pa, 4)).toEqual(PATTERN);
    }
  });

  it('uses a stage 2 mapping until the invalidation that the change requires', async () => {
    const { client, device, stream } = await start(12, 12);
    const ipa = await stream.mapPage(IOVA);
    const old = await stream.pa(ipa);
    expect(await runTestDma(device, IOVA, old)).toBe(0);
    await client.memset(old, 4, 0);
    const moved = 0x5ff0_0000n;
    await stream.stage2.map(ipa, moved, 0x7fcn);
    // CMD_TLBI_S2_IPA, CMD_TLBI_NH_ALL and CMD_SYNC, all of VMID 5.
    await issueCommands(client, CMDQ, [
      [0x2an | (5n << 32n), ipa],
      [0x10n | (5n << 32n), 0n],
      [0x46n, 0n],
    ]);
    expect(await runTestDma(device, IOVA, moved)).toBe(0);
    expect(await client.read(old, 4)).toEqual(Buffer.alloc(4));
  });
});

describe('faults, seen in the event queue', () => {
  it('stage 1 has no mapping: F_TRANSLATION', async () => {
    const { client, device, stream } = await start(12, 12);
    await stream.mapPage(IOVA);
    expect(await runTestDma(device, IOVA + 0x1234n, 0x4000_0000n)).toBe(WRITE_ABORTED);
    expect(await takeEvents(client, EVENTQ)).toEqual([[...record(F_TRANSLATION, 0n, CLASS.IN), IOVA + 0x1234n, 0n]]);
  });

  it('stage 1 is read-only: F_PERMISSION', async () => {
    const { client, device, stream } = await start(12, 12);
    const ipa = await stream.mapPage(IOVA, S1_READ_ONLY);
    expect(await runTestDma(device, IOVA + 8n, await stream.pa(ipa))).toBe(WRITE_ABORTED);
    const [event] = await takeEvents(client, EVENTQ);
    expect(event?.slice(0, 3)).toEqual([...record(F_PERMISSION, 0n, CLASS.IN), IOVA + 8n]);
  });

  it('stage 2 has no mapping for the final IPA: F_TRANSLATION with the IPA', async () => {
    const { client, device, stream } = await start(12, 12);
    const ipa = await stream.allocate(0x1000);
    await stream.stage1.map(IOVA, ipa, 0xf40n);
    expect(await runTestDma(device, IOVA + 0x10n, 0x4000_0000n)).toBe(WRITE_ABORTED);
    expect(await takeEvents(client, EVENTQ)).toEqual([[...record(F_TRANSLATION, 1n, CLASS.IN), IOVA + 0x10n, ipa]]);
  });

  it('stage 2 is read-only for the final IPA: F_PERMISSION', async () => {
    const { client, device, stream } = await start(12, 12);
    const ipa = await stream.allocate(0x1000);
    await stream.stage1.map(IOVA, ipa, 0xf40n);
    const pa = await stream.pa(ipa, S2_READ_ONLY);
    expect(await runTestDma(device, IOVA, pa)).toBe(WRITE_ABORTED);
    expect(await takeEvents(client, EVENTQ)).toEqual([[...record(F_PERMISSION, 1n, CLASS.IN), IOVA, ipa]]);
    expect(await client.read(pa, 4)).toEqual(Buffer.alloc(4));
  });

  it('stage 2 has no mapping for a stage 1 table: CLASS TT, and the IPA of the descriptor', async () => {
    const { client, device, stream } = await start(12, 12);
    await stream.mapPage(IOVA);
    const descriptor = await stream.stage1.descriptorAddress(IOVA);
    await client.writeq(await stream.stage2.descriptorAddress(descriptor), 0n);
    expect(await runTestDma(device, IOVA, 0x4000_0000n)).toBe(WRITE_ABORTED);
    expect(await takeEvents(client, EVENTQ)).toEqual([[...record(F_TRANSLATION, 1n, CLASS.TT), IOVA, descriptor & ~0xfffn]]);
  });

  it('an STE that is not valid: C_BAD_STE, and an interrupt when the queue gets its first record', async () => {
    const { client, device, stream } = await start(12, 12);
    await stream.writeSte([0n]);
    await client.writel(SMMU + 0x50n, 4);
    expect(await client.ask('irq_intercept_in /machine/gic')).toBe('OK');
    expect(await runTestDma(device, IOVA, 0x4000_0000n)).toBe(WRITE_ABORTED);
    expect(await runTestDma(device, IOVA, 0x4000_0000n)).toBe(WRITE_ABORTED);
    expect(client.interrupts).toEqual(['raise 74', 'lower 74']);
    const events = await takeEvents(client, EVENTQ);
    expect(events.map((words) => words[0])).toEqual([C_BAD_STE | (BigInt(SID) << 32n), C_BAD_STE | (BigInt(SID) << 32n)]);
  });
});

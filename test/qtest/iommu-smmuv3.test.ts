import { describe, expect, it } from 'vitest';
import { findDevices } from './pci-client.ts';
import { QtestClient } from './qtest-client.ts';
import { programSmmu } from './smmu-client.ts';
import { openTestDevice, PATTERN, runTestDma } from './test-device.ts';

// The memory of QEMU's iommu-smmuv3-test. The same tables serve both stages.
const STRTAB = 0x4e17_9000n;
const CD = 0x4e17_8fc0n;
const QUEUES = { cmdqBase: 0x4e16_b000n, eventqBase: 0x4e17_0000n, strtabBase: STRTAB, log2Size: 5 };
const TABLES = [0x4e4d_0000n, 0x4e4d_1000n, 0x4e4d_2000n, 0x4e4d_3000n] as const;
const IOVA = 0x80_8060_4567n;
const TARGET_PAGE = 0x4ecb_a000n;
const TARGET = 0x4ecb_a567n;

/** NSTable (bit 63) and a next-level table. */
const TABLE = 0x8000_0000_0000_0003n;
/** A stage 1 leaf, also used by stage 2 for what is only read: AP and S2AP 0b01. */
const LEAF = 0x0400_0000_0000_0763n;
/** A stage 2 leaf of the target: S2AP 0b11. */
const TARGET_LEAF = 0x0400_0000_0000_07e3n;

const CASES = [
  { name: 'ns-s1-only', config: 5n, stage1: true, stage2: false },
  { name: 'ns-s2-only', config: 6n, stage1: false, stage2: true },
  { name: 'ns-nested', config: 7n, stage1: true, stage2: true },
];

async function write64(client: QtestClient, address: bigint, words: readonly bigint[]): Promise<void> {
  for (const [i, word] of words.entries()) {
    for (const half of [0n, 1n]) {
      const at = address + BigInt(i * 8) + half * 4n;
      const value = Number((word >> (half * 32n)) & 0xffff_ffffn);
      await client.writel(at, value);
      expect(await client.readl(at)).toBe(value);
    }
  }
}

/** Maps the 4 KiB page of `address` through all four levels; a table's index is nine bits of the address. */
async function map(client: QtestClient, address: bigint, leaf: bigint): Promise<void> {
  for (const [level, table] of TABLES.entries()) {
    const index = (address >> BigInt(39 - 9 * level)) & 0x1ffn;
    const next = TABLES[level + 1];
    await client.writeq(table + index * 8n, next === undefined ? leaf : next | TABLE);
  }
}

async function buildTables(client: QtestClient, { stage1, stage2 }: { stage1: boolean; stage2: boolean }): Promise<void> {
  for (const table of TABLES) await map(client, table, table | LEAF);
  await map(client, IOVA, TARGET_PAGE | (stage1 ? LEAF : TARGET_LEAF));
  await map(client, TARGET_PAGE, TARGET_PAGE | TARGET_LEAF);
  if (stage1 && stage2) await map(client, CD, (CD & ~0xfffn) | LEAF);
}

async function hasType(question: string, given: object, name: string): Promise<boolean> {
  const client = await QtestClient.start('-machine none');
  const types = (await client.qmpAsk(question, given)) as { name: string }[];
  await client.quit();
  return types.some((type) => type.name === name);
}

describe("QEMU's iommu-smmuv3-test", () => {
  it('finds the machine and the interrupt controller it asks for, without which it would skip', async () => {
    expect(await hasType('query-machines', {}, 'virt')).toBe(true);
    expect(await hasType('qom-list-types', { implements: 'device', abstract: false }, 'arm-gicv3')).toBe(true);
  });

  it.each(CASES)('/aarch64/iommu-testdev/translation/$name', async ({ config, stage1, stage2 }) => {
    const client = await QtestClient.start(
      '-machine virt,acpi=off,gic-version=3,iommu=smmuv3 -smp 1 -m 512 -cpu max -net none -device iommu-testdev',
    );
    expect(await findDevices(client, 0x1b36, 0x0008)).toHaveLength(1);
    const device = await openTestDevice(client);
    expect(device.requesterId).toBe(8);
    await client.memset(TARGET, 4, 0);

    const s2 = (20n << 32n) | (2n << 38n) | (5n << 48n) | (1n << 51n);
    await write64(client, STRTAB + 8n * 64n, [1n | (config << 1n) | CD, 0n, s2, TABLES[0], 0n, 0n, 0n, 0n]);
    // NSCFG0 and NSCFG1 are bit 0 of the words of TTB0 and TTB1.
    const cd0 = 16n | (1n << 30n) | (1n << 31n) | (4n << 32n) | (1n << 41n) | (1n << 45n) | (1n << 46n) | (0x1e20n << 48n);
    if (stage1) await write64(client, CD, [cd0, TABLES[0] | 1n, 1n, 0n, 0n, 0n, 0n, 0n]);
    await buildTables(client, { stage1, stage2 });
    await programSmmu(client, QUEUES);

    expect((await runTestDma(device, IOVA, TARGET)).toString(16)).toBe('0');
    expect(await client.read(TARGET, 4)).toEqual(PATTERN);
    await client.quit();
  });
});

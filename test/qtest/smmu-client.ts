import type { QtestClient } from './qtest-client.ts';

/** Where `virt` has its SMMU. */
export const SMMU = 0x0905_0000n;

/** Register offsets (IHI 0070 6.2). */
const REG = {
  CR0: 0x20,
  CR0ACK: 0x24,
  CR1: 0x28,
  GBPA: 0x44,
  STRTAB_BASE: 0x80,
  STRTAB_BASE_CFG: 0x88,
  CMDQ_BASE: 0x90,
  CMDQ_PROD: 0x98,
  CMDQ_CONS: 0x9c,
  EVENTQ_BASE: 0xa0,
  EVENTQ_PROD_ALIAS: 0xa8,
  EVENTQ_CONS_ALIAS: 0xac,
  EVENTQ_PROD: 0x1_00a8,
  EVENTQ_CONS: 0x1_00ac,
} as const;

export interface Queues {
  readonly cmdqBase: bigint;
  readonly eventqBase: bigint;
  readonly strtabBase: bigint;
  /** log2 of the number of STEs. */
  readonly log2Size: number;
}

const QUEUE_LOG2SIZE = 10n;
const EVENT_BYTES = 32;

/** Programs the SMMU in the order, and at the offsets, that QEMU's own test does: nothing is read back. */
export async function programSmmu(client: QtestClient, queues: Queues): Promise<void> {
  const writel = (offset: number, value: number): Promise<void> => client.writel(SMMU + BigInt(offset), value);
  const writeq = (offset: number, value: bigint): Promise<void> => client.writeq(SMMU + BigInt(offset), value);
  await writel(REG.GBPA, 0x8000_0000);
  await writel(REG.CR0, 0);
  await writel(REG.CR1, 0x0d75);
  await writeq(REG.CMDQ_BASE, queues.cmdqBase | QUEUE_LOG2SIZE);
  await writel(REG.CMDQ_CONS, 0);
  await writel(REG.CMDQ_PROD, 0);
  await writeq(REG.EVENTQ_BASE, queues.eventqBase | QUEUE_LOG2SIZE);
  await writel(REG.EVENTQ_PROD_ALIAS, 0);
  await writel(REG.EVENTQ_CONS_ALIAS, 0);
  await writel(REG.STRTAB_BASE_CFG, queues.log2Size);
  await writeq(REG.STRTAB_BASE, queues.strtabBase);
  await writel(REG.CR0, 0xd);
}

/** The four 64-bit words of each record in the event queue that has not been taken yet; takes them. */
export async function takeEvents(client: QtestClient, eventqBase: bigint): Promise<bigint[][]> {
  const producer = await client.readl(SMMU + BigInt(REG.EVENTQ_PROD));
  const consumer = await client.readl(SMMU + BigInt(REG.EVENTQ_CONS));
  const entries = 1 << Number(QUEUE_LOG2SIZE);
  const records: bigint[][] = [];
  for (let index = consumer % entries; index !== producer % entries; index = (index + 1) % entries) {
    const bytes = await client.read(eventqBase + BigInt(index * EVENT_BYTES), EVENT_BYTES);
    records.push([0, 8, 16, 24].map((offset) => bytes.readBigUInt64LE(offset)));
  }
  await client.writel(SMMU + BigInt(REG.EVENTQ_CONS), producer);
  return records;
}

/** Puts 16-byte commands into the command queue, and expects each to be consumed when the write returns. */
export async function issueCommands(
  client: QtestClient,
  cmdqBase: bigint,
  commands: readonly (readonly [bigint, bigint])[],
): Promise<void> {
  const entries = 1 << Number(QUEUE_LOG2SIZE);
  for (const [low, high] of commands) {
    const producer = await client.readl(SMMU + BigInt(REG.CMDQ_PROD));
    const entry = cmdqBase + BigInt((producer % entries) * 16);
    await client.writeq(entry, low);
    await client.writeq(entry + 8n, high);
    const next = (producer + 1) % (2 * entries);
    await client.writel(SMMU + BigInt(REG.CMDQ_PROD), next);
    const consumed = await client.readl(SMMU + BigInt(REG.CMDQ_CONS));
    if (consumed !== next) throw new Error(`CMDQ_CONS is ${consumed.toString(16)}, expected ${next.toString(16)}`);
  }
}

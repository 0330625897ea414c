import { afterEach, describe, expect, it } from 'vitest';
import { EVENTQ, NestedStream } from './nested-stream.ts';
import { findDevice } from './pci-client.ts';
import type { PciDevice } from './pci-client.ts';
import { QtestClient } from './qtest-client.ts';
import { takeEvents } from './smmu-client.ts';

const IOVA = 0x12_3450_0000n;
const BUFFER = 0x4_0000n;
const MASK = '0xffffffffffffffff';
const TO_BUFFER = 1n;
const TO_MEMORY = 3n;

let client: QtestClient;

afterEach(() => client.quit());

const findEdu = (bus: number): Promise<PciDevice> => findDevice(client, 0x1234, 0x11e8, bus);

async function openEdu(): Promise<PciDevice> {
  const edu = await findEdu(0);
  await edu.enable();
  await edu.mapBar0();
  return edu;
}

async function dma(edu: PciDevice, source: bigint, destination: bigint, count: number, command: bigint): Promise<void> {
  await edu.barWrite64(0x80, source);
  await edu.barWrite64(0x88, destination);
  await edu.barWrite64(0x90, BigInt(count));
  await edu.barWrite64(0x98, command);
}

describe('edu', () => {
  it.each([
    { bus: 1, sid: 0x100 },
    { bus: 0x80, sid: 0x8000 },
  ])('reads and writes through both stages behind a root port, with StreamID $sid', async ({ bus, sid }) => {
    client = await QtestClient.start(
      `-machine virt,iommu=smmuv3 -m 512 -net none -device iommu-testdev -device pcie-root-port,id=rp0,chassis=1,addr=3 -device edu,bus=rp0,dma_mask=${MASK}`,
    );
    const port = await findDevice(client, 0x1b36, 0x000c);
    expect(port.requesterId).toBe(3 << 3);
    expect(await port.config(0x0e, 1)).toBe(1);
    await port.openBridge(bus, 0x1020_0000, 0x103f_ffff);
    const edu = await findEdu(bus);
    expect(edu.requesterId).toBe(sid);
    await edu.enable();
    expect(await edu.mapBar0(0x1020_0000)).toEqual({ address: 0x1020_0000, size: 0x10_0000 });
    expect(await edu.barRead(0)).toBe(0x0100_00ed);

    const stream = await NestedStream.create(client, { sid, s1: 12, s2: 12 });
    const from = await stream.pa((await stream.mapPage(IOVA)) + 0xffdn);
    const fromNext = await stream.pa(await stream.mapPage(IOVA + 0x1000n));
    const to = await stream.pa((await stream.mapPage(IOVA + 0x7000n)) + 0x31n);
    await client.write(from, Buffer.from([1, 2, 3]));
    await client.write(fromNext, Buffer.from([4, 5]));
    await dma(edu, IOVA + 0xffdn, BUFFER + 5n, 5, TO_BUFFER);
    await dma(edu, BUFFER + 5n, IOVA + 0x7031n, 5, TO_MEMORY);
    expect([...(await client.read(to - 1n, 7))]).toEqual([0, 1, 2, 3, 4, 5, 0]);
    expect(await takeEvents(client, EVENTQ)).toEqual([]);

    await dma(edu, IOVA + 0x9abcn, BUFFER, 4, TO_BUFFER);
    const [event] = await takeEvents(client, EVENTQ);
    const read = 1n << 35n;
    expect(event?.slice(0, 3)).toEqual([0x10n | (BigInt(sid) << 32n), read | (2n << 40n), IOVA + 0x9abcn]);
  });

  it('reaches memory directly in a machine without an SMMU', async () => {
    client = await QtestClient.start(`-machine virt -net none -device edu,dma_mask=${MASK}`);
    const edu = await openEdu();
    await client.write(0x4000_1000n, Buffer.from([7, 8]));
    await dma(edu, 0x4000_1000n, BUFFER, 2, TO_BUFFER);
    await dma(edu, BUFFER, 0x4000_1003n, 2, TO_MEMORY);
    expect([...(await client.read(0x4000_1000n, 5))]).toEqual([7, 8, 0, 7, 8]);
  });

  it('drives 28 address bits unless told otherwise', async () => {
    client = await QtestClient.start('-machine virt,iommu=smmuv3 -m 512 -net none -device edu');
    const edu = await openEdu();
    const stream = await NestedStream.create(client, { sid: edu.requesterId, s1: 12, s2: 12 });
    const pa = await stream.pa(await stream.mapPage(0x0abc_d000n));
    await client.write(pa, Buffer.from([9]));
    await dma(edu, 0x7_fabc_d000n, BUFFER, 1, TO_BUFFER);
    await dma(edu, BUFFER, 0x7_fabc_d001n, 1, TO_MEMORY);
    expect([...(await client.read(pa, 2))]).toEqual([9, 9]);
  });
});

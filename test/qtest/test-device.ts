import { findDevice } from './pci-client.ts';
import type { PciDevice } from './pci-client.ts';
import type { QtestClient } from './qtest-client.ts';

const RED_HAT = 0x1b36;
const TEST_DEVICE = 0x0005;

const TRIGGERING = 0x00;
const GVA_LO = 0x04;
const GVA_HI = 0x08;
const LEN = 0x0c;
const RESULT = 0x10;
const DBELL = 0x14;
const ATTRS = 0x18;
const GPA_LO = 0x1c;
const GPA_HI = 0x20;

const ARMED = 0xffff_fffe;
const NON_SECURE_VALID = 0x0a;

/** What the device writes, in memory order. */
export const PATTERN = Buffer.from([0x78, 0x56, 0x34, 0x12]);

/** Finds `iommu-testdev`, enables it, and maps its registers after that. */
export async function openTestDevice(client: QtestClient): Promise<PciDevice> {
  const device = await findDevice(client, RED_HAT, TEST_DEVICE);
  await device.enable();
  await device.mapBar0();
  return device;
}

/** One DMA: writes the pattern at `iova`, reads it back at physical address `gpa`. Gives RESULT. */
export async function runTestDma(device: PciDevice, iova: bigint, gpa: bigint, length = 4): Promise<number> {
  const low = (value: bigint): number => Number(value & 0xffff_ffffn);
  await device.barWrite(GVA_LO, low(iova));
  await device.barWrite(GVA_HI, low(iova >> 32n));
  await device.barWrite(GPA_LO, low(gpa));
  await device.barWrite(GPA_HI, low(gpa >> 32n));
  await device.barWrite(LEN, length);
  await device.barWrite(ATTRS, NON_SECURE_VALID);
  await device.barWrite(DBELL, 1);
  const armed = await device.barRead(RESULT);
  if (armed !== ARMED) throw new Error(`armed, RESULT reads ${armed.toString(16)}`);
  await device.barRead(TRIGGERING);
  return device.barRead(RESULT);
}

import type { QtestClient } from './qtest-client.ts';

const ECAM = 0x40_1000_0000n;
const MMIO_START = 0x1000_0000;
const COMMAND = 0x04;
const BAR0 = 0x10;
const BUS_NUMBERS = 0x18;
const MEMORY_WINDOW = 0x20;
const COMMAND_BITS = 7;

/** A function of the machine's PCI buses, used by 2- and 4-byte `read` and `write` as libqos does. */
export class PciDevice {
  readonly client: QtestClient;
  readonly requesterId: number;
  #bar = 0n;

  constructor(client: QtestClient, requesterId: number) {
    this.client = client;
    this.requesterId = requesterId;
  }

  async config(register: number, width: number): Promise<number> {
    return (await this.client.read(this.#configAddress(register), width)).readUIntLE(0, width);
  }

  async setConfig(register: number, width: number, value: number): Promise<void> {
    const bytes = Buffer.alloc(width);
    bytes.writeUIntLE(value, 0, width);
    await this.client.write(this.#configAddress(register), bytes);
  }

  /** Sets I/O, memory and bus master enable, and expects to see each. */
  async enable(): Promise<void> {
    await this.setConfig(COMMAND, 2, (await this.config(COMMAND, 2)) | COMMAND_BITS);
    const command = await this.config(COMMAND, 2);
    if ((command & COMMAND_BITS) !== COMMAND_BITS) throw new Error(`the command register reads ${command.toString(16)}`);
  }

  /** Sizes BAR 0 by writing all ones, then places it at the first fitting address from `from` on. */
  async mapBar0(from = MMIO_START): Promise<{ address: number; size: number }> {
    await this.setConfig(BAR0, 4, 0xffff_ffff);
    const probed = await this.config(BAR0, 4);
    const size = (~(probed & ~0xf) + 1) >>> 0;
    const address = Math.ceil(from / size) * size;
    await this.setConfig(BAR0, 4, address);
    this.#bar = BigInt(address);
    return { address, size };
  }

  async barRead(offset: number): Promise<number> {
    return (await this.client.read(this.#bar + BigInt(offset), 4)).readUInt32LE();
  }

  async barWrite(offset: number, value: number): Promise<void> {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    await this.client.write(this.#bar + BigInt(offset), bytes);
  }

  async barWrite64(offset: number, value: bigint): Promise<void> {
    await this.client.writeq(this.#bar + BigInt(offset), value);
  }

  /** Makes this bridge lead to bus `number` and to the mebibytes from `base` to `last`. */
  async openBridge(number: number, base: number, last: number): Promise<void> {
    await this.setConfig(BUS_NUMBERS, 4, (number << 16) | (number << 8));
    await this.setConfig(MEMORY_WINDOW, 4, ((last >>> 16) << 16) | (base >>> 16));
    await this.enable();
  }

  #configAddress(register: number): bigint {
    return ECAM + BigInt((this.requesterId << 12) + register);
  }
}

/** Looks at all 256 functions of a bus and gives those with this vendor and device id. */
export async function findDevices(client: QtestClient, vendor: number, device: number, bus = 0): Promise<PciDevice[]> {
  const found: PciDevice[] = [];
  for (let devfn = 0; devfn < 256; devfn++) {
    const candidate = new PciDevice(client, (bus << 8) | devfn);
    const id = await candidate.config(0, 2);
    if (id === vendor && (await candidate.config(2, 2)) === device) found.push(candidate);
  }
  return found;
}

/** The one such function of a bus. */
export async function findDevice(client: QtestClient, vendor: number, device: number, bus = 0): Promise<PciDevice> {
  const [found, ...others] = await findDevices(client, vendor, device, bus);
  if (found === undefined || others.length > 0) throw new Error(`expected one ${vendor.toString(16)}:${device.toString(16)} on bus ${bus}`);
  return found;
}

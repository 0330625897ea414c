import type { BusMasterFactory } from './bus-master.ts';
import { PCI } from './config-space.ts';
import type { MmioTarget } from './mmio.ts';
import { PciBus } from './pci-bus.ts';
import { PciFunction } from './pci-function.ts';
import type { Bus } from './pci-function.ts';

const MEBIBYTE = 0x10_0000;

/**
 * QEMU's `pcie-root-port` (1b36:000c): a type 1 function whose secondary bus has the number that software writes.
 * Memory accesses pass downwards inside the memory window while memory space is enabled.
 */
export class RootPort extends PciFunction {
  readonly secondary: PciBus;

  constructor(masters: BusMasterFactory, multifunction = false) {
    super(
      { vendor: 0x1b36, device: 0x000c, revision: 0, classCode: 0x06_04_00, headerType: 1, express: true, interruptPin: 1 },
      multifunction,
    );
    const { config } = this;
    for (const offset of [PCI.PRIMARY_BUS, PCI.SECONDARY_BUS, PCI.SUBORDINATE_BUS]) config.makeWritable(offset, 1, 0xff);
    for (const offset of [PCI.IO_BASE, PCI.IO_LIMIT]) config.makeWritable(offset, 1, 0xf0);
    for (const offset of [PCI.MEMORY_BASE, PCI.MEMORY_LIMIT, PCI.PREFETCH_BASE, PCI.PREFETCH_LIMIT]) config.makeWritable(offset, 2, 0xfff0);
    for (const offset of [PCI.PREFETCH_BASE_UPPER, PCI.PREFETCH_LIMIT_UPPER]) config.makeWritable(offset, 4, -1);
    config.makeWritable(PCI.BRIDGE_CONTROL, 2, 0x003f);
    // A 64-bit prefetchable window is there (PCI-to-PCI Bridge 1.2, 3.2.5.9).
    for (const offset of [PCI.PREFETCH_BASE, PCI.PREFETCH_LIMIT]) config.set(offset, 2, 1);
    this.secondary = new PciBus({
      number: () => config.read(PCI.SECONDARY_BUS, 1),
      masters,
      interrupts: (pin, level) => this.#passInterrupt(pin, level),
      firstFreeSlot: 0,
    });
  }

  override findBus(number: number): Bus | null {
    return this.secondary.find(number);
  }

  override decode(address: number): MmioTarget | null {
    return this.memoryEnabled && (this.#inMemoryWindow(address) || this.#inPrefetchWindow(address)) ? this.secondary.decode(address) : null;
  }

  #passInterrupt(pin: number, level: boolean): void {
    this.bus?.raise(this.devfn, pin, level);
  }

  #inMemoryWindow(address: number): boolean {
    const base = this.config.read(PCI.MEMORY_BASE, 2) >>> 4;
    const limit = this.config.read(PCI.MEMORY_LIMIT, 2) >>> 4;
    return between(address, base * MEBIBYTE, limit * MEBIBYTE);
  }

  #inPrefetchWindow(address: number): boolean {
    const edge = (low: number, upper: number): number => this.config.read(upper, 4) * 2 ** 32 + (this.config.read(low, 2) >>> 4) * MEBIBYTE;
    return between(address, edge(PCI.PREFETCH_BASE, PCI.PREFETCH_BASE_UPPER), edge(PCI.PREFETCH_LIMIT, PCI.PREFETCH_LIMIT_UPPER));
  }
}

/** Windows are whole mebibytes, `limit` names the last one; a limit below the base closes the window. */
function between(address: number, base: number, limit: number): boolean {
  return address >= base && address < limit + MEBIBYTE;
}

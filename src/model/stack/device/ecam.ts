import type { Mmio } from './mmio.ts';
import type { PciBus } from './pci-bus.ts';

/**
 * Configuration space of 256 buses in memory (PCI Express 5.0 7.2.2): bus in bits 27:20 of the offset, devfn in 19:12,
 * register in 11:0. Where there is no function, reads give all ones and writes nothing.
 */
export class Ecam implements Mmio {
  readonly size = 0x1000_0000;
  readonly narrowest = 1;
  readonly widest = 4;
  private readonly root: PciBus;

  constructor(root: PciBus) {
    this.root = root;
  }

  read(offset: number, width: number): bigint {
    return BigInt(this.#function(offset)?.config.read(offset & 0xfff, width) ?? 0xffff_ffff >>> (32 - 8 * width));
  }

  write(offset: number, width: number, value: bigint): void {
    this.#function(offset)?.config.write(offset & 0xfff, width, Number(value));
  }

  #function(offset: number) {
    return this.root.find(offset >>> 20)?.at((offset >>> 12) & 0xff);
  }
}

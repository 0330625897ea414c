import { assert } from '../../base/assert.ts';
import type { BusMasterFactory } from './bus-master.ts';
import type { MmioTarget } from './mmio.ts';
import type { Bus, PciFunction } from './pci-function.ts';

/** Receives a bus's interrupt wires; `pin` is 0 to 3 for INTA to INTD. */
export type InterruptSink = (pin: number, level: boolean) => void;

export interface PciBusOptions {
  /** The number software gave the bus: 0 for the root bus, the secondary bus number behind a bridge. */
  readonly number: () => number;
  readonly masters: BusMasterFactory;
  readonly interrupts: InterruptSink;
  /** Whether functions stand at this bus's slot 0 only (behind a root port) or the host bridge does (root bus). */
  readonly firstFreeSlot: 0 | 1;
}

const SLOTS = 32;

/** A PCI bus: up to 256 functions by devfn (slot << 3 | function). */
export class PciBus implements Bus {
  readonly number: () => number;
  readonly masters: BusMasterFactory;
  private readonly interrupts: InterruptSink;
  private readonly firstFreeSlot: number;
  private readonly functions = new Map<number, PciFunction>();

  constructor(options: PciBusOptions) {
    this.number = options.number;
    this.masters = options.masters;
    this.interrupts = options.interrupts;
    this.firstFreeSlot = options.firstFreeSlot;
  }

  at(devfn: number): PciFunction | undefined {
    return this.functions.get(devfn);
  }

  /** The devfn of the first slot with nothing in it, or null when the bus is full. */
  freeDevfn(): number | null {
    for (let slot = this.firstFreeSlot; slot < SLOTS; slot++) {
      if (![...this.functions.keys()].some((devfn) => devfn >>> 3 === slot)) return slot << 3;
    }
    return null;
  }

  plug(devfn: number, fn: PciFunction): void {
    assert(devfn >= 0 && devfn < 256 && !this.functions.has(devfn), 'a function is plugged into a free place');
    this.functions.set(devfn, fn);
    fn.attach(
      this,
      devfn,
      this.masters(() => fn.requesterId),
    );
  }

  /** This bus or one behind it. Bus numbers are what software wrote, so two may clash: the first found answers. */
  find(number: number): Bus | null {
    if (this.number() === number) return this;
    for (const fn of this.functions.values()) {
      const bus = fn.findBus(number);
      if (bus !== null) return bus;
    }
    return null;
  }

  /** Where a memory access on this bus goes. */
  decode(address: number): MmioTarget | null {
    for (const fn of this.functions.values()) {
      const target = fn.decode(address);
      if (target !== null) return target;
    }
    return null;
  }

  /** A function drives its pin; slots rotate the four wires (PCI-to-PCI Bridge 1.2, 9.1). */
  raise(devfn: number, pin: number, level: boolean): void {
    this.interrupts(((devfn >>> 3) + pin) % 4, level);
  }
}

import { assert } from '../../base/assert.ts';
import type { BusMaster } from './bus-master.ts';
import { COMMAND, ConfigSpace, PCI } from './config-space.ts';
import type { Mmio, MmioTarget } from './mmio.ts';

export interface PciIdentity {
  readonly vendor: number;
  readonly device: number;
  readonly revision: number;
  /** 24 bits: class, subclass, programming interface. */
  readonly classCode: number;
  /** 0 an ordinary function, 1 a PCI-to-PCI bridge. */
  readonly headerType: 0 | 1;
  /** True: 4096 bytes of configuration space, else 256. */
  readonly express: boolean;
  /** 1 to 4 for INTA to INTD, 0 for none. */
  readonly interruptPin: 0 | 1 | 2 | 3 | 4;
}

/** The bus a function is plugged into, as functions see it. */
export interface Bus {
  /** The number software gave the bus. */
  number(): number;
  at(devfn: number): PciFunction | undefined;
  /** This bus or one behind it that has the number. */
  find(number: number): Bus | null;
  /** A function drives its interrupt pin: 0 to 3 for INTA to INTD. */
  raise(devfn: number, pin: number, level: boolean): void;
}

const BAR_COUNT = 6;
const QEMU_SUBSYSTEM = { vendor: 0x1af4, id: 0x1100 } as const;

/** One PCI function: identity, command register, memory BARs, its place on a bus and what it uses for DMA. */
export class PciFunction {
  readonly config: ConfigSpace;
  private readonly bars: (Mmio | undefined)[] = [];
  private _master: BusMaster | null = null;
  private _bus: Bus | null = null;
  private _devfn = 0;

  constructor(identity: PciIdentity, multifunction = false) {
    const config = new ConfigSpace(identity.express ? 4096 : 256);
    config.set(PCI.VENDOR_ID, 2, identity.vendor);
    config.set(PCI.DEVICE_ID, 2, identity.device);
    config.set(PCI.REVISION_ID, 1, identity.revision);
    config.set(PCI.CLASS_CODE, 3, identity.classCode);
    config.set(PCI.HEADER_TYPE, 1, identity.headerType | (multifunction ? 0x80 : 0));
    config.set(PCI.INTERRUPT_PIN, 1, identity.interruptPin);
    if (identity.headerType === 0) {
      config.set(PCI.SUBSYSTEM_VENDOR_ID, 2, QEMU_SUBSYSTEM.vendor);
      config.set(PCI.SUBSYSTEM_ID, 2, QEMU_SUBSYSTEM.id);
    }
    config.makeWritable(PCI.COMMAND, 2, COMMAND.IO | COMMAND.MEMORY | COMMAND.BUS_MASTER | COMMAND.SERR | COMMAND.INTX_DISABLE);
    config.makeWritable(PCI.CACHE_LINE_SIZE, 1, 0xff);
    config.makeWritable(PCI.INTERRUPT_LINE, 1, 0xff);
    this.config = config;
  }

  /** Slot and function on its bus: slot << 3 | function. */
  get devfn(): number {
    return this._devfn;
  }

  /** Bus number << 8 | devfn: the StreamID of this function's accesses. Follows the bus number software wrote. */
  get requesterId(): number {
    return ((this._bus?.number() ?? 0) << 8) | this._devfn;
  }

  get memoryEnabled(): boolean {
    return (this.config.read(PCI.COMMAND, 2) & COMMAND.MEMORY) !== 0;
  }

  get busMasterEnabled(): boolean {
    return (this.config.read(PCI.COMMAND, 2) & COMMAND.BUS_MASTER) !== 0;
  }

  /** Called once, when the function is plugged in. */
  attach(bus: Bus, devfn: number, master: BusMaster): void {
    assert(this._bus === null, 'a function is plugged in once');
    this._bus = bus;
    this._devfn = devfn;
    this._master = master;
  }

  /** Where in this function's BARs (for a bridge: behind it) the physical address goes, if anywhere. */
  decode(address: number): MmioTarget | null {
    if (!this.memoryEnabled) return null;
    for (const [index, mmio] of this.bars.entries()) {
      if (mmio === undefined) continue;
      const offset = address - this.config.read(PCI.BAR0 + 4 * index, 4);
      if (offset >= 0 && offset < mmio.size) return { mmio, offset };
    }
    return null;
  }

  /** The bus with this number at or behind this function: only bridges have one. */
  findBus(_number: number): Bus | null {
    return null;
  }

  protected get bus(): Bus | null {
    return this._bus;
  }

  protected get master(): BusMaster {
    assert(this._master !== null, 'a device does DMA only when plugged in');
    return this._master;
  }

  /** A 32-bit memory BAR: writing all ones reads back the size, as enumeration expects. */
  protected addMemoryBar(index: number, mmio: Mmio): void {
    assert(index < BAR_COUNT && mmio.size >= 4096 && (mmio.size & (mmio.size - 1)) === 0, 'a BAR is a power of two of whole pages');
    this.bars[index] = mmio;
    this.config.makeWritable(PCI.BAR0 + 4 * index, 4, -mmio.size);
  }

  /** Drives this function's interrupt pin. */
  protected setInterrupt(level: boolean): void {
    const pin = this.config.read(PCI.INTERRUPT_PIN, 1);
    const disabled = (this.config.read(PCI.COMMAND, 2) & COMMAND.INTX_DISABLE) !== 0;
    if (pin !== 0) this._bus?.raise(this._devfn, pin - 1, level && !disabled);
  }
}

import { assert } from '../../base/assert.ts';

/** Offsets of the PCI configuration header, in bytes (PCI Local Bus 3.0 6.1; bridges: PCI-to-PCI Bridge 1.2 3.2). */
export const PCI = {
  VENDOR_ID: 0x00,
  DEVICE_ID: 0x02,
  COMMAND: 0x04,
  REVISION_ID: 0x08,
  CLASS_CODE: 0x09,
  CACHE_LINE_SIZE: 0x0c,
  HEADER_TYPE: 0x0e,
  BAR0: 0x10,
  PRIMARY_BUS: 0x18,
  SECONDARY_BUS: 0x19,
  SUBORDINATE_BUS: 0x1a,
  IO_BASE: 0x1c,
  IO_LIMIT: 0x1d,
  MEMORY_BASE: 0x20,
  MEMORY_LIMIT: 0x22,
  PREFETCH_BASE: 0x24,
  PREFETCH_LIMIT: 0x26,
  PREFETCH_BASE_UPPER: 0x28,
  PREFETCH_LIMIT_UPPER: 0x2c,
  SUBSYSTEM_VENDOR_ID: 0x2c,
  SUBSYSTEM_ID: 0x2e,
  INTERRUPT_LINE: 0x3c,
  INTERRUPT_PIN: 0x3d,
  BRIDGE_CONTROL: 0x3e,
} as const;

/** Bits of the command register. */
export const COMMAND = { IO: 1, MEMORY: 2, BUS_MASTER: 4, SERR: 0x100, INTX_DISABLE: 0x400 } as const;

/**
 * Configuration space of one function: 256 bytes (conventional) or 4096 (PCI Express). Bits are read-only unless made
 * writable; reads past the end give all ones, as a bus without an answer does.
 */
export class ConfigSpace {
  private readonly bytes: Uint8Array;
  private readonly writable: Uint8Array;

  constructor(size: 256 | 4096) {
    this.bytes = new Uint8Array(size);
    this.writable = new Uint8Array(size);
  }

  /** The value a register has at power-on. `width` in bytes. */
  set(offset: number, width: number, value: number): void {
    assert(offset + width <= this.bytes.length, 'a register lies inside the configuration space');
    for (let i = 0; i < width; i++) this.bytes[offset + i] = value >>> (8 * i);
  }

  /** Lets software write the bits of `mask`. */
  makeWritable(offset: number, width: number, mask: number): void {
    for (let i = 0; i < width; i++) this.writable[offset + i] = mask >>> (8 * i);
  }

  /** `width` is 1, 2 or 4 bytes. */
  read(offset: number, width: number): number {
    if (offset + width > this.bytes.length) return 0xffff_ffff >>> (32 - 8 * width);
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = ((value << 8) | this.bytes[offset + i]!) >>> 0;
    return value;
  }

  /** Software's write: changes the writable bits only. */
  write(offset: number, width: number, value: number): void {
    if (offset + width > this.bytes.length) return;
    for (let i = 0; i < width; i++) {
      const mask = this.writable[offset + i]!;
      this.bytes[offset + i] = (this.bytes[offset + i]! & ~mask) | ((value >>> (8 * i)) & mask);
    }
  }
}

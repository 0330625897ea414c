import type { PhysicalMemory } from '../../memory/physical-memory.ts';
import type { Mmio } from './mmio.ts';
import { PciFunction } from './pci-function.ts';

/** Registers of BAR0, by byte offset. 32-bit accesses only. */
export const TESTDEV = {
  /** Reading it runs the armed DMA. */
  TRIGGERING: 0x00,
  /** IOVA the pattern is written at. */
  GVA_LO: 0x04,
  GVA_HI: 0x08,
  /** Bytes. */
  LEN: 0x0c,
  RESULT: 0x10,
  /** Bit 0: 1 arms, 0 disarms. */
  DBELL: 0x14,
  /** Bit 0 Secure, bits 2:1 space (0 Secure, 1 Non-secure), bit 3 space valid. */
  ATTRS: 0x18,
  /** Physical address of the read-back. */
  GPA_LO: 0x1c,
  GPA_HI: 0x20,
} as const;

/** Values of RESULT. */
export const TESTDEV_RESULT = {
  OK: 0,
  IDLE: 0xffff_ffff,
  ARMED: 0xffff_fffe,
  LENGTH: 0xdead_0001,
  WRITE_ABORTED: 0xdead_0002,
  READ_FAILED: 0xdead_0003,
  MISMATCH: 0xdead_0004,
  NOT_ARMED: 0xdead_0005,
  ATTRIBUTES: 0xdead_0006,
} as const;

/** What the DMA writes, over and over, in memory order. */
const PATTERN = [0x78, 0x56, 0x34, 0x12];

/** A long DMA is done in pieces of this many bytes. */
const PIECE_BYTES = 0x1_0000;
const PIECE = Uint8Array.from({ length: PIECE_BYTES }, (_, i) => PATTERN[i % 4]!);

const SPACE_NON_SECURE = 1;

/**
 * QEMU's `iommu-testdev` (1b36:0005): writes a pattern at an IOVA through the SMMU, then reads it back at a physical
 * address directly from memory and compares. It never reads through the SMMU and does not look at its bus master
 * enable. All streams are Non-secure here, so ATTRS is only checked for consistency.
 */
export class IommuTestDevice extends PciFunction implements Mmio {
  readonly size = 0x1000;
  readonly narrowest = 4;
  readonly widest = 4;
  private readonly memory: PhysicalMemory;
  private readonly registers = new Map<number, number>([
    [TESTDEV.GVA_LO, 0],
    [TESTDEV.GVA_HI, 0],
    [TESTDEV.LEN, 0],
    [TESTDEV.RESULT, TESTDEV_RESULT.IDLE],
    [TESTDEV.ATTRS, SPACE_NON_SECURE << 1],
    [TESTDEV.GPA_LO, 0],
    [TESTDEV.GPA_HI, 0],
  ]);
  private armed = false;

  constructor(memory: PhysicalMemory, multifunction = false) {
    super(
      { vendor: 0x1b36, device: 0x0005, revision: 0, classCode: 0xff_00_00, headerType: 0, express: false, interruptPin: 0 },
      multifunction,
    );
    this.memory = memory;
    this.addMemoryBar(0, this);
  }

  read(offset: number): bigint {
    if (offset === TESTDEV.TRIGGERING) this.#trigger();
    return BigInt(this.registers.get(offset) ?? 0);
  }

  write(offset: number, _width: number, value: bigint): void {
    const word = Number(value);
    if (this.registers.has(offset)) this.registers.set(offset, word);
    if (offset !== TESTDEV.DBELL) return;
    this.armed = (word & 1) !== 0;
    this.registers.set(TESTDEV.RESULT, this.armed ? TESTDEV_RESULT.ARMED : TESTDEV_RESULT.IDLE);
  }

  /** Values are those of now; the request is spent even when it fails. */
  #trigger(): void {
    this.registers.set(TESTDEV.RESULT, this.armed ? this.#run() : TESTDEV_RESULT.NOT_ARMED);
    this.armed = false;
  }

  #run(): number {
    const length = this.#value(TESTDEV.LEN);
    if (length === 0) return TESTDEV_RESULT.LENGTH;
    if (!this.#attributesConsistent()) return TESTDEV_RESULT.ATTRIBUTES;
    if (!this.#writePattern(this.#pair(TESTDEV.GVA_HI, TESTDEV.GVA_LO), length)) return TESTDEV_RESULT.WRITE_ABORTED;
    return this.#compare(this.#pair(TESTDEV.GPA_HI, TESTDEV.GPA_LO), length);
  }

  #attributesConsistent(): boolean {
    const attributes = this.#value(TESTDEV.ATTRS);
    const secure = (attributes & 1) !== 0;
    const space = (attributes >>> 1) & 3;
    const spaceValid = (attributes & 8) !== 0;
    return !spaceValid || space > SPACE_NON_SECURE || secure === (space !== SPACE_NON_SECURE);
  }

  #writePattern(iova: bigint, length: number): boolean {
    for (let done = 0; done < length; done += PIECE_BYTES) {
      const address = BigInt.asUintN(64, iova + BigInt(done));
      if (!this.master.write(address, PIECE.subarray(0, length - done))) return false;
    }
    return true;
  }

  #compare(pa: bigint, length: number): number {
    if (!this.memory.contains(pa, length)) return TESTDEV_RESULT.READ_FAILED;
    for (let done = 0; done < length; done += PIECE_BYTES) {
      const bytes = this.memory.readBytes(pa + BigInt(done), Math.min(PIECE_BYTES, length - done));
      if (!bytes?.every((byte, i) => byte === PIECE[i])) return TESTDEV_RESULT.MISMATCH;
    }
    return TESTDEV_RESULT.OK;
  }

  #value(offset: number): number {
    return this.registers.get(offset) ?? 0;
  }

  #pair(high: number, low: number): bigint {
    return (BigInt(this.#value(high)) << 32n) | BigInt(this.#value(low));
  }
}

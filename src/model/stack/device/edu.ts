import type { Mmio } from './mmio.ts';
import { PciFunction } from './pci-function.ts';

/** Registers of BAR0, by byte offset. Below 0x80 32-bit accesses only, from there 32- or 64-bit ones. */
export const EDU = {
  IDENTIFICATION: 0x00,
  /** Reads back the inverse of what was written. */
  LIVENESS: 0x04,
  FACTORIAL: 0x08,
  /** Bit 7: interrupt when a factorial is done. */
  STATUS: 0x20,
  INTERRUPT_STATUS: 0x24,
  INTERRUPT_RAISE: 0x60,
  INTERRUPT_ACKNOWLEDGE: 0x64,
  DMA_SOURCE: 0x80,
  DMA_DESTINATION: 0x88,
  DMA_COUNT: 0x90,
  /** Bit 0 start, bit 1 direction (0: memory to buffer, 1: buffer to memory), bit 2 interrupt when done. */
  DMA_COMMAND: 0x98,
} as const;

/** The address of the internal buffer in DMA_SOURCE and DMA_DESTINATION, and its size in bytes. */
export const EDU_BUFFER = { address: 0x4_0000, size: 4096 } as const;

/** The device drives 28 address bits unless told otherwise. */
const EDU_DMA_MASK = (1n << 28n) - 1n;

const DMA_START = 1n;
const DMA_TO_MEMORY = 2n;
const DMA_INTERRUPT = 4n;
const STATUS_INTERRUPT = 0x80;
const INTERRUPT_FACTORIAL = 0x001;
const INTERRUPT_DMA = 0x100;
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/**
 * QEMU's `edu` teaching device (1234:11e8): a 4096-byte buffer and DMA between it and memory at any address, in either
 * direction. The DMA is complete when the write of the command returns. Where a read is aborted the buffer gets
 * zeroes; DMA outside the buffer, or without bus master enable, is not done.
 */
export class EduDevice extends PciFunction implements Mmio {
  readonly size = 0x10_0000;
  readonly narrowest = 4;
  readonly widest = 8;
  private readonly mask: bigint;
  private readonly buffer = new Uint8Array(EDU_BUFFER.size);
  private readonly dma = new Map<number, bigint>([
    [EDU.DMA_SOURCE, 0n],
    [EDU.DMA_DESTINATION, 0n],
    [EDU.DMA_COUNT, 0n],
    [EDU.DMA_COMMAND, 0n],
  ]);
  private liveness = 0;
  private factorial = 0;
  private status = 0;
  private interrupts = 0;

  constructor(mask: bigint = EDU_DMA_MASK, multifunction = false) {
    super(
      { vendor: 0x1234, device: 0x11e8, revision: 0x10, classCode: 0x00_ff_00, headerType: 0, express: false, interruptPin: 1 },
      multifunction,
    );
    this.mask = mask;
    this.addMemoryBar(0, this);
  }

  read(offset: number, width: number): bigint {
    if (offset < EDU.DMA_SOURCE && width !== 4) return ALL_ONES;
    switch (offset) {
      case EDU.IDENTIFICATION:
        return 0x0100_00edn;
      case EDU.LIVENESS:
        return BigInt(this.liveness);
      case EDU.FACTORIAL:
        return BigInt(this.factorial);
      case EDU.STATUS:
        return BigInt(this.status);
      case EDU.INTERRUPT_STATUS:
        return BigInt(this.interrupts);
      default:
        return this.dma.get(offset) ?? ALL_ONES;
    }
  }

  write(offset: number, width: number, value: bigint): void {
    if (offset >= EDU.DMA_SOURCE) this.#writeDma(offset, value);
    else if (width === 4) this.#writeRegister(offset, Number(value));
  }

  #writeRegister(offset: number, value: number): void {
    switch (offset) {
      case EDU.LIVENESS:
        this.liveness = ~value >>> 0;
        break;
      case EDU.FACTORIAL:
        this.factorial = factorial(value);
        if ((this.status & STATUS_INTERRUPT) !== 0) this.#raise(INTERRUPT_FACTORIAL);
        break;
      case EDU.STATUS:
        this.status = value & STATUS_INTERRUPT;
        break;
      case EDU.INTERRUPT_RAISE:
        this.#raise(value);
        break;
      case EDU.INTERRUPT_ACKNOWLEDGE:
        this.interrupts = (this.interrupts & ~value) >>> 0;
        if (this.interrupts === 0) this.setInterrupt(false);
        break;
    }
  }

  #writeDma(offset: number, value: bigint): void {
    if (!this.dma.has(offset)) return;
    if (offset === EDU.DMA_COMMAND && (value & DMA_START) === 0n) return;
    this.dma.set(offset, value);
    if (offset !== EDU.DMA_COMMAND) return;
    this.#transfer((value & DMA_TO_MEMORY) !== 0n);
    this.dma.set(offset, value & ~DMA_START);
    if ((value & DMA_INTERRUPT) !== 0n) this.#raise(INTERRUPT_DMA);
  }

  #transfer(toMemory: boolean): void {
    const source = this.dma.get(EDU.DMA_SOURCE)!;
    const destination = this.dma.get(EDU.DMA_DESTINATION)!;
    const inBuffer = this.#bufferPart(toMemory ? source : destination, this.dma.get(EDU.DMA_COUNT)!);
    if (inBuffer === null || inBuffer.length === 0 || !this.busMasterEnabled) return;
    if (toMemory) this.master.write(destination & this.mask, inBuffer.slice());
    else inBuffer.set(this.master.read(source & this.mask, inBuffer.length));
  }

  #bufferPart(address: bigint, count: bigint): Uint8Array | null {
    const start = address - BigInt(EDU_BUFFER.address);
    if (start < 0n || start + count > BigInt(EDU_BUFFER.size)) return null;
    return this.buffer.subarray(Number(start), Number(start + count));
  }

  #raise(bits: number): void {
    this.interrupts = (this.interrupts | bits) >>> 0;
    if (this.interrupts !== 0) this.setInterrupt(true);
  }
}

/** n! modulo 2^32: zero from 34 on, so the loop is short for any n. */
function factorial(n: number): number {
  let product = 1;
  for (let factor = n; factor > 0 && product !== 0; factor--) product = Math.imul(product, factor) >>> 0;
  return product;
}

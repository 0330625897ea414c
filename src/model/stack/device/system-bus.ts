import type { PhysicalMemory } from '../../memory/physical-memory.ts';
import type { MmioTarget } from './mmio.ts';
import { readMmio, writeMmio } from './mmio.ts';

/** A range of physical addresses that devices answer. */
export interface BusRange {
  readonly base: bigint;
  readonly size: bigint;
  /** `offset` is in bytes from `base`; null: nothing answers there. */
  decode(offset: number): MmioTarget | null;
}

/** A run of addresses that goes to one place: memory (`target` undefined), a device, or nobody (`target` null). */
interface Span {
  readonly target: MmioTarget | null | undefined;
  readonly length: number;
}

/** Devices' registers are whole 4 KiB pages, so an unanswered address says the same of the rest of its page. */
const PAGE = 4096;

/**
 * The system's address map as a CPU's or a debugger's access sees it: memory, devices, and holes that read 0 and
 * ignore writes. Accesses of any length; nothing here goes through an SMMU.
 */
export class SystemBus {
  private readonly memory: PhysicalMemory | null;
  private readonly ranges: readonly BusRange[];

  constructor(memory: PhysicalMemory | null, ranges: readonly BusRange[]) {
    this.memory = memory;
    this.ranges = ranges;
  }

  /** `length` bytes from physical address `address` on, in memory order. */
  read(address: bigint, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#walk(address, length, (span, at, done) => {
      if (span.target === null) return;
      const part = span.target === undefined ? this.memory?.readBytes(at, span.length) : readMmio(span.target, span.length);
      if (part) bytes.set(part, done);
    });
    return bytes;
  }

  /** Stores `bytes` from physical address `address` on. */
  write(address: bigint, bytes: Uint8Array): void {
    this.#walk(address, bytes.length, (span, at, done) => {
      if (span.target === null) return;
      const part = bytes.subarray(done, done + span.length);
      if (span.target === undefined) this.memory?.writeBytes(at, part);
      else writeMmio(span.target, part);
    });
  }

  /** Stores `byte` `length` times from physical address `address` on. */
  fill(address: bigint, length: number, byte: number): void {
    this.#walk(address, length, (span, at) => {
      if (span.target === undefined) this.memory?.fill(at, span.length, byte);
      else if (span.target !== null) writeMmio(span.target, new Uint8Array(span.length).fill(byte));
    });
  }

  #walk(address: bigint, length: number, visit: (span: Span, at: bigint, done: number) => void): void {
    for (let done = 0; done < length;) {
      const at = address + BigInt(done);
      const span = this.#span(at, length - done);
      visit(span, at, done);
      done += span.length;
    }
  }

  #span(at: bigint, limit: number): Span {
    const within = (range: { base: bigint; size: bigint }): boolean => at >= range.base && at < range.base + range.size;
    const region = this.memory?.regions.find(within);
    if (region !== undefined) return { target: undefined, length: upTo(limit, region.base + region.size - at) };
    const range = this.ranges.find(within);
    if (range === undefined) return { target: null, length: this.#toNextBase(at, limit) };
    const target = range.decode(Number(at - range.base));
    const left = target === null ? PAGE - (Number(at) % PAGE) : target.mmio.size - target.offset;
    return { target, length: Math.min(limit, left) };
  }

  #toNextBase(at: bigint, limit: number): number {
    const bases = [...(this.memory?.regions ?? []), ...this.ranges].map((range) => range.base).filter((base) => base > at);
    return bases.reduce((length, base) => upTo(length, base - at), limit);
  }
}

function upTo(limit: number, distance: bigint): number {
  return distance < BigInt(limit) ? Number(distance) : limit;
}

/**
 * The memory of the process that calls the uAPI: what its pointers point to. The kernel copies from it and to it, and
 * pins pages of it for DMA; a pointer to nothing is -EFAULT, never an exception.
 */
import type { PhysicalMemory } from '../../memory/physical-memory.ts';

export interface UserMemory {
  /** A copy of `length` bytes at `ptr`, or null when one of them is not mapped. */
  read(ptr: bigint, length: number): Uint8Array | null;
  /** False when one of the bytes is not mapped; then nothing was written. */
  write(ptr: bigint, bytes: Uint8Array): boolean;
  /** The PA behind `ptr` and the length, at most `length`, that is contiguous from there; null when there is no RAM. */
  pin(ptr: bigint, length: bigint): { readonly pa: bigint; readonly length: bigint } | null;
}

interface Segment {
  readonly start: bigint;
  readonly end: bigint;
  /** A buffer of the process itself, or where in physical memory its RAM lies. */
  readonly backing: { readonly bytes: Uint8Array } | { readonly memory: PhysicalMemory; readonly pa: bigint };
}

/** Buffers are placed from here on, a page apart, so that running over the end of one is noticed. */
const BUFFERS = 0x7f00_0000_0000n;
const PAGE = 4096n;

/** A user address space made of buffers and of windows on physical memory (the RAM of a VM). */
export class UserSpace implements UserMemory {
  private readonly segments: Segment[] = [];
  private next = BUFFERS;

  /** Puts bytes where the kernel can copy them from and to; they are shared, not copied. Gives the pointer. */
  place(bytes: Uint8Array): bigint {
    const start = this.next;
    this.segments.push({ start, end: start + BigInt(bytes.length), backing: { bytes } });
    this.next += (BigInt(bytes.length) / PAGE + 2n) * PAGE;
    return start;
  }

  /** Forgets a buffer: its pointer dangles from now on. */
  remove(ptr: bigint): void {
    const at = this.segments.findIndex((segment) => segment.start === ptr);
    if (at >= 0) this.segments.splice(at, 1);
  }

  /** Maps `size` bytes of physical memory at `ptr`, as a VMM maps the RAM of its VM. */
  mapRam(ptr: bigint, memory: PhysicalMemory, pa: bigint, size: bigint): void {
    this.segments.push({ start: ptr, end: ptr + size, backing: { memory, pa } });
  }

  read(ptr: bigint, length: number): Uint8Array | null {
    const segment = this.#find(ptr, BigInt(length));
    if (segment === undefined) return null;
    const at = ptr - segment.start;
    const { backing } = segment;
    if ('bytes' in backing) return backing.bytes.slice(Number(at), Number(at) + length);
    return backing.memory.readBytes(backing.pa + at, length);
  }

  write(ptr: bigint, bytes: Uint8Array): boolean {
    const segment = this.#find(ptr, BigInt(bytes.length));
    if (segment === undefined) return false;
    const at = ptr - segment.start;
    const { backing } = segment;
    if ('memory' in backing) return backing.memory.writeBytes(backing.pa + at, bytes);
    backing.bytes.set(bytes, Number(at));
    return true;
  }

  pin(ptr: bigint, length: bigint): { readonly pa: bigint; readonly length: bigint } | null {
    const segment = this.#find(ptr, 1n);
    if (segment === undefined || !('memory' in segment.backing)) return null;
    const there = segment.end - ptr;
    return { pa: segment.backing.pa + (ptr - segment.start), length: there < length ? there : length };
  }

  #find(ptr: bigint, length: bigint): Segment | undefined {
    return this.segments.find((segment) => ptr >= segment.start && ptr + length <= segment.end);
  }
}

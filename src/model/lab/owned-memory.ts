/** Memory as the owner of translation tables uses it: the host by PA, a guest by IPA through its VM's stage-2 map. */
import { hex } from '../base/address.ts';
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { guest } from '../memory/author.ts';
import type { Author } from '../memory/author.ts';
import type { PhysicalMemory } from '../memory/physical-memory.ts';
import { AddressSpace } from './address-space.ts';
import type { Range } from './address-space.ts';
import { bytesOf } from './configuration.ts';
import type { GuestRam } from './guest-ram.ts';
import type { Structure, StructureKind } from './layout.ts';
import type { TableMemory } from './translation-table.ts';

/** What host and guests share: physical memory, what lies where, and who is told of writes. */
export interface System {
  readonly memory: PhysicalMemory;
  /** Free physical memory. */
  readonly free: AddressSpace;
  /** What was placed, in the addresses of its owner. */
  readonly layout: Structure[];
  /** Software wrote bytes at a PA. */
  wrote(pa: bigint, bytes: Uint8Array): void;
}

/** For whom a structure is made. */
export interface Purpose {
  readonly kind: StructureKind;
  readonly vm: string | null;
  readonly device: string | null;
  /** Lowest address to place it at. */
  readonly from: bigint;
}

const bytesOf64 = (value: bigint): Uint8Array => bytesOf(Uint32Array.of(Number(value & 0xffff_ffffn), Number(value >> 32n)));

/** Memory of one owner: reads, writes and allocations in the owner's addresses. */
export interface OwnedMemory {
  read64(address: bigint): bigint | null;
  write64(address: bigint, value: bigint): boolean;
  writeBytes(address: bigint, bytes: Uint8Array): boolean;
  readBytes(address: bigint, length: number): Uint8Array | null;
  /** A zeroed piece of memory that appears in the layout, or null when there is none. */
  allocate(size: bigint, align: bigint, level: number | null, purpose: Purpose): bigint | null;
}

export class HostMemory implements OwnedMemory {
  private readonly system: System;

  constructor(system: System) {
    this.system = system;
  }

  read64(address: bigint): bigint | null {
    return this.system.memory.read64(address);
  }

  write64(address: bigint, value: bigint): boolean {
    const written = this.system.memory.write64(address, value);
    if (written) this.system.wrote(address, bytesOf64(value));
    return written;
  }

  writeBytes(address: bigint, bytes: Uint8Array): boolean {
    const written = this.system.memory.writeBytes(address, bytes);
    if (written) this.system.wrote(address, bytes);
    return written;
  }

  readBytes(address: bigint, length: number): Uint8Array | null {
    return this.system.memory.readBytes(address, length);
  }

  allocate(size: bigint, align: bigint, level: number | null, { kind, vm, device, from }: Purpose): bigint | null {
    const address = this.system.free.allocate(size, { align, from });
    if (address === null) return null;
    this.system.memory.fill(address, Number(size), 0);
    this.system.layout.push({ kind, owner: 'host', vm, device, level, address, space: 'pa', size });
    return address;
  }
}

export class GuestMemory implements OwnedMemory {
  private readonly system: System;
  private readonly ram: GuestRam;
  private readonly vm: string;
  private readonly author: Author;
  /** RAM that no device's map points at, for tables; and all RAM, for when that is used up. */
  private readonly unused: AddressSpace;
  private readonly any: AddressSpace;

  constructor(system: System, ram: GuestRam, vm: string, ranges: readonly Range[], buffers: readonly Range[]) {
    this.system = system;
    this.ram = ram;
    this.vm = vm;
    this.author = guest(vm);
    this.unused = new AddressSpace(ranges);
    this.any = new AddressSpace(ranges);
    for (const { base, size } of buffers) this.unused.reserve(base, size);
  }

  read64(address: bigint): bigint | null {
    return this.ram.read64(address);
  }

  write64(address: bigint, value: bigint): boolean {
    const pa = this.ram.toPa(address);
    const written = this.system.memory.by(this.author, () => this.ram.write64(address, value));
    if (written && pa !== null) this.system.wrote(pa, bytesOf64(value));
    return written;
  }

  writeBytes(address: bigint, bytes: Uint8Array): boolean {
    const pa = this.ram.toPa(address);
    const written = this.system.memory.by(this.author, () => this.ram.writeBytes(address, bytes));
    if (written && pa !== null) this.system.wrote(pa, bytes);
    return written;
  }

  readBytes(address: bigint, length: number): Uint8Array | null {
    return this.ram.readBytes(address, length);
  }

  allocate(size: bigint, align: bigint, level: number | null, { kind, device, from }: Purpose): bigint | null {
    const placement = { align, from };
    const address = this.unused.allocate(size, placement) ?? this.any.allocate(size, placement);
    if (address === null || !this.ram.writeBytes(address, new Uint8Array(Number(size)))) return null;
    this.unused.reserve(address, size);
    this.any.reserve(address, size);
    this.system.layout.push({ kind, owner: 'guest', vm: this.vm, device, level, address, space: 'ipa', size });
    return address;
  }
}

/** Tables of one purpose in the memory of their owner. */
export const tablesIn = (memory: OwnedMemory, purpose: Purpose): TableMemory => ({
  read64: (address) => memory.read64(address),
  write64: (address, value) => memory.write64(address, value),
  allocateTable: (level, size, align) => memory.allocate(size, align, level, purpose),
});

/** Writes a structure of the owner, or says that the owner cannot. */
export function store(memory: OwnedMemory, address: bigint, bytes: Uint8Array, what: string): Result<void> {
  if (memory.writeBytes(address, bytes)) return ok(undefined);
  return fail('not-writable', `the ${what} at ${hex(address)} cannot be written by its owner: no memory is mapped there`);
}

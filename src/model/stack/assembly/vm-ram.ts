/** RAM of a VM by IPA, at the PAs that its VMM's memory has. What the guest and its VMM write is written there. */
import { guest } from '../../memory/author.ts';
import type { Author } from '../../memory/author.ts';
import type { PhysicalMemory } from '../../memory/physical-memory.ts';
import type { GuestMemory } from '../vmm/guest-memory.ts';

export interface RamRegion {
  readonly ipa: bigint;
  readonly pa: bigint;
  readonly size: bigint;
}

export type Wrote = (pa: bigint, bytes: Uint8Array) => void;

export class VmRam implements GuestMemory {
  readonly regions: readonly RamRegion[];
  private readonly memory: PhysicalMemory;
  private readonly wrote: Wrote;
  private readonly author: Author;

  constructor(vm: string, regions: readonly RamRegion[], memory: PhysicalMemory, wrote: Wrote) {
    this.author = guest(vm);
    this.regions = regions;
    this.memory = memory;
    this.wrote = wrote;
  }

  /** Null where the VM has no RAM, or less than `length` bytes of it. */
  toPa(ipa: bigint, length = 1): bigint | null {
    const region = this.regions.find((one) => ipa >= one.ipa && ipa + BigInt(length) <= one.ipa + one.size);
    return region === undefined ? null : region.pa + (ipa - region.ipa);
  }

  readBytes(ipa: bigint, length: number): Uint8Array | null {
    const pa = this.toPa(ipa, length);
    return pa === null ? null : this.memory.readBytes(pa, length);
  }

  writeBytes(ipa: bigint, bytes: Uint8Array): boolean {
    const pa = this.toPa(ipa, bytes.length);
    if (pa === null || !this.memory.by(this.author, () => this.memory.writeBytes(pa, bytes))) return false;
    this.wrote(pa, bytes);
    return true;
  }

  read64(ipa: bigint): bigint | null {
    const pa = this.toPa(ipa, 8);
    return pa === null ? null : this.memory.read64(pa);
  }

  write64(ipa: bigint, value: bigint): boolean {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    return this.writeBytes(ipa, bytes);
  }
}

/**
 * A VM's memory as its software sees it: IPAs, which the host's stage-2 map puts at PAs. A guest's tables and CDs are
 * written through it, so that they lie where stage 2 will find them. Where the host maps nothing, nothing can be written.
 */
import type { Pa } from '../base/address.ts';
import type { PhysicalMemory } from '../memory/physical-memory.ts';

export interface Backing {
  readonly ipa: bigint;
  readonly pa: bigint;
  readonly size: bigint;
}

export class GuestRam {
  private _backings: Backing[] = [];
  private readonly memory: PhysicalMemory;

  constructor(memory: PhysicalMemory) {
    this.memory = memory;
  }

  /** What the host maps, in the order it was mapped. */
  get backings(): readonly Backing[] {
    return this._backings;
  }

  /** The host puts [ipa, ipa + size) at pa; what was there before is replaced. */
  back(ipa: bigint, pa: bigint, size: bigint): void {
    this.take(ipa, size);
    this._backings.push({ ipa, pa, size });
  }

  /** The host takes [ipa, ipa + size) away. */
  take(ipa: bigint, size: bigint): void {
    const end = ipa + size;
    this._backings = this._backings.flatMap((one) => {
      const last = one.ipa + one.size;
      if (end <= one.ipa || ipa >= last) return [one];
      const left = { ipa: one.ipa, pa: one.pa, size: ipa - one.ipa };
      const right = { ipa: end, pa: one.pa + (end - one.ipa), size: last - end };
      return [left, right].filter((part) => part.size > 0n);
    });
  }

  /** The PA of an IPA, or null where the host maps nothing. */
  toPa(ipa: bigint): Pa | null {
    const backing = this._backings.find((one) => ipa >= one.ipa && ipa < one.ipa + one.size);
    return backing === undefined ? null : ((backing.pa + (ipa - backing.ipa)) as Pa);
  }

  read64(ipa: bigint): bigint | null {
    const at = this.toPa(ipa);
    return at === null ? null : this.memory.read64(at);
  }

  write64(ipa: bigint, value: bigint): boolean {
    const at = this.toPa(ipa);
    return at !== null && this.memory.write64(at, value);
  }

  readBytes(ipa: bigint, length: number): Uint8Array | null {
    const bytes = new Uint8Array(length);
    const whole = this.#pieces(ipa, length, (pa, from, to) => {
      const piece = this.memory.readBytes(pa, to - from);
      if (piece !== null) bytes.set(piece, from);
      return piece !== null;
    });
    return whole ? bytes : null;
  }

  /** Writes all bytes, or none of those from the first IPA that the host does not map. */
  writeBytes(ipa: bigint, bytes: Uint8Array): boolean {
    return this.#pieces(ipa, bytes.length, (pa, from, to) => this.memory.writeBytes(pa, bytes.subarray(from, to)));
  }

  /** Calls `use` for each stretch of at most 4 KiB, the smallest thing that stage 2 can put elsewhere. */
  #pieces(ipa: bigint, length: number, use: (pa: bigint, from: number, to: number) => boolean): boolean {
    for (let from = 0; from < length; ) {
      const at = ipa + BigInt(from);
      const to = Math.min(length, from + 4096 - Number(at % 4096n));
      const pa = this.toPa(at);
      if (pa === null || !use(pa, from, to)) return false;
      from = to;
    }
    return true;
  }
}

import type { AtcInvalidation } from '../smmu/ats/endpoints.ts';
import type { HeldTranslation } from '../smmu/ats/held-translation.ts';

/** An entry of an ATC. */
export interface AtcEntry extends HeldTranslation {
  readonly size: bigint;
  readonly space: 'pa' | 'ipa';
  readonly read: boolean;
  readonly write: boolean;
  readonly execute: boolean;
}

export interface Wanted {
  readonly ssid: number | null;
  readonly privileged: boolean;
  readonly access: 'read' | 'write' | 'execute';
}

const PAGE_BITS = 12n;
/** CMD_ATC_INV.Size: everything. */
const ALL = 52;

/** The address translation cache of a device. Nothing but an invalidation, or want of room, removes an entry. */
export class Atc {
  readonly capacity: number;
  private _entries: AtcEntry[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Oldest first. */
  get entries(): readonly AtcEntry[] {
    return this._entries;
  }

  /** The entry that permits the access at `iova`. */
  find(iova: bigint, { ssid, privileged, access }: Wanted): AtcEntry | null {
    const found = this._entries.find(
      (entry) => entry.ssid === ssid && entry.privileged === privileged && iova >= entry.iova && iova < entry.iova + entry.size,
    );
    return found?.[access] === true ? found : null;
  }

  /** Keeps an entry, in place of those of the same pages; the oldest goes when there is no room. */
  fill(entry: AtcEntry): void {
    const { ssid, privileged, iova, size } = entry;
    this._entries = this._entries.filter((one) => one.ssid !== ssid || one.privileged !== privileged || !overlaps(one, iova, size));
    if (this._entries.length >= this.capacity) this._entries.shift();
    if (this.capacity > 0) this._entries.push(entry);
  }

  /** Gives how many entries it removed. */
  invalidate(invalidation: AtcInvalidation): number {
    const before = this._entries.length;
    this._entries = this._entries.filter((entry) => !isReached(entry, invalidation));
    return before - this._entries.length;
  }
}

/** An invalidation would remove the entry. Global reaches every PASID, and no entry without one. */
export function isReached(entry: AtcEntry, { ssid, global, iova, size }: AtcInvalidation): boolean {
  const bits = BigInt(size) + PAGE_BITS;
  const base = size >= ALL ? 0n : (iova >> bits) << bits;
  return (global ? entry.ssid !== null : entry.ssid === ssid) && overlaps(entry, base, 1n << bits);
}

const overlaps = (entry: AtcEntry, iova: bigint, size: bigint): boolean => entry.iova < iova + size && iova < entry.iova + entry.size;

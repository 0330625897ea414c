/** What a survey reads: registers and memory of an SMMU, wherever they come from. Nothing is written, no cache is asked. */
import { throughTables } from '../lab/inspect/tables.ts';
import type { Table } from '../lab/inspect/tables.ts';
import type { Features } from '../spec/index.ts';

/** Physical memory for readers; null: there is none. */
export interface Reader {
  /** Aligned. */
  read64(pa: bigint): bigint | null;
  readBytes(pa: bigint, length: number): Uint8Array | null;
}

export interface Surveyed {
  /** Register pages 0 and 1 as 32-bit words. */
  readonly registers: Int32Array;
  readonly features: Features;
  readonly memory: Reader;
}

/** Memory as structures address it: physical, or as IPAs behind stage 2. */
export interface AddressView extends Reader {
  readonly space: 'pa' | 'ipa';
  toPa(address: bigint): bigint | null;
}

export const physical = (memory: Reader): AddressView => ({
  space: 'pa',
  toPa: (address) => address,
  read64: (address) => memory.read64(address),
  readBytes: (address, length) => memory.readBytes(address, length),
});

const PAGE = 4096n;

/** IPAs behind the tables of a stage 2. Pages are looked up once. */
export function behind(stage2: Table, memory: Reader): AddressView {
  const pages = new Map<bigint, bigint | null>();
  const toPa = (ipa: bigint): bigint | null => {
    const page = ipa - (ipa % PAGE);
    let found = pages.get(page);
    if (found === undefined) {
      found = throughTables(stage2, page);
      pages.set(page, found);
    }
    return found === null ? null : found + (ipa - page);
  };
  const readBytes = (ipa: bigint, length: number): Uint8Array | null => {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = ipa + BigInt(done);
      const count = Math.min(length - done, Number(PAGE - (at % PAGE)));
      const pa = toPa(at);
      const part = pa === null ? null : memory.readBytes(pa, count);
      if (part === null) return null;
      bytes.set(part, done);
      done += count;
    }
    return bytes;
  };
  return {
    space: 'ipa',
    toPa,
    readBytes,
    read64: (ipa) => {
      const pa = toPa(ipa);
      return pa === null ? null : memory.read64(pa);
    },
  };
}

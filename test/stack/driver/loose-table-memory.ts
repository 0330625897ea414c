import type { TableMemory } from '../../../src/model/stack/io-pgtable/types.ts';

/** Memory for tables that lies nowhere: for tests of tables alone. `bytes` is all there is. */
export class LooseTableMemory implements TableMemory {
  readonly words = new Map<bigint, bigint>();
  readonly inUse = new Map<bigint, number>();
  #next = 0x10_0000n;
  #left: number;

  constructor(bytes = 1 << 26) {
    this.#left = bytes;
  }

  allocate(bytes: number): bigint | null {
    const block = Math.max(4096, bytes);
    if (block > this.#left) return null;
    this.#left -= block;
    const address = (this.#next + BigInt(block) - 1n) & -BigInt(block);
    this.#next = address + BigInt(block);
    this.inUse.set(address, bytes);
    return address;
  }

  free(address: bigint, bytes: number): void {
    if (this.inUse.get(address) !== bytes) throw new Error(`0x${address.toString(16)} was not allocated with ${bytes} bytes`);
    this.inUse.delete(address);
  }

  read64(address: bigint): bigint {
    return this.words.get(address) ?? 0n;
  }

  write64(address: bigint, value: bigint): boolean {
    this.words.set(address, value);
    return true;
  }
}

/** The stream table in memory, linear or two-level (IHI 0070 3.3.1, 5.1): STEs are written where the SMMU looks for them. */
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { L1STD } from '../spec/index.ts';
import { recordBytes } from './configuration.ts';
import type { SmmuData } from './data.ts';
import type { HostMemory } from './owned-memory.ts';

const STE_BYTES = 64n;

export class StreamTable {
  readonly base: bigint;
  private readonly shape: SmmuData['streamTable'];
  private readonly memory: HostMemory;
  /** Level 2 tables that exist, by index in the first level. */
  private readonly level2 = new Map<number, bigint>();

  constructor(base: bigint, shape: SmmuData['streamTable'], memory: HostMemory) {
    this.base = base;
    this.shape = shape;
    this.memory = memory;
  }

  /** PA of the STE of a stream; makes its level 2 table, full size, when it is the first of it. */
  entryOf(sid: number): Result<bigint> {
    if (this.shape.format === 'linear') return ok(this.base + BigInt(sid) * STE_BYTES);
    const { split } = this.shape;
    const index = Math.floor(sid / 2 ** split);
    const table = this.level2.get(index) ?? this.#addLevel2(index);
    if (table === null) return fail('memory-full', `no memory left for the level 2 stream table of StreamIDs from 0x${(index * 2 ** split).toString(16)}`);
    return ok(table + BigInt(sid % 2 ** split) * STE_BYTES);
  }

  #addLevel2(index: number): bigint | null {
    const { split } = this.shape;
    const size = STE_BYTES << BigInt(split);
    const table = this.memory.allocate(size, size, null, { kind: 'stream-table-level-2', vm: null, device: null, from: 0n });
    if (table === null) return null;
    this.level2.set(index, table);
    // 5.1: Span is log2 of the number of STEs, plus 1.
    this.memory.writeBytes(this.base + BigInt(index) * 8n, recordBytes(L1STD, { Span: BigInt(split + 1), L2Ptr: table }));
    return table;
  }
}

/** The CDs of a stream in the memory of their owner: one alone, or a table by SubstreamID (IHI 0070 3.3.2, 5.2 S1Fmt, 5.3). */
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { L1CD } from '../spec/index.ts';
import { recordBytes } from './configuration.ts';
import type { CdTableData } from './data.ts';
import { store } from './owned-memory.ts';
import type { OwnedMemory, Purpose } from './owned-memory.ts';

const CD_BYTES = 64n;
const PAGE = 4096n;
/** log2 of the CDs in a leaf of 4 KiB or 64 KiB. */
const LEAF_BITS = { '4K': 6, '64K': 10 } as const;
const S1FMT = { linear: 0n, '4K': 1n, '64K': 2n } as const;

/** What the STE says of a table of CDs. */
export const tableFields = ({ format, log2size }: CdTableData): Readonly<Record<string, bigint>> => ({ S1CDMax: BigInt(log2size), S1Fmt: S1FMT[format] });

const largest = (a: bigint, b: bigint): bigint => (a > b ? a : b);

export class CdTable {
  /** STE.S1ContextPtr. */
  readonly base: bigint;
  private readonly shape: CdTableData | null;
  private readonly memory: OwnedMemory;
  private readonly purpose: Purpose;
  /** Leaves that exist, by index of the first level. */
  private readonly leaves = new Map<number, bigint>();

  private constructor(base: bigint, shape: CdTableData | null, memory: OwnedMemory, purpose: Purpose) {
    this.base = base;
    this.shape = shape;
    this.memory = memory;
    this.purpose = purpose;
  }

  /** `shape` null: one CD, with a page of its own, so that it can be mapped by itself. */
  static create(shape: CdTableData | null, memory: OwnedMemory, purpose: Purpose): Result<CdTable> {
    if (shape === null) {
      const cd = memory.allocate(PAGE, PAGE, null, { ...purpose, kind: 'context-descriptor' });
      return cd === null ? fail('memory-full', `no memory left for the CD of ${purpose.device ?? ''}`) : ok(new CdTable(cd, null, memory, purpose));
    }
    const { format, log2size } = shape;
    const bytes = format === 'linear' ? CD_BYTES << BigInt(log2size) : 8n << BigInt(Math.max(log2size - LEAF_BITS[format], 0));
    const size = largest(bytes, PAGE);
    const base = memory.allocate(size, size, null, { ...purpose, kind: 'cd-table' });
    return base === null ? fail('memory-full', `no memory left for the table of CDs of ${purpose.device ?? ''}`) : ok(new CdTable(base, shape, memory, purpose));
  }

  /** Address of the CD of a SubstreamID; makes its leaf when it is the first there. */
  entryOf(ssid: number): Result<bigint> {
    if (this.shape === null || this.shape.format === 'linear') return ok(this.base + BigInt(ssid) * CD_BYTES);
    const bits = LEAF_BITS[this.shape.format];
    const index = ssid >>> bits;
    const leaf = this.leaves.get(index);
    const made = leaf === undefined ? this.#addLeaf(index, CD_BYTES << BigInt(bits)) : ok(leaf);
    return made.ok ? ok(made.value + BigInt(ssid & ((1 << bits) - 1)) * CD_BYTES) : made;
  }

  #addLeaf(index: number, size: bigint): Result<bigint> {
    const leaf = this.memory.allocate(size, size, null, { ...this.purpose, kind: 'cd-table-leaf' });
    if (leaf === null) return fail('memory-full', `no memory left for a leaf of the table of CDs of ${this.purpose.device ?? ''}`);
    this.leaves.set(index, leaf);
    const written = store(this.memory, this.base + BigInt(index) * 8n, recordBytes(L1CD, { V: 1n, L2Ptr: leaf }), 'L1CD');
    return written.ok ? ok(leaf) : written;
  }
}

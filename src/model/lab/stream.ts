/** A device's stream: its STE, which is the host's, and the stage 1 that the guest (nested) or the host (stage 1 only) owns. */
import { hex } from '../base/address.ts';
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Features } from '../spec/features.ts';
import { CD } from '../spec/index.ts';
import { cdFields, recordBytes } from './configuration.ts';
import type { ContextData, DeviceData, Stage1Map } from './data.ts';
import { stage1Format, stage1Leaf } from './descriptor-format.ts';
import { stage1StartLevel } from './geometry.ts';
import { store, tablesIn } from './owned-memory.ts';
import type { OwnedMemory, Purpose } from './owned-memory.ts';
import { TranslationTable } from './translation-table.ts';

const UPPER_HALF = 1n << 63n;

/** What one CD is made of. */
export type ContextOfCd = Pick<ContextData, 'cd' | 'stage1'>;

/** A CD and its tables, in the addresses of their owner: IPAs of a guest, PAs of the host. */
export class Stage1 {
  readonly cd: bigint;
  readonly memory: OwnedMemory;
  readonly lower: TranslationTable;
  readonly upper: TranslationTable | null;
  private readonly context: ContextOfCd;

  private constructor(context: ContextOfCd, cd: bigint, memory: OwnedMemory, lower: TranslationTable, upper: TranslationTable | null) {
    this.context = context;
    this.cd = cd;
    this.memory = memory;
    this.lower = lower;
    this.upper = upper;
  }

  /** Builds the tables, then writes the CD at `cd`. */
  static create(context: ContextOfCd, cd: bigint, memory: OwnedMemory, purpose: Purpose, asid: number, outputBits: number, features: Features): Result<Stage1> {
    const lower = createTable(context, 0n, memory, purpose);
    if (!lower.ok) return lower;
    const hasUpper = context.stage1.map.some((entry) => entry.iova >= UPPER_HALF);
    const upper = hasUpper ? createTable(context, (1n << 64n) - (1n << BigInt(context.stage1.vaBits)), memory, purpose) : ok(null);
    if (!upper.ok) return upper;
    const stage1 = new Stage1(context, cd, memory, lower.value, upper.value);
    for (const entry of context.stage1.map) {
      const mapped = stage1.map(entry);
      if (!mapped.ok) return mapped;
    }
    const fields = cdFields(context, { lower: lower.value.root, upper: upper.value?.root ?? null }, asid, outputBits, features);
    const written = store(memory, cd, recordBytes(CD, fields), 'CD');
    return written.ok ? ok(stage1) : written;
  }

  map(entry: Stage1Map): Result<void> {
    const table = this.#half(entry.iova);
    return table.ok ? table.value.map(entry.iova, entry.output, entry.size, entry.block, stage1Leaf(this.context.stage1.granule, entry)) : table;
  }

  /** Gives the bytes that were mapped. */
  unmap(iova: bigint, size: bigint): Result<bigint> {
    const table = this.#half(iova);
    return table.ok ? table.value.unmap(iova, size) : table;
  }

  /** The tables of the half that an IOVA is in, or null when that half was not set up. */
  tableOf(iova: bigint): TranslationTable | null {
    return iova < UPPER_HALF ? this.lower : this.upper;
  }

  #half(iova: bigint): Result<TranslationTable> {
    const table = this.tableOf(iova);
    if (table !== null) return ok(table);
    return fail('no-upper-half', `${hex(iova)} is in the upper half, which this context did not set up (EPD1 = 1): map something there in the guest document`);
  }
}

function createTable({ stage1 }: ContextOfCd, inputBase: bigint, memory: OwnedMemory, purpose: Purpose): Result<TranslationTable> {
  const { granule, vaBits } = stage1;
  const shape = { startLevel: stage1StartLevel(granule, vaBits), inputBits: vaBits, inputBase };
  return TranslationTable.create(stage1Format(granule), shape, tablesIn(memory, purpose));
}

export interface Stream {
  readonly data: DeviceData;
  /** PA of its STE. */
  readonly ste: bigint;
  readonly stage1: Stage1 | null;
  /** The further ones, by SubstreamID. */
  readonly substreams: ReadonlyMap<number, Stage1>;
}

/** The stage 1 of a SubstreamID; that of none, or one without a CD, is the stream's first. */
export const stage1Of = ({ stage1, substreams }: Stream, ssid: number): Stage1 | null => substreams.get(ssid) ?? stage1;

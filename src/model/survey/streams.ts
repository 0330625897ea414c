/** The stream table of an SMMU as memory has it: level-1 descriptors and STEs that are not 0 (IHI 0070 3.3.1). */
import { fromWords } from '../base/address.ts';
import { wordsOf } from '../lab/configuration.ts';
import { num, stage2Of } from '../lab/inspect/tables.ts';
import type { Fields, Table } from '../lab/inspect/tables.ts';
import { streamTableOf } from '../smmu/registers/stream-table.ts';
import type { StreamTable } from '../smmu/registers/stream-table.ts';
import { decode, L1STD, STE } from '../spec/index.ts';
import { behind, physical } from './surveyed.ts';
import type { AddressView, Surveyed } from './surveyed.ts';

export interface StreamEntry {
  readonly sid: number;
  /** PA of its STE. */
  readonly pa: bigint;
  readonly words: Uint32Array;
  readonly fields: Fields;
}

/** A table of STEs: the linear one, or one that a level-1 descriptor leads to. */
export interface SteTable {
  readonly pa: bigint;
  /** StreamID of its first STE. */
  readonly first: number;
  readonly count: number;
  /** PA and index of the descriptor that leads to it; null: STRTAB_BASE does. */
  readonly from: { readonly pa: bigint; readonly index: number } | null;
  /** Its first STE is in memory. */
  readonly isThere: boolean;
}

export interface StreamSurvey {
  readonly table: StreamTable;
  readonly base: bigint;
  /** Bytes at `base`: level-1 descriptors or STEs. */
  readonly size: number;
  readonly tables: readonly SteTable[];
  readonly streams: readonly StreamEntry[];
}

/** STEs of a linear table, or descriptors of level 1, that are looked at: more than any machine has. */
const MAX_ENTRIES = 1 << 20;
const L2PTR = 0x000f_ffff_ffff_ffc0n;
const SPAN = 31n;
/** STEs are read in pieces, so that a table of which a part is in memory is read that far. */
const PIECE = 64;

export function surveyStreams(surveyed: Surveyed): StreamSurvey {
  const { registers, features, memory } = surveyed;
  const table = streamTableOf(registers, features);
  const base = fromWords(table.baseHi, table.baseLo);
  const entries = Math.min(MAX_ENTRIES, table.twoLevel ? 2 ** Math.max(0, table.effective - table.split) : 2 ** table.effective);
  const size = entries * (table.twoLevel ? L1STD.bytes : STE.bytes);
  const tables = table.twoLevel ? levelTwo(surveyed, base, entries, table.split) : [{ pa: base, first: 0, count: entries, from: null, isThere: memory.read64(base) !== null }];
  return { table, base, size, tables, streams: tables.flatMap((one) => streamsIn(surveyed, one)) };
}

function levelTwo({ memory }: Surveyed, base: bigint, entries: number, split: number): SteTable[] {
  const found: SteTable[] = [];
  for (let index = 0; index < entries; index++) {
    const pa = base + BigInt(index * L1STD.bytes);
    const word = memory.read64(pa) ?? 0n;
    const span = Number(word & SPAN);
    if (span === 0 || span > split + 1) continue;
    const count = 2 ** (span - 1);
    const at = word & L2PTR;
    found.push({ pa: at, first: index * 2 ** split, count, from: { pa, index }, isThere: memory.read64(at) !== null });
  }
  return found;
}

function streamsIn({ memory }: Surveyed, { pa, first, count }: SteTable): StreamEntry[] {
  const found: StreamEntry[] = [];
  for (let from = 0; from < count; from += PIECE) {
    const length = Math.min(PIECE, count - from);
    const bytes = memory.readBytes(pa + BigInt(from * STE.bytes), length * STE.bytes);
    if (bytes === null || bytes.every((byte) => byte === 0)) continue;
    for (let index = 0; index < length; index++) {
      const words = wordsOf(bytes.subarray(index * STE.bytes, (index + 1) * STE.bytes));
      if (words.every((word) => word === 0)) continue;
      found.push({ sid: first + from + index, pa: pa + BigInt((from + index) * STE.bytes), words, fields: decode(STE, words, 0) });
    }
  }
  return found;
}

export const isValid = ({ fields }: Pick<StreamEntry, 'fields'>): boolean => num(fields, 'V') === 1;

/** Does a valid STE use a stage? */
export function usesStage(stream: StreamEntry, stage: 1 | 2): boolean {
  const config = num(stream.fields, 'Config');
  return isValid(stream) && config >= 4 && (config & stage) !== 0;
}

export const isBypass = (stream: StreamEntry): boolean => isValid(stream) && num(stream.fields, 'Config') === 4;

/** Stage 2 of a stream; null: it has none. */
export const secondStage = (stream: StreamEntry, { memory }: Surveyed): Table | null => (usesStage(stream, 2) ? stage2Of(stream.fields, (pa) => memory.read64(pa)) : null);

/** Where CDs and stage-1 tables of a stream are. */
export function stage1View(stream: StreamEntry, surveyed: Surveyed): AddressView {
  const second = secondStage(stream, surveyed);
  return second === null ? physical(surveyed.memory) : behind(second, surveyed.memory);
}

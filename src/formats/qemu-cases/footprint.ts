/** What one transaction read on its way, from the trace of a machine without caches: everything a cache could hold of it. */
import { CD, STE, accessor, wide } from '../../model/spec/index.ts';
import { decodeRecord, payload64, PURPOSE, RECORD_WORDS } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';

/** 64-bit words that were read from `pa` on. */
export interface Held {
  readonly kind: 'ste' | 'cd' | 'stage1' | 'stage2';
  readonly pa: bigint;
  readonly words: readonly bigint[];
  /** For stage 2: the IPA that was translated, and whether it was the address of a CD. */
  ipa: bigint | null;
  forCd: boolean;
  /** The last descriptor of its walk. */
  leaf: boolean;
}

export interface Footprint {
  readonly sid: number;
  readonly iova: bigint;
  readonly held: readonly Held[];
  readonly vmid: number;
  readonly asid: number;
  readonly nonGlobal: boolean;
  /** Stage 1 was walked. */
  readonly stage1: boolean;
}

/** The commands consumed and, per transaction, what it read. */
export interface TraceView {
  readonly commands: readonly Uint32Array[];
  readonly footprint: Footprint | null;
}

const s2vmid = accessor(STE, 'S2VMID');
const contextPointer = wide(STE, 'S1ContextPtr');
const asidOf = accessor(CD, 'ASID');
const GRANULE0 = [12, 16, 14, 12];
const GRANULE1 = [12, 14, 12, 16];
const tg0 = accessor(CD, 'TG0');
const tg1 = accessor(CD, 'TG1');

/** Whether a structure, or the level-1 descriptor on its way, belongs to the STE or to the CD. */
const structureOf = (record: TraceRecord): 'ste' | 'cd' => (record.purpose === PURPOSE.CD ? 'cd' : 'ste');
const payloadWords = (record: TraceRecord): bigint[] => [0, 2, 4, 6].map((index) => payload64(record, index));

/** Collects the records of one transaction. */
class Reader {
  readonly held: Held[] = [];
  readonly ste = new Uint32Array(16);
  readonly cd = new Uint32Array(16);
  stage1Leaf: { word: bigint; level: number } | null = null;
  #stage2: Held[] = [];

  read(record: TraceRecord): void {
    const word = payload64(record, 0);
    if (record.stage === 2) {
      this.#stage2.push({ kind: 'stage2', pa: record.address, words: [word], ipa: null, forCd: record.purpose === PURPOSE.CD, leaf: false });
      return;
    }
    this.endStage2(payload64(record, 2));
    this.held.push({ kind: record.stage === 1 ? 'stage1' : structureOf(record), pa: record.address, words: [word], ipa: null, forCd: false, leaf: false });
    if (record.stage === 1) this.stage1Leaf = { word, level: record.level ?? 3 };
  }

  struct(record: TraceRecord): void {
    const kind = structureOf(record);
    if (kind === 'cd') this.endStage2(contextPointer(this.ste, 0));
    (kind === 'ste' ? this.ste : this.cd).set(record.payload, (record.level ?? 0) * 8);
    this.held.push({ kind, pa: record.address, words: payloadWords(record), ipa: null, forCd: false, leaf: false });
  }

  /** The stage 2 descriptors since the last structure translated this IPA. */
  endStage2(ipa: bigint): void {
    for (const [index, one] of this.#stage2.entries()) this.held.push({ ...one, ipa, leaf: index === this.#stage2.length - 1 });
    this.#stage2 = [];
  }

  /** The IPA that stage 1 gave for `iova`. */
  outputOf(iova: bigint): bigint {
    if (this.stage1Leaf === null) return iova;
    const upper = (iova >> 55n) & 1n;
    const granule = upper === 1n ? GRANULE1[tg1(this.cd, 0)]! : GRANULE0[tg0(this.cd, 0)]!;
    const shift = BigInt(granule + (3 - this.stage1Leaf.level) * (granule - 3));
    const inside = (1n << shift) - 1n;
    return (this.stage1Leaf.word & 0xffff_ffff_ffffn & ~inside) | (iova & inside);
  }
}

/** Folds the records of one step (the actions before a transaction, and the transaction) of a machine without caches. */
export function viewTrace(records: Int32Array): TraceView {
  const commands: Uint32Array[] = [];
  const reader = new Reader();
  let begin: TraceRecord | null = null;
  for (let at = 0; at < records.length; at += RECORD_WORDS) {
    const record = decodeRecord(records, at);
    if (record.kind === 'COMMAND') commands.push(record.payload.slice(0, 4));
    else if (record.kind === 'TXN_BEGIN') begin = record;
    else if (record.kind === 'READ') reader.read(record);
    else if (record.kind === 'READ_STRUCT') reader.struct(record);
  }
  if (begin === null) return { commands, footprint: null };
  reader.endStage2(reader.outputOf(begin.address));
  for (const one of reader.held) if (one.kind === 'stage1') one.leaf = one.words[0] === reader.stage1Leaf?.word;
  const footprint = {
    sid: begin.sid,
    iova: begin.address,
    held: reader.held,
    vmid: s2vmid(reader.ste, 0),
    asid: asidOf(reader.cd, 0),
    nonGlobal: ((reader.stage1Leaf?.word ?? 0n) & (1n << 11n)) !== 0n,
    stage1: reader.stage1Leaf !== null,
  };
  return { commands, footprint };
}

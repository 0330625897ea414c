/** CDs of a stream as memory has them: in one table, or in leaves behind level-1 descriptors (IHI 0070 3.3.2, 5.3, 5.4). */
import { wordsOf } from '../lab/configuration.ts';
import { big, CD_BYTES, CDS_OF_LEAF, halfOf, L2PTR, num } from '../lab/inspect/tables.ts';
import type { Fields, Table } from '../lab/inspect/tables.ts';
import { CD, decode, L1CD } from '../spec/index.ts';
import { usesStage } from './streams.ts';
import type { StreamEntry } from './streams.ts';
import type { AddressView, Surveyed } from './surveyed.ts';

export interface ContextEntry {
  readonly ssid: number;
  /** As the stream addresses it. */
  readonly address: bigint;
  /** null: stage 2 maps nothing there. */
  readonly pa: bigint | null;
  readonly words: Uint32Array;
  readonly fields: Fields;
}

/** A table of CDs, or of level-1 descriptors of them. */
export interface CdTable {
  readonly kind: 'level-1' | 'cds';
  readonly address: bigint;
  readonly size: number;
  /** The address of the descriptor that leads to it; null: S1ContextPtr does. */
  readonly from: bigint | null;
  readonly isThere: boolean;
}

export interface ContextSurvey {
  readonly tables: readonly CdTable[];
  readonly contexts: readonly ContextEntry[];
}

const NONE: ContextSurvey = { tables: [], contexts: [] };
const PAGE = 4096;

/** S1CDMax and S1Fmt say nothing on an SMMU without SubstreamIDs (5.2). */
export const contextBits = ({ fields }: StreamEntry, { features }: Surveyed): number => (features.ssidSize === 0 ? 0 : Math.min(num(fields, 'S1CDMax'), features.ssidSize));

export function surveyContexts(stream: StreamEntry, view: AddressView, surveyed: Surveyed): ContextSurvey {
  if (!usesStage(stream, 1)) return NONE;
  const most = contextBits(stream, surveyed);
  const base = big(stream.fields, 'S1ContextPtr');
  const leaf = most === 0 ? undefined : CDS_OF_LEAF[num(stream.fields, 'S1Fmt')];
  if (leaf === undefined) return cdsAt(view, base, 0, 2 ** most, null);
  const perLeaf = 2 ** Number(leaf);
  const count = Math.ceil(2 ** most / perLeaf);
  const first = view.read64(base) !== null;
  const tables: CdTable[] = [{ kind: 'level-1', address: base, size: count * L1CD.bytes, from: null, isThere: first }];
  const contexts: ContextEntry[] = [];
  for (let index = 0; index < count; index++) {
    const at = base + BigInt(index * L1CD.bytes);
    const word = view.read64(at) ?? 0n;
    if ((word & 1n) === 0n) continue;
    const below = cdsAt(view, word & L2PTR, index * perLeaf, Math.min(perLeaf, 2 ** most), at);
    tables.push(...below.tables);
    contexts.push(...below.contexts);
  }
  return { tables, contexts };
}

function cdsAt(view: AddressView, base: bigint, first: number, count: number, from: bigint | null): ContextSurvey {
  const size = count * CD.bytes;
  const contexts: ContextEntry[] = [];
  // A page at a time: tables of CDs are mostly empty.
  for (let done = 0; done < size; done += PAGE) {
    const bytes = view.readBytes(base + BigInt(done), Math.min(PAGE, size - done));
    if (bytes === null) continue;
    for (let at = 0; at < bytes.length; at += CD.bytes) {
      const words = wordsOf(bytes.subarray(at, at + CD.bytes));
      if (count > 1 && words.every((word) => word === 0)) continue;
      const index = (done + at) / CD.bytes;
      const address = base + BigInt(index) * CD_BYTES;
      contexts.push({ ssid: first + index, address, pa: view.toPa(address), words, fields: decode(CD, words, 0) });
    }
  }
  return { tables: [{ kind: 'cds', address: base, size, from, isThere: view.readBytes(base, CD.bytes) !== null }], contexts };
}

/** The halves of stage 1 that a valid CD enables. */
export function halvesOf({ fields }: ContextEntry, view: AddressView): Table[] {
  if (num(fields, 'V') === 0) return [];
  return ([0, 1] as const).flatMap((half) => {
    const table = halfOf(fields, half, (address) => view.read64(address));
    return table === null || table.inputBits > 52 || table.inputBits <= 0 ? [] : [table];
  });
}

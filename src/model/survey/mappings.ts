/** What a stream maps, through both stages, as ranges: neighbours that go on alike are one. */
import { ADDRESS, addressOf, big, entriesOf, kindOf, LAST_LEVEL, num, shiftOf } from '../lab/inspect/tables.ts';
import type { Table } from '../lab/inspect/tables.ts';
import type { ContextEntry } from './contexts.ts';
import { contextBits, halvesOf, surveyContexts } from './contexts.ts';
import { isBypass, secondStage, stage1View, usesStage } from './streams.ts';
import type { StreamEntry } from './streams.ts';
import { physical } from './surveyed.ts';
import type { Surveyed } from './surveyed.ts';
import { TableWalk } from './table-walk.ts';
import type { Descriptor } from './table-walk.ts';

/** A leaf of one stage. */
export interface Leaf {
  readonly word: bigint;
  readonly level: number;
  /** PA of the descriptor, where the range begins; null: unknown. */
  readonly at: bigint | null;
  /** Upper attributes of the tables above it, of stage 1. */
  readonly above: bigint;
}

export interface Mapping {
  readonly sid: number;
  /** null: of accesses without one. */
  readonly ssid: number | null;
  /** First input address. */
  readonly from: bigint;
  readonly size: bigint;
  /** Where stage 1 puts it, of a nested stream; null: there is one stage. */
  readonly ipa: bigint | null;
  /** null: stage 2 maps nothing there. */
  readonly pa: bigint | null;
  /** What one TLB entry may cover: the smaller of both stages. */
  readonly pageSize: bigint;
  readonly stage1: Leaf | null;
  readonly stage2: Leaf | null;
  /** CD.MAIR0 and MAIR1, by which stage 1 names memory types. */
  readonly mair: bigint;
}

/** What two leaves have in common if they are alike but for their address. */
const attributes = (leaf: Leaf | null, granule: number): bigint => (leaf === null ? -1n : (leaf.word & ~ADDRESS & (granule === 16 ? ~0xf000n : ~0n) & ~2n) ^ (leaf.above << 1n));

class Merger {
  readonly found: Mapping[] = [];
  readonly #granules: readonly [number, number];
  readonly #most: number;
  /** There were more ranges than are kept. */
  cut = false;

  constructor(granules: readonly [number, number], most: number) {
    this.#granules = granules;
    this.#most = most;
  }

  add(next: Mapping): void {
    const last = this.found.at(-1);
    if (last !== undefined && this.#goesOn(last, next)) this.found[this.found.length - 1] = { ...last, size: last.size + next.size };
    else if (this.found.length < this.#most) this.found.push(next);
    else this.cut = true;
  }

  #goesOn(last: Mapping, next: Mapping): boolean {
    const follows = (a: bigint | null, b: bigint | null): boolean => (a === null ? b === null : b !== null && a + last.size === b);
    const [one, two] = this.#granules;
    return (
      last.from + last.size === next.from && follows(last.ipa, next.ipa) && follows(last.pa, next.pa) && last.pageSize === next.pageSize && last.ssid === next.ssid &&
      attributes(last.stage1, one) === attributes(next.stage1, one) && attributes(last.stage2, two) === attributes(next.stage2, two)
    );
  }
}

/** The leaf for an input address; `size`: how far from there to where nothing is known, where there is none. */
export function leafAt(table: Table, address: bigint): { readonly leaf: Leaf | null; readonly output: bigint; readonly left: bigint; readonly size: bigint } {
  const { granule, start } = table;
  let at = table.root;
  for (let level = start; level <= LAST_LEVEL; level++) {
    const shift = BigInt(shiftOf(granule, level));
    const within = (address - table.base) >> shift;
    const index = level === start ? within : within & BigInt(2 ** (granule - 3) - 1);
    const size = 1n << shift;
    const left = size - (address & (size - 1n));
    if (index < 0n || index >= BigInt(entriesOf(table, level))) return { leaf: null, output: 0n, left, size };
    const place = at + index * 8n;
    const word = table.read(place);
    const kind = word === null ? 'invalid' : kindOf(word, level);
    if (word === null || kind === 'invalid') return { leaf: null, output: 0n, left, size };
    if (kind === 'leaf') return { leaf: { word, level, at: place, above: 0n }, output: addressOf(word, granule, Number(shift)) | (address & (size - 1n)), left, size };
    at = addressOf(word, granule, granule);
  }
  return { leaf: null, output: 0n, left: 1n << BigInt(granule), size: 1n << BigInt(granule) };
}

const least = (...sizes: bigint[]): bigint => sizes.reduce((a, b) => (a < b ? a : b));

/** S1DSS 2: CD 0 is that of accesses without a SubstreamID, and of no others (IHI 0070 5.2); where there is one CD it is theirs, too. */
const withoutSubstream = (stream: StreamEntry, surveyed: Surveyed): boolean => contextBits(stream, surveyed) === 0 || num(stream.fields, 'S1DSS') === 2;

const mairOf = (context: ContextEntry): bigint => (big(context.fields, 'MAIR1') << 32n) | big(context.fields, 'MAIR0');

/** Leaves of stage 1, each in the pieces that stage 2 makes of it. */
function nested(stream: StreamEntry, context: ContextEntry, ssid: number | null, leaf: Descriptor, at: bigint | null, second: Table, merger: Merger): void {
  const stage1: Leaf = { word: leaf.word, level: leaf.level, at, above: leaf.above };
  for (let done = 0n; done < leaf.size; ) {
    const ipa = leaf.output + done;
    const through = leafAt(second, ipa);
    const size = least(leaf.size - done, through.left);
    merger.add({
      sid: stream.sid, ssid, from: BigInt.asUintN(64, leaf.from + done), size, ipa,
      pa: through.leaf === null ? null : through.output, pageSize: least(leaf.size, through.size), stage1, stage2: through.leaf, mair: mairOf(context),
    });
    done += size;
  }
}

export interface MappingSurvey {
  readonly mappings: readonly Mapping[];
  /** There are more than were asked for. */
  readonly cut: boolean;
}

/** Every range that a stream maps, in order; of one SubstreamID only, if it is given. A stream without stages maps itself. */
export function mappingsOf(stream: StreamEntry, surveyed: Surveyed, ssid: number | null = null, most = Infinity): MappingSurvey {
  if (isBypass(stream)) return { mappings: [identity(stream, surveyed)], cut: false };
  const second = secondStage(stream, surveyed);
  if (!usesStage(stream, 1)) return second === null ? { mappings: [], cut: false } : ofStage2(stream, second, surveyed, most);
  const view = stage1View(stream, surveyed);
  const found: Mapping[] = [];
  let cut = false;
  for (const context of surveyContexts(stream, view, surveyed).contexts) {
    if (ssid !== null && context.ssid !== ssid) continue;
    const whose = context.ssid === 0 && withoutSubstream(stream, surveyed) ? null : context.ssid;
    for (const half of halvesOf(context, view)) {
      // CD.HAD0, HAD1: what tables say of the rights below them is ignored (IHI 0070 5.4).
      const limits = num(context.fields, half.base === 0n ? 'HAD0' : 'HAD1') === 0;
      const merger = new Merger([half.granule, second?.granule ?? 12], most - found.length);
      const descriptor = (leaf: Descriptor): void => {
        if (leaf.kind !== 'leaf' || merger.cut) return;
        if (second !== null) nested(stream, context, whose, limits ? leaf : { ...leaf, above: 0n }, view.toPa(leaf.at), second, merger);
        else merger.add({ sid: stream.sid, ssid: whose, from: BigInt.asUintN(64, leaf.from), size: leaf.size, ipa: null, pa: leaf.output, pageSize: leaf.size, stage1: { word: leaf.word, level: leaf.level, at: leaf.at, above: limits ? leaf.above : 0n }, stage2: null, mair: mairOf(context) });
      };
      new TableWalk(view, surveyed.features, { table: () => !merger.cut, descriptor }).walk(half);
      found.push(...merger.found);
      cut ||= merger.cut;
    }
  }
  return { mappings: found, cut };
}

function ofStage2(stream: StreamEntry, second: Table, surveyed: Surveyed, most: number): MappingSurvey {
  const merger = new Merger([12, second.granule], most);
  const descriptor = (leaf: Descriptor): void => {
    if (leaf.kind === 'leaf') merger.add({ sid: stream.sid, ssid: null, from: leaf.from, size: leaf.size, ipa: null, pa: leaf.output, pageSize: leaf.size, stage1: null, stage2: { word: leaf.word, level: leaf.level, at: leaf.at, above: 0n }, mair: 0n });
  };
  new TableWalk(physical(surveyed.memory), surveyed.features, { table: () => !merger.cut, descriptor }).walk(second);
  return { mappings: merger.found, cut: merger.cut };
}

/** Config 0b100: output is input, as far as addresses of this SMMU go (IHI 0070 5.2). */
const identity = ({ sid }: StreamEntry, { features }: Surveyed): Mapping => {
  const size = 1n << BigInt(features.oas);
  return { sid, ssid: null, from: 0n, size, ipa: null, pa: 0n, pageSize: size, stage1: null, stage2: null, mair: 0n };
};

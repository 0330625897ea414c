/** The ranges that translation tables map, as the STE and CD in memory point to them: neighbours that go on alike are one. */
import { hex } from '../../base/address.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { CD, decode, L1CD, STE } from '../../spec/index.ts';
import type { FieldValue } from '../../spec/index.ts';
import { describeDescriptor } from '../../trace/walk-view.ts';
import { wordsOf } from '../configuration.ts';
import type { Detail } from '../verbs/verb.ts';
import { rows } from './view.ts';
import type { Shown, StreamView, View } from './view.ts';

interface Table {
  readonly stage: 1 | 2;
  readonly root: bigint;
  /** log2 of the granule. */
  readonly granule: number;
  readonly start: number;
  readonly inputBits: number;
  /** First input address: that of the half. */
  readonly base: bigint;
  read(address: bigint): bigint | null;
}

export interface MappedRange {
  readonly from: bigint;
  readonly size: bigint;
  readonly output: bigint;
  /** The descriptor of its first leaf. */
  readonly descriptor: bigint;
  readonly level: number;
  /** log2 of the granule. */
  readonly granule: number;
}

const LAST_LEVEL = 3;
const ADDRESS = 0x0000_ffff_ffff_f000n;
const G64K = 16;
/** Address bits [51:48] of descriptors with the 64K granule (IHI 0070 3.4.1). */
const HIGH = 0xf000n;
/** TG0 and S2TG; TG1 has other codes (IHI 0070 5.4). */
const TG0 = [12, 16, 14, 12] as const;
const TG1 = [12, 14, 12, 16] as const;

/** Where a descriptor points: bits of the address from `shift` up, 52 of them with the 64K granule. */
const addressOf = (descriptor: bigint, granule: number, shift: number): bigint =>
  (descriptor & ADDRESS & -(1n << BigInt(shift))) | (granule === G64K ? (descriptor & HIGH) << 36n : 0n);

const shiftOf = (granule: number, level: number): number => granule + (LAST_LEVEL - level) * (granule - 3);

function* leavesOf(table: Table, at: bigint, level: number, base: bigint): Generator<MappedRange> {
  const { granule, inputBits, start } = table;
  const shift = shiftOf(granule, level);
  const entries = level === start ? 2 ** Math.max(0, inputBits - shift) : 2 ** (granule - 3);
  for (let i = 0; i < entries; i++) {
    const descriptor = table.read(at + BigInt(i) * 8n);
    if (descriptor === null) return;
    if ((descriptor & 1n) === 0n) continue;
    const from = base + (BigInt(i) << BigInt(shift));
    const isTable = level < LAST_LEVEL && (descriptor & 2n) !== 0n;
    if (isTable) yield* leavesOf(table, addressOf(descriptor, granule, granule), level + 1, from);
    else if (level === LAST_LEVEL ? (descriptor & 2n) !== 0n : true) yield { from, size: 1n << BigInt(shift), output: addressOf(descriptor, granule, shift), descriptor, level, granule };
  }
}

const attributesOf = ({ descriptor, granule }: MappedRange): bigint => descriptor & ~ADDRESS & (granule === G64K ? ~HIGH : ~0n) & ~2n;

/** Leaves that continue one another with the same attributes are one range, whatever their sizes. */
function merged(leaves: Iterable<MappedRange>): MappedRange[] {
  const found: MappedRange[] = [];
  for (const leaf of leaves) {
    const last = found.at(-1);
    const goesOn = last !== undefined && last.from + last.size === leaf.from && last.output + last.size === leaf.output && attributesOf(last) === attributesOf(leaf);
    if (goesOn) found[found.length - 1] = { ...last, size: last.size + leaf.size };
    else found.push(leaf);
  }
  return found;
}

type Fields = Readonly<Record<string, FieldValue>>;
const num = (fields: Fields, name: string): number => Number(fields[name] ?? 0);
const big = (fields: Fields, name: string): bigint => BigInt(fields[name] ?? 0);

/** Stage 2 of an STE (IHI 0070 5.2: S2SL0, S2TG). */
function stage2Of(ste: Fields, view: View): Table {
  const granule = TG0[num(ste, 'S2TG')]!;
  const sl0 = num(ste, 'S2SL0');
  const start = granule === 12 ? (sl0 === 3 ? LAST_LEVEL : 2 - sl0) : LAST_LEVEL - sl0;
  return { stage: 2, root: big(ste, 'S2TTB'), granule, start, inputBits: 64 - num(ste, 'S2T0SZ'), base: 0n, read: limited((address) => view.memory.read64(address)) };
}

function halfOf(cd: Fields, half: 0 | 1, read: Table['read']): Table | null {
  if (num(cd, `EPD${half}`) === 1) return null;
  const granule = (half === 0 ? TG0 : TG1)[num(cd, `TG${half}`)]!;
  const inputBits = 64 - num(cd, `T${half}SZ`);
  const levels = Math.ceil((inputBits - granule) / (granule - 3));
  const base = half === 0 ? 0n : (1n << 64n) - (1n << BigInt(inputBits));
  return { stage: 1, root: big(cd, `TTB${half}`), granule, start: LAST_LEVEL + 1 - levels, inputBits, base, read };
}

interface Configuration {
  readonly ste: Fields;
  /** Addresses of stage 1 are IPAs of the guest. */
  readonly nested: boolean;
}

function configurationOf({ memory }: View, { ste, device }: StreamView): Result<Configuration> {
  const bytes = memory.readBytes(ste, STE.bytes);
  if (bytes === null) return fail('not-mapped', `the STE of ${device} at PA ${hex(ste)} is not in memory`);
  const fields = decode(STE, wordsOf(bytes), 0);
  return ok({ ste: fields, nested: (num(fields, 'Config') & 2) !== 0 });
}

/** Tables that lead back into themselves end here. */
const MAX_READS = 1 << 20;

function limited(read: Table['read']): Table['read'] {
  let left = MAX_READS;
  return (address) => (left-- > 0 ? read(address) : null);
}

const CD_BYTES = BigInt(CD.bytes);
/** log2 of the CDs of a leaf by S1Fmt, of tables in two levels (IHI 0070 5.2). */
const CDS_OF_LEAF: Readonly<Record<number, bigint>> = { 1: 6n, 2: 10n };

/** Where the CD of a SubstreamID lies, by S1ContextPtr, S1CDMax and S1Fmt. */
function cdAddress(ste: Fields, ssid: number, read: Table['read']): Result<bigint> {
  const base = big(ste, 'S1ContextPtr');
  const most = num(ste, 'S1CDMax');
  if (ssid >= 2 ** most) return fail('no-cd', `no CD for SubstreamID ${hex(ssid)}: STE.S1CDMax is ${most}`);
  const leaf = most === 0 ? undefined : CDS_OF_LEAF[num(ste, 'S1Fmt')];
  if (leaf === undefined) return ok(base + BigInt(ssid) * CD_BYTES);
  const index = BigInt(ssid) >> leaf;
  const word = read(base + index * BigInt(L1CD.bytes));
  if (word === null || (word & 1n) === 0n) return fail('no-cd', `no table of CDs for SubstreamID ${hex(ssid)}: its level 1 descriptor is ${word === null ? 'in no memory' : 'not valid'}`);
  return ok((word & L2PTR) + (BigInt(ssid) - (index << leaf)) * CD_BYTES);
}

/** L1CD.L2Ptr, bits [51:12] (IHI 0070 5.3.1). */
const L2PTR = 0x000f_ffff_ffff_f000n;

function tablesOf(view: View, stream: StreamView, stage: 1 | 2, ssid: number): Result<readonly Table[]> {
  const configuration = configurationOf(view, stream);
  if (!configuration.ok) return configuration;
  const { ste, nested } = configuration.value;
  const { device } = stream;
  if (big(ste, 'V') === 0n || (num(ste, 'Config') & 4) === 0 || (num(ste, 'Config') & stage) === 0) return fail('no-stage', `the STE of ${device} has no stage ${stage}: Config is ${num(ste, 'Config')}, V ${num(ste, 'V')}`);
  if (stage === 2) return ok([stage2Of(ste, view)]);
  const pa = (address: bigint): bigint | null => (nested ? stream.toPa(address) : address);
  const read = (address: bigint): bigint | null => {
    const at = pa(address);
    return at === null ? null : view.memory.read64(at);
  };
  const place = cdAddress(ste, ssid, read);
  if (!place.ok) return fail(place.error.code, `${device}: ${place.error.message}`);
  const at = pa(place.value);
  const bytes = at === null ? null : view.memory.readBytes(at, CD.bytes);
  if (bytes === null) return fail('not-mapped', `the CD of ${device} at ${hex(place.value)} is in no memory`);
  const cd = decode(CD, wordsOf(bytes), 0);
  return ok([halfOf(cd, 0, limited(read)), halfOf(cd, 1, limited(read))].filter((half) => half !== null));
}

/** Every range that a stage of a stream maps, in order of input addresses; of stage 1, that of a SubstreamID. */
export function mappedRanges(view: View, device: string, stage: 1 | 2, ssid = 0): Result<readonly MappedRange[]> {
  const tables = tablesOf(view, view.stream(device), stage, ssid);
  return tables.ok ? ok(tables.value.flatMap((table) => merged(leavesOf(table, table.root, table.start, table.base)))) : tables;
}

export function inspectRanges(view: View, device: string, stage: 1 | 2, ssid: number): Result<Shown> {
  const ranges = mappedRanges(view, device, stage, ssid);
  if (!ranges.ok) return ranges;
  const bytes = ranges.value.reduce((sum, { size }) => sum + size, 0n);
  const details = ranges.value.map(({ from, size, output, descriptor, level }): Detail => ({
    name: `${hex(from)} to ${hex(from + size - 1n)}`,
    value: `${hex(output)}; ${describeDescriptor(stage, level, descriptor).replace(/^\w+ 0x[0-9a-f]+ /, '')}`,
  }));
  return ok({ text: `stage ${stage} of ${device}${ssid === 0 ? '' : ` SubstreamID ${hex(ssid)}`} maps ${hex(bytes)} bytes in ${ranges.value.length} ranges`, details: rows(details), fields: { ranges: BigInt(ranges.value.length), bytes } });
}

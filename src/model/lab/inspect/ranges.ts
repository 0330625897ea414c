/** The ranges that translation tables map, as the STE and CD in memory point to them: neighbours that go on alike are one. */
import { hex } from '../../base/address.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { CD, decode, L1CD, STE } from '../../spec/index.ts';
import { describeDescriptor } from '../../trace/walk-view.ts';
import { wordsOf } from '../configuration.ts';
import type { Detail } from '../verbs/verb.ts';
import { rows } from './view.ts';
import { ADDRESS, addressOf, big, CD_BYTES, CDS_OF_LEAF, entriesOf, G64K, halfOf, HIGH, kindOf, L2PTR, limited, num, shiftOf, stage2Of } from './tables.ts';
import type { Fields, Table } from './tables.ts';
import type { Shown, StreamView, View } from './view.ts';

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

function* leavesOf(table: Table, at: bigint, level: number, base: bigint): Generator<MappedRange> {
  const { granule } = table;
  const shift = shiftOf(granule, level);
  for (let i = 0; i < entriesOf(table, level); i++) {
    const descriptor = table.read(at + BigInt(i) * 8n);
    if (descriptor === null) return;
    const kind = kindOf(descriptor, level);
    if (kind === 'invalid') continue;
    const from = base + (BigInt(i) << BigInt(shift));
    if (kind === 'table') yield* leavesOf(table, addressOf(descriptor, granule, granule), level + 1, from);
    else yield { from, size: 1n << BigInt(shift), output: addressOf(descriptor, granule, shift), descriptor, level, granule };
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

function tablesOf(view: View, stream: StreamView, stage: 1 | 2, ssid: number): Result<readonly Table[]> {
  const configuration = configurationOf(view, stream);
  if (!configuration.ok) return configuration;
  const { ste, nested } = configuration.value;
  const { device } = stream;
  if (big(ste, 'V') === 0n || (num(ste, 'Config') & 4) === 0 || (num(ste, 'Config') & stage) === 0) return fail('no-stage', `the STE of ${device} has no stage ${stage}: Config is ${num(ste, 'Config')}, V ${num(ste, 'V')}`);
  if (stage === 2) return ok([stage2Of(ste, limited((address) => view.memory.read64(address)))]);
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
function mappedRanges(view: View, device: string, stage: 1 | 2, ssid = 0): Result<readonly MappedRange[]> {
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

/** Checks a stage 1: its size, its map, and whether what it points at is there. */
import { hex, iova } from '../../model/base/address.ts';
import type { ContextData, Fields, Granule, LeafData, Stage1Data, Stage1Map, SubstreamData } from '../../model/lab/data.ts';
import type { Features } from '../../model/spec/index.ts';
import { alignedText, below, checkAlignment, checkGranule, checkOverlap, inside } from './check-map.ts';
import type { Extent } from './check-map.ts';
import { resolveCdTable, ssidOf } from './check-substreams.ts';
import type { CdTableDocument } from './check-substreams.ts';
import type { Report, Where } from './report.ts';

interface Entry extends LeafData {
  readonly iova: bigint;
  readonly size: bigint;
  readonly privileged: boolean;
  readonly nG: boolean;
}

interface CdDocument<E extends Entry> {
  readonly cd: Fields;
  readonly stage1: { readonly granule: Granule; readonly vaBits: number; readonly map: readonly E[] };
}

interface ContextDocument<E extends Entry> extends CdDocument<E> {
  readonly tables?: bigint | undefined;
  readonly cdTable?: CdTableDocument | undefined;
  readonly substreams?: Readonly<Record<string, CdDocument<E>>> | undefined;
}

const TOP = 1n << 64n;

/** An IOVA of the lower half (TTB0) or of the upper half (TTB1). */
function checkIova(entry: Entry, bits: number, where: Where, report: Report): void {
  const half = 1n << BigInt(bits);
  const end = entry.iova + entry.size;
  if (end <= half || (entry.iova >= TOP - half && end <= TOP)) return;
  const range = `${hex(entry.iova)} to ${hex(end - 1n)}`;
  report.error(below(where, 'iova'), 'out-of-range', `IOVA ${range} lies neither below ${hex(half)} (TTB0) nor from ${hex(TOP - half)} up (TTB1): vaBits is ${bits}`);
}

function checkVaBits(granule: Granule, bits: number, features: Features, where: Where, report: Report): void {
  const least = features.stt ? (granule === '64K' ? 17 : 16) : 25;
  const most = features.vax52 && granule === '64K' ? 52 : 48;
  if (bits >= least && bits <= most) return;
  report.error(below(where, 'vaBits'), 'out-of-range', `virtual addresses have ${least} to ${most} bits with the ${granule} granule on this SMMU (64 - T0SZ); got ${bits}`);
}

/** A stage 1 whose map entries put out addresses under `key`. */
function resolveStage1<K extends 'ipa' | 'pa', E extends Entry & Readonly<Record<K, bigint>>>(
  { granule, vaBits, map }: CdDocument<E>['stage1'],
  key: K,
  features: Features,
  where: Where,
  report: Report,
): Stage1Data {
  checkGranule(granule, features, below(where, 'granule'), report);
  checkVaBits(granule, vaBits, features, where, report);
  map.forEach((entry, i) => {
    const at = below(where, 'map', i);
    checkAlignment(granule, entry.block, { iova: entry.iova, [key]: entry[key], size: entry.size }, at, report);
    checkIova(entry, vaBits, at, report);
  });
  checkOverlap(map.map((entry) => ({ base: entry.iova, size: entry.size })), 'IOVA', (i) => below(where, 'map', i, 'iova'), report);
  const entries = map.map((entry): Stage1Map => {
    const { access, execute, memory, AF, block, descriptor, size, privileged, nG } = entry;
    return { access, execute, memory, AF, block, descriptor, size, privileged, nG, iova: iova(entry.iova), output: entry[key] };
  });
  return { granule, vaBits, map: entries };
}

/** All of a device: its own CD, and those of its SubstreamIDs. */
function resolve<K extends 'ipa' | 'pa', E extends Entry & Readonly<Record<K, bigint>>>(
  document: ContextDocument<E>,
  key: K,
  features: Features,
  where: Where,
  report: Report,
): ContextData {
  if (document.tables !== undefined && document.tables % 4096n !== 0n) {
    report.error(below(where, 'tables'), 'misaligned', `tables start at a multiple of 4K; got ${hex(document.tables)}`, alignedText('tables', document.tables, 4096n));
  }
  const substreams = Object.entries(document.substreams ?? {}).flatMap(([name, { cd, stage1 }]): SubstreamData[] => {
    const ssid = ssidOf(name, where, report);
    return ssid === null ? [] : [{ ssid, cd, stage1: resolveStage1(stage1, key, features, below(where, 'substreams', name, 'stage1'), report) }];
  });
  const cdTable = resolveCdTable(document.cdTable, substreams.map(({ ssid }) => ssid), features, where, report);
  const stage1 = resolveStage1(document.stage1, key, features, below(where, 'stage1'), report);
  return { cd: document.cd, stage1, tables: document.tables ?? null, cdTable, substreams };
}

/** The maps of a device, each with its place. */
function maps<E extends Entry>(document: ContextDocument<E>, where: Where): readonly { readonly map: readonly E[]; readonly at: Where }[] {
  const further = Object.entries(document.substreams ?? {}).map(([name, { stage1 }]) => ({ map: stage1.map, at: below(where, 'substreams', name, 'stage1', 'map') }));
  return [{ map: document.stage1.map, at: below(where, 'stage1', 'map') }, ...further];
}

/** The stage 1 that the host prepares: outputs are PAs of its memory. */
export function hostContext<E extends Entry & { readonly pa: bigint }>(
  document: ContextDocument<E>,
  memory: readonly Extent[],
  features: Features,
  where: Where,
  report: Report,
): ContextData {
  for (const { map, at } of maps(document, where)) {
    map.forEach(({ pa, size }, i) => {
      if (inside(memory, pa, size)) return;
      report.warning(below(at, i, 'pa'), 'outside-memory', `no memory at PA ${hex(pa)} to ${hex(pa + size - 1n)}: a DMA there ends in an external abort`);
    });
  }
  if (document.tables !== undefined && !inside(memory, document.tables, 4096n)) {
    report.error(below(where, 'tables'), 'outside-memory', `tables at PA ${hex(document.tables)} lie outside host.memory`);
  }
  return resolve(document, 'pa', features, where, report);
}

/** The stage 1 that a guest prepares: outputs are IPAs, which the host's stage-2 map should know. */
export function guestContext<E extends Entry & { readonly ipa: bigint }>(
  document: ContextDocument<E>,
  ram: readonly Extent[],
  features: Features,
  where: Where,
  report: Report,
): ContextData {
  for (const { map, at } of maps(document, where)) {
    map.forEach(({ ipa, size }, i) => {
      if (inside(ram, ipa, size)) return;
      const message = `the host's stage-2 map has no IPA ${hex(ipa)} to ${hex(ipa + size - 1n)}: a DMA there faults at stage 2`;
      report.warning(below(at, i, 'ipa'), 'unmapped-ipa', message);
    });
  }
  if (document.tables !== undefined && !inside(ram, document.tables, 4096n)) {
    report.error(below(where, 'tables'), 'unmapped-ipa', `tables at IPA ${hex(document.tables)}: the host maps no memory there, so the guest cannot write them`);
  }
  return resolve(document, 'ipa', features, where, report);
}

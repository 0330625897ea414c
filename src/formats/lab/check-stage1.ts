/** Checks a stage 1: its size, its map, and whether what it points at is there. */
import { hex, iova } from '../../model/base/address.ts';
import type { ContextData, Fields, Granule, LeafData, Stage1Map } from '../../model/lab/data.ts';
import type { Features } from '../../model/spec/index.ts';
import { below, checkAlignment, checkGranule, checkOverlap, inside } from './check-map.ts';
import type { Extent } from './check-map.ts';
import type { Report, Where } from './report.ts';

interface Entry extends LeafData {
  readonly iova: bigint;
  readonly size: bigint;
  readonly privileged: boolean;
  readonly nG: boolean;
}

interface ContextDocument<E extends Entry> {
  readonly cd: Fields;
  readonly stage1: { readonly granule: Granule; readonly vaBits: number; readonly map: readonly E[] };
  readonly tables?: bigint | undefined;
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

/** The data of a stage 1 whose map entries put out addresses under `key`. */
function resolve<K extends 'ipa' | 'pa', E extends Entry & Readonly<Record<K, bigint>>>(
  document: ContextDocument<E>,
  key: K,
  features: Features,
  where: Where,
  report: Report,
): ContextData {
  const { granule, vaBits, map } = document.stage1;
  const here = below(where, 'stage1');
  checkGranule(granule, features, below(here, 'granule'), report);
  checkVaBits(granule, vaBits, features, here, report);
  map.forEach((entry, i) => {
    const at = below(here, 'map', i);
    checkAlignment(granule, entry.block, { iova: entry.iova, [key]: entry[key], size: entry.size }, at, report);
    checkIova(entry, vaBits, at, report);
  });
  checkOverlap(map.map((entry) => ({ base: entry.iova, size: entry.size })), 'IOVA', (i) => below(here, 'map', i, 'iova'), report);
  if (document.tables !== undefined && document.tables % 4096n !== 0n) {
    report.error(below(where, 'tables'), 'misaligned', `tables start at a multiple of 4K; got ${hex(document.tables)}`);
  }
  const entries = map.map((entry): Stage1Map => {
    const { access, execute, memory, AF, block, descriptor, size, privileged, nG } = entry;
    return { access, execute, memory, AF, block, descriptor, size, privileged, nG, iova: iova(entry.iova), output: entry[key] };
  });
  return { cd: document.cd, stage1: { granule, vaBits, map: entries }, tables: document.tables ?? null };
}

/** The stage 1 that the host prepares: outputs are PAs of its memory. */
export function hostContext<E extends Entry & { readonly pa: bigint }>(
  document: ContextDocument<E>,
  memory: readonly Extent[],
  features: Features,
  where: Where,
  report: Report,
): ContextData {
  document.stage1.map.forEach(({ pa, size }, i) => {
    if (inside(memory, pa, size)) return;
    report.warning(below(where, 'stage1', 'map', i, 'pa'), 'outside-memory', `no memory at PA ${hex(pa)} to ${hex(pa + size - 1n)}: a DMA there ends in an external abort`);
  });
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
  document.stage1.map.forEach(({ ipa, size }, i) => {
    if (inside(ram, ipa, size)) return;
    const message = `the host's stage-2 map has no IPA ${hex(ipa)} to ${hex(ipa + size - 1n)}: a DMA there faults at stage 2`;
    report.warning(below(where, 'stage1', 'map', i, 'ipa'), 'unmapped-ipa', message);
  });
  if (document.tables !== undefined && !inside(ram, document.tables, 4096n)) {
    report.error(below(where, 'tables'), 'unmapped-ipa', `tables at IPA ${hex(document.tables)}: the host maps no memory there, so the guest cannot write them`);
  }
  return resolve(document, 'ipa', features, where, report);
}

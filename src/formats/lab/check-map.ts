/** Checks that stage-1 and stage-2 maps share: granules, alignment, leaf sizes, overlap. */
import { hex } from '../../model/base/address.ts';
import type { Granule } from '../../model/lab/data.ts';
import { granuleBytes, leafBytes, leafLevels, levelOfLeaf } from '../../model/lab/geometry.ts';
import type { Features } from '../../model/spec/index.ts';
import type { Report, Where } from './report.ts';

export interface Extent {
  readonly base: bigint;
  readonly size: bigint;
}

export const below = (where: Where, ...steps: (string | number)[]): Where => ({ document: where.document, path: [...where.path, ...steps] });

export function checkGranule(granule: Granule, features: Features, where: Where, report: Report): void {
  const has = { '4K': features.gran4k, '16K': features.gran16k, '64K': features.gran64k };
  if (has[granule]) return;
  const known = Object.entries(has).flatMap(([name, there]) => (there ? [name] : []));
  report.error(where, 'unsupported', `this SMMU has no ${granule} granule (IDR5); it has ${known.join(', ')}`);
}

export const inside = (extents: readonly Extent[], base: bigint, size: bigint): boolean => {
  let at = base;
  while (at < base + size) {
    const next = extents.find((one) => at >= one.base && at < one.base + one.size);
    if (next === undefined) return false;
    at = next.base + next.size;
  }
  return true;
};

/** Addresses and size are multiples of the granule, and of the leaf size when one is asked for. */
export function checkAlignment(granule: Granule, block: bigint | null, values: Readonly<Record<string, bigint | null>>, where: Where, report: Report): void {
  if (block !== null && levelOfLeaf(granule, block) === null) {
    const sizes = leafLevels(granule).map((level) => sizeText(leafBytes(granule, level)));
    report.error(below(where, 'block'), 'bad-block', `the ${granule} granule has leaves of ${sizes.join(', ')}; got ${sizeText(block)}`);
    return;
  }
  const unit = block ?? granuleBytes(granule);
  for (const [key, value] of Object.entries(values)) {
    if (value === null || value % unit === 0n) continue;
    const why = block === null ? `the ${granule} granule` : `a leaf size of ${sizeText(block)}`;
    report.error(below(where, key), 'misaligned', `${key} ${hex(value)} is not a multiple of ${hex(unit)}, which ${why} needs`, alignedText(key, value, unit));
  }
}

/** An address at the start of its page or block; a size that holds all that was asked for. */
export function alignedText(key: string, value: bigint, unit: bigint): string {
  return key === 'size' ? sizeText(((value + unit - 1n) / unit) * unit) : hex(value - (value % unit));
}

/** Two entries of one map must not overlap; the later one is marked. */
export function checkOverlap(entries: readonly Extent[], what: string, whereOf: (index: number) => Where, report: Report): void {
  const sorted = entries.map((entry, index) => ({ ...entry, index })).sort((a, b) => (a.base < b.base ? -1 : a.base > b.base ? 1 : a.index - b.index));
  sorted.forEach((entry, i) => {
    const before = sorted[i - 1];
    if (before === undefined || before.base + before.size <= entry.base) return;
    const [first, second] = before.index < entry.index ? [before, entry] : [entry, before];
    const range = `${hex(first.base)} to ${hex(first.base + first.size - 1n)}`;
    report.error(whereOf(second.index), 'overlap', `${what} ${hex(second.base)} overlaps entry ${first.index} of the map (${range})`);
  });
}

export function sizeText(bytes: bigint): string {
  for (const [unit, of] of [['G', 30n], ['M', 20n], ['K', 10n]] as const) if (bytes % (1n << of) === 0n) return `${bytes >> of}${unit}`;
  return hex(bytes);
}

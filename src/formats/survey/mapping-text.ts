/** Mappings of a stream for people and as JSON. */
import { hex } from '../../model/base/address.ts';
import type { Mapping } from '../../model/survey/mappings.ts';
import { leafText, mappingRights } from '../../model/survey/rights.ts';

const STAGES = { both: 'stages 1 and 2', one: 'stage 1', two: 'stage 2', none: 'bypass' } as const;

export function stagesOf({ stage1, stage2, ipa }: Mapping): string {
  if (stage1 !== null) return stage2 !== null || ipa !== null ? STAGES.both : STAGES.one;
  return stage2 === null ? STAGES.none : STAGES.two;
}

export function sizeText(size: bigint): string {
  for (const [shift, unit] of [[40n, 'T'], [30n, 'G'], [20n, 'M'], [10n, 'K']] as const) {
    if (size >= 1n << shift && size % (1n << shift) === 0n) return `${size >> shift}${unit}`;
  }
  return hex(size);
}

/** `RW`, `R-`, `-W` or `--`: what both stages let an ordinary device do. */
function rightsText(mapping: Mapping): string {
  const { read, write } = mappingRights(mapping);
  return `${read ? 'R' : '-'}${write ? 'W' : '-'}`;
}

/** What each stage says: `S1 RW iWB oWB ISH nG; S2 RW iWB oWB ISH`. */
export function attributesText({ stage1, stage2, ipa, mair }: Mapping): string {
  const parts = [...(stage1 === null ? [] : [`S1 ${leafText(stage1, 1, mair)}`]), ...(stage2 === null ? [] : [`S2 ${leafText(stage2, 2, 0n)}`])];
  if (ipa !== null && stage2 === null) parts.push('S2 maps nothing here');
  return parts.join('; ');
}

export interface MappingJson {
  readonly sid: number;
  readonly ssid: number | null;
  readonly iova: string;
  readonly size: string;
  readonly ipa: string | null;
  readonly pa: string | null;
  readonly pageSize: string;
  readonly stages: string;
  readonly rights: string;
  readonly attributes: string;
  /** PA of the descriptor with which the range begins, of each stage. */
  readonly descriptors: { readonly stage1: string | null; readonly stage2: string | null };
}

const orNull = (address: bigint | null | undefined): string | null => (address === null || address === undefined ? null : hex(address));

export const mappingJson = (mapping: Mapping): MappingJson => ({
  sid: mapping.sid,
  ssid: mapping.ssid,
  iova: hex(mapping.from),
  size: hex(mapping.size),
  ipa: orNull(mapping.ipa),
  pa: orNull(mapping.pa),
  pageSize: hex(mapping.pageSize),
  stages: stagesOf(mapping),
  rights: rightsText(mapping),
  attributes: attributesText(mapping),
  descriptors: { stage1: orNull(mapping.stage1?.at), stage2: orNull(mapping.stage2?.at) },
});

/** One line: range, size, page, where it leads, rights, attributes. */
export function mappingLine(mapping: Mapping): string {
  const { from, size, ipa, pa, pageSize } = mapping;
  const to = pa === null ? 'nowhere' : `PA ${hex(pa)}`;
  return `  ${hex(from)} to ${hex(from + size - 1n)}  ${sizeText(size).padStart(5)} in ${sizeText(pageSize).padStart(4)}  ${ipa === null ? '' : `IPA ${hex(ipa)}  `}${to}  ${[rightsText(mapping), attributesText(mapping)].filter((part) => part !== '').join('  ')}\n`;
}

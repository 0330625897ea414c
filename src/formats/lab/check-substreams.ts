/** Checks a table of CDs: SubstreamIDs, its size, and whether the SMMU has as many. */
import type { CdTableData } from '../../model/lab/data.ts';
import type { Features } from '../../model/spec/index.ts';
import { below } from './check-map.ts';
import type { Report, Where } from './report.ts';

export interface CdTableDocument {
  readonly format: CdTableData['format'];
  readonly log2size?: number | undefined;
}

const MAX_SSID = 2 ** 20 - 1;

/** The number that a key of `substreams` stands for; null where it is none. */
export function ssidOf(key: string, where: Where, report: Report): number | null {
  const place: Where = { ...below(where, 'substreams', key), key: true };
  const ssid = /^\d+$/.test(key) ? Number(key) : Number.NaN;
  if (ssid >= 1 && ssid <= MAX_SSID) return ssid;
  const hint = ssid === 0 ? '; SubstreamID 0 and accesses without one use the cd and stage1 of the device itself' : '';
  report.error(place, 'bad-value', `expected a SubstreamID, 1 to 0xfffff; got ${key}${hint}`);
  return null;
}

/** The table that the documents ask for; null: one CD. Its size is what the largest SubstreamID needs, unless it is given. */
export function resolveCdTable(document: CdTableDocument | undefined, ssids: readonly number[], features: Features, where: Where, report: Report): CdTableData | null {
  if (document === undefined && ssids.length === 0) return null;
  const { format = 'linear', log2size = bitsFor(Math.max(1, ...ssids)) } = document ?? {};
  const place = document === undefined ? below(where, 'substreams') : below(where, 'cdTable');
  if (log2size > features.ssidSize) {
    const most = features.ssidSize === 0 ? 'this SMMU has no SubstreamIDs (IDR1.SSIDSIZE 0)' : `this SMMU has SubstreamIDs of ${features.ssidSize} bits (IDR1.SSIDSIZE)`;
    report.error(place, 'unsupported', `a table of 2^${log2size} CDs: ${most}`);
  }
  if (format !== 'linear' && !features.cd2l) report.error(below(where, 'cdTable', 'format'), 'unsupported', 'this SMMU has no tables of CDs in two levels (IDR0.CD2L)');
  for (const ssid of ssids) {
    if (ssid < 2 ** log2size) continue;
    report.error({ ...below(where, 'substreams', String(ssid)), key: true }, 'out-of-range', `the table of CDs has 2^${log2size} entries (cdTable.log2size): no place for SubstreamID ${ssid}`);
  }
  return { format, log2size };
}

const bitsFor = (largest: number): number => Math.floor(Math.log2(largest)) + 1;

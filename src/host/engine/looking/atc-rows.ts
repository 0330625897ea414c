/** Entries of the devices' ATCs as rows, each compared with what a walk says now (IHI 0070 3.9.1). */
import { hex } from '../../../model/base/address.ts';
import type { AtcEntry } from '../../../model/endpoint/atc.ts';
import type { Endpoint } from '../../../model/endpoint/endpoint.ts';
import { walk } from '../../../model/lab/inspect/walk.ts';
import { namedCommandText } from '../../../model/smmu/coherence/stale-hit-text.ts';
import type { Smmu } from '../../../model/smmu/smmu.ts';
import { PURPOSE } from '../../../model/trace/record.ts';
import type { CacheEntry, StaleEntry } from '../../../protocol/contract.ts';

export interface HeldByDevice {
  readonly row: CacheEntry;
  readonly sid: number;
  readonly entry: AtcEntry;
}

const PAGE_SHIFT = 12;

/** CMD_ATC_INV of exactly this entry (4.5.1: Size is log2 of the number of pages). */
function invalidationOf(sid: number, { ssid, iova, size }: AtcEntry): string {
  const Size = BigInt(size.toString(2).length - 1 - PAGE_SHIFT);
  const substream = ssid === null ? {} : { SSV: 1n, SubstreamID: BigInt(ssid) };
  return namedCommandText({ name: 'CMD_ATC_INV', fields: { StreamID: BigInt(sid), ...substream, Address: iova, Size } });
}

/** What the request would be answered now, where that is something else. */
function nowOf(smmu: Smmu, sid: number, { ssid, privileged, iova, address, space, read, write }: AtcEntry): string | null {
  const access = read ? 'read' : write ? 'write' : 'execute';
  const { outcome, records } = walk({ smmu, memory: smmu.memory }, { sid, iova, access, privileged, ...(ssid === null ? {} : { ssid }) });
  if (outcome.pa === undefined) return outcome.fault?.name ?? outcome.status;
  if (space === 'pa') return outcome.pa === address ? null : `PA ${hex(outcome.pa)}`;
  const ipa = records.filter(({ kind, purpose }) => kind === 'WALK' && purpose === PURPOSE.IN).at(-1)?.address;
  return ipa === undefined || ipa === address ? null : `IPA ${hex(ipa)}`;
}

function staleOf(smmu: Smmu, sid: number, entry: AtcEntry): StaleEntry | null {
  if (!entry.read && !entry.write && !entry.execute) return null;
  const now = nowOf(smmu, sid, entry);
  return now === null ? null : { now, words: [], commands: [invalidationOf(sid, entry)], rule: 'stale.atc' };
}

const letters = ({ read, write, execute }: AtcEntry): string => `${read ? 'R' : '-'}${write ? 'W' : '-'}${execute ? 'X' : '-'}`;

const rowOf = (smmu: Smmu, sid: number, entry: AtcEntry): CacheEntry => ({
  id: `atc-${sid}-${entry.ssid ?? 'none'}-${entry.privileged ? 'privileged-' : ''}${hex(entry.iova)}`,
  kind: 'atc',
  sid,
  ssid: entry.ssid,
  world: null,
  vmid: null,
  asid: null,
  global: false,
  input: { space: 'iova', address: hex(entry.iova) },
  size: hex(entry.size),
  output: { space: entry.space, address: hex(entry.address) },
  levels: '',
  permissions: entry.privileged ? `${letters(entry)}/---` : `---/${letters(entry)}`,
  attributes: null,
  origin: entry.origin,
  age: Math.max(0, smmu.core.txn.number - entry.origin),
  hits: null,
  stale: staleOf(smmu, sid, entry),
  removed: false,
});

export const heldByDevices = (smmu: Smmu, endpoints: readonly Endpoint[]): HeldByDevice[] =>
  endpoints.flatMap(({ sid, atc }) => atc.entries.map((entry) => ({ row: rowOf(smmu, sid, entry), sid, entry })));

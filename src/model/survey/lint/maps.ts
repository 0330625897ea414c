/** Where the mappings of streams lead: to structures of the host, to other VMs, out of memory. */
import { hex } from '../../base/address.ts';
import { num } from '../../lab/inspect/tables.ts';
import { mappingsOf } from '../mappings.ts';
import type { Mapping } from '../mappings.ts';
import { usesStage } from '../streams.ts';
import type { StreamEntry } from '../streams.ts';
import type { Structure } from '../structures.ts';
import type { Surveyed } from '../surveyed.ts';
import type { Findings } from './finding.ts';

export interface Extent {
  readonly base: bigint;
  readonly size: bigint;
}

/** Ranges of one stream that are looked at. */
const MAX_RANGES = 1 << 16;

/** Things by where they begin, for "which does this range touch?". */
class Sorted<T extends Extent> {
  readonly #all: readonly T[];
  readonly #largest: bigint;

  constructor(all: readonly T[]) {
    this.#all = [...all].sort((a, b) => (a.base < b.base ? -1 : 1));
    this.#largest = all.reduce((most, { size }) => (size > most ? size : most), 0n);
  }

  touching(base: bigint, size: bigint): T | null {
    let low = 0;
    let high = this.#all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#all[middle]!.base + this.#largest <= base) low = middle + 1;
      else high = middle;
    }
    for (let at = low; at < this.#all.length && this.#all[at]!.base < base + size; at++) {
      if (this.#all[at]!.base + this.#all[at]!.size > base) return this.#all[at]!;
    }
    return null;
  }
}

interface VmMemory extends Extent {
  readonly sid: number;
  readonly vmid: number;
  readonly root: bigint;
}

/** What streams reach; a guest reaches its own structures, and nobody those of the host. `ram`: all memory of the machine. */
export function lintMaps(streams: readonly StreamEntry[], structures: readonly Structure[], ram: readonly Extent[], surveyed: Surveyed, findings: Findings): void {
  const ofHost = new Sorted(structures.filter(({ ofGuest }) => !ofGuest).map((one) => ({ ...one, base: one.pa })));
  const memory = new Sorted(ram);
  const vms: VmMemory[] = [];
  for (const stream of streams) {
    const isVm = usesStage(stream, 2);
    const told = new Set<string>();
    for (const mapping of mappingsOf(stream, surveyed, null, MAX_RANGES).mappings) {
      if (mapping.pa === null || (mapping.stage1 === null && mapping.stage2 === null)) continue;
      const hit = ofHost.touching(mapping.pa, mapping.size);
      if (hit !== null && !told.has(hit.name)) {
        told.add(hit.name);
        findings.add({ rule: 'lint.map.structures', severity: 'error', message: `StreamID ${hex(stream.sid)} reaches the ${hit.name} at PA ${hex(hit.base)} through ${spanOf(mapping)}`, ...placeOf(mapping) });
      }
      if (memory.touching(mapping.pa, mapping.size) === null) findings.add({ rule: 'lint.map.outside-memory', severity: 'information', message: `StreamID ${hex(stream.sid)} reaches PA ${hex(mapping.pa)}, which is no memory, through ${spanOf(mapping)}: an MSI doorbell or registers of a device`, ...placeOf(mapping) });
      else if (isVm) vms.push({ base: mapping.pa, size: mapping.size, sid: stream.sid, vmid: num(stream.fields, 'S2VMID'), root: BigInt(stream.fields['S2TTB'] ?? 0) });
    }
  }
  lintVms(vms, findings);
}

const spanOf = ({ from, size }: Mapping): string => `IOVA ${hex(from)} to ${hex(from + size - 1n)}`;
const placeOf = ({ sid, ssid, from, stage1, stage2 }: Mapping): { sid: number; ssid: number | null; input: bigint; at: bigint | null } => ({ sid, ssid, input: from, at: stage1?.at ?? stage2?.at ?? null });

/** Memory of streams with another VMID and other tables. */
function lintVms(vms: readonly VmMemory[], findings: Findings): void {
  const told = new Set<string>();
  const sorted = [...vms].sort((a, b) => (a.base < b.base ? -1 : 1));
  for (const [index, one] of sorted.entries()) {
    for (let next = index + 1; next < sorted.length && sorted[next]!.base < one.base + one.size; next++) {
      const other = sorted[next]!;
      const pair = `${Math.min(one.sid, other.sid)} ${Math.max(one.sid, other.sid)}`;
      if (one.vmid === other.vmid || one.root === other.root || told.has(pair)) continue;
      told.add(pair);
      findings.add({ rule: 'lint.map.other-vm', severity: 'warning', message: `StreamIDs ${hex(one.sid)} (VMID ${one.vmid}) and ${hex(other.sid)} (VMID ${other.vmid}) both reach PA ${hex(other.base)}`, sid: one.sid, at: null });
    }
  }
}

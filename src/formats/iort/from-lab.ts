/**
 * The IORT that firmware would give to the owner of a lab's stage 1: an SMMUv3 where QEMU's `virt` has it, the PCI functions whose
 * requester IDs are the StreamIDs, and an RMR node for each device whose memory must be mapped as it is. Revision 5: DEN 0049E.d.
 */
import type { LabData, Stage1Map } from '../../model/lab/index.ts';
import { msiFirmware } from '../../model/stack/vmm/rmr.ts';
import { TYPE } from './layout.ts';
import type { IdMap, IortNode, IortTable, RmrRange } from './table.ts';

/** E.d. */
const IORT_REVISION = 5;
/** Of `virt`: its SMMU's page 0, and the interrupts 74 to 77 of the GIC's SPIs. */
export const VIRT_SMMU = 0x0905_0000n;
const GSIV = { EventGSIV: 106n, PRIGSIV: 107n, SyncGSIV: 108n, GERRGSIV: 109n } as const;

const RMR_PAGE = 0x1_0000n;
const NO_NAME = { name: null, its: [], ranges: [], raw: [] } as const;

/** Whole 64 KiB pages, as an RMR must have them; those that touch are one. */
function wholePages(ranges: readonly RmrRange[]): RmrRange[] {
  const pages = ranges.map(({ base, size }) => ({ base: base - (base % RMR_PAGE), end: base + size + ((RMR_PAGE - ((base + size) % RMR_PAGE)) % RMR_PAGE) })).sort((a, b) => (a.base < b.base ? -1 : 1));
  const merged: { base: bigint; end: bigint }[] = [];
  for (const page of pages) {
    const last = merged.at(-1);
    if (last !== undefined && page.base <= last.end) last.end = page.end > last.end ? page.end : last.end;
    else merged.push({ ...page });
  }
  return merged.map(({ base, end }) => ({ base, size: end - base }));
}

interface Reserved {
  readonly sid: number;
  readonly ranges: readonly RmrRange[];
}

const identity = (map: readonly Stage1Map[]): RmrRange[] => map.filter(({ iova, output }) => iova === output).map(({ iova, size }) => ({ base: iova, size }));

/** Of a lab of the whole stack what its guests' firmware reserves, where it has RMRs; of others what stage 1 maps to itself. */
function reservedOf({ host, guests, stack }: LabData): Reserved[] {
  if (stack !== undefined) {
    const withRmr = new Set(stack.data.vms.filter(({ driver }) => driver.rmr).map(({ name }) => name));
    const { rmrs } = msiFirmware(stack.data.devices.filter(({ vm }) => withRmr.has(vm)).map(({ vSID }) => vSID));
    return rmrs.map(({ mapping: { outputBase }, ranges }) => ({ sid: outputBase, ranges: ranges.map(({ base, length }) => ({ base, size: length })) }));
  }
  return host.devices.flatMap((device) => {
    const context = device.context ?? guests.find(({ vm }) => vm === device.vm)?.devices.find(({ name }) => name === device.name)?.context;
    const ranges = wholePages(identity(context?.stage1.map ?? []));
    return ranges.length === 0 ? [] : [{ sid: device.StreamID, ranges }];
  });
}

const mapping = (outputBase: number, count: number, target: number, single: boolean): IdMap => ({ inputBase: single ? 0 : outputBase, count, outputBase, target, single });

const SMMU = 0;

function rmrNode({ sid, ranges }: Reserved, identifier: number): IortNode {
  return { ...NO_NAME, type: TYPE.RMR, revision: 3, identifier, values: {}, ranges, mappings: [mapping(sid, 1, SMMU, true)] };
}

/** Consecutive StreamIDs as one mapping. */
function runs(sids: readonly number[]): { first: number; count: number }[] {
  const found: { first: number; count: number }[] = [];
  for (const sid of [...new Set(sids)].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && sid === last.first + last.count) last.count++;
    else found.push({ first: sid, count: 1 });
  }
  return found;
}

export function iortOfLab(data: LabData): IortTable {
  const sids = data.stack === undefined ? data.host.devices.map(({ StreamID }) => StreamID) : data.stack.data.devices.map(({ vSID }) => vSID);
  const smmu: IortNode = { ...NO_NAME, type: TYPE.SMMU_V3, revision: 4, identifier: 0, values: { Base: VIRT_SMMU, Flags: 1n, ...GSIV }, mappings: [] };
  const root: IortNode = {
    ...NO_NAME, type: TYPE.ROOT_COMPLEX, revision: 3, identifier: 1, values: { CacheCoherent: 1n, MemoryAccessFlags: 3n, AddressSizeLimit: 64n },
    mappings: runs(sids).map(({ first, count }) => mapping(first, count, SMMU, false)),
  };
  return {
    revision: IORT_REVISION, oemId: 'SMMULB', oemTableId: 'SMMU-LAB', oemRevision: 1, creatorId: 'SLAB', creatorRevision: 1,
    nodes: [smmu, root, ...reservedOf(data).map((reserved, index) => rmrNode(reserved, index + 2))],
  };
}

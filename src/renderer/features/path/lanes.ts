/** The lanes of the path: one for each hop, from the guest on the left to the device on the right, and the line that runs through them. */
import { LANES, type Lane, type PathRow } from '../../../protocol/contract.ts';

const STEP = 16;
const MARGIN = 8;
export const LANES_WIDTH = STEP * (LANES.length - 1) + 2 * MARGIN;

export const LANE_NAMES: Readonly<Record<Lane, string>> = {
  guest: 'guest',
  vmm: 'vmm',
  uapi: 'uAPI',
  'host-core': 'host core',
  'host-driver': 'host driver',
  smmu: 'SMMU',
  device: 'device',
};

/** What a lane is, for its tooltip. */
export const LANE_HINTS: Readonly<Record<Lane, string>> = {
  guest: "the guest's kernel: its SMMUv3 driver and its queues",
  vmm: 'the VMM: the virtual SMMU whose registers trap, and who calls the host',
  uapi: "the calls between VMM and host: ioctls, the fault region or vEVENTQ",
  'host-core': "the host's IOMMU core: checks, domains, fault reports",
  'host-driver': "the host's SMMUv3 driver and the physical command queue",
  smmu: 'the SMMU',
  device: 'the device and its transactions',
};

export const xOf = (lane: Lane): number => MARGIN + STEP * LANES.indexOf(lane);
export const LANE_XS: readonly number[] = LANES.map(xOf);

/** From the lane of the row above into the middle of this row. */
export function curveFrom(before: Lane, lane: Lane, height: number): string {
  const [from, to, middle] = [xOf(before), xOf(lane), height / 2];
  return from === to ? `M${from} 0V${middle}` : `M${from} 0C${from} ${middle} ${to} 0 ${to} ${middle}`;
}

export interface Neighbour {
  readonly lane: Lane;
  readonly action: string;
}

const named = ({ lane, action }: PathRow): Neighbour => ({ lane, action });

/** Rows that are looked at for what a row got and sent on. */
const NEAR = 64;

/** Where a row got what arrived: the row above it of another hop. */
export function arrivedFrom(index: number, rowAt: (index: number) => PathRow | undefined): Neighbour | null {
  const row = rowAt(index);
  for (let at = index - 1; row !== undefined && at >= Math.max(0, index - NEAR); at--) {
    const above = rowAt(at);
    if (above === undefined || above.step !== row.step) return null;
    if (above.lane !== row.lane) return named(above);
  }
  return null;
}

/** What a row sent on: what began within it, else what another hop did next. */
export function sentOn(index: number, rowAt: (index: number) => PathRow | undefined): readonly Neighbour[] {
  const row = rowAt(index);
  if (row === undefined) return [];
  if (row.inside > 0) {
    const inner = Array.from({ length: Math.min(row.inside, NEAR) }, (_, n) => rowAt(index + 1 + n));
    return inner.filter((one): one is PathRow => one?.depth === row.depth + 1).map(named);
  }
  const next = rowAt(index + 1);
  const goesOn = row.dropped === null && next !== undefined && next.step === row.step && next.depth >= row.depth && next.lane !== row.lane;
  return goesOn ? [named(next)] : [];
}
